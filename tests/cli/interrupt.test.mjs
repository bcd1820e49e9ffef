// Signals while the program trains and samples: what is kept, and that going on from it changes no bit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, noisebook, npy, program, small, start, succeeds } from './program.mjs';

/** @param {string} line @param {NodeJS.Signals} signal @param {number} after milliseconds */
async function interrupted(line, signal, after) {
  const { child, ended } = await start(line.split(' '));
  await sleep(after);
  child.kill(signal);
  return ended;
}

/** @param {string} one @param {string} other @param {string[]} names */
function same(one, other, names) {
  for (const name of names)
    assert.ok(readFileSync(at(`${one}/${name}`)).equals(readFileSync(at(`${other}/${name}`))), name);
}

const epochsIn = (/** @type {string} */ stderr) => Number(/after (\d+) of/.exec(stderr)?.[1]);

test('SIGINT in training: what was trained is kept, and going on gives the bits of one run', async () => {
  const options = '--seed 3 --points 999 --batch 8 --hidden 16 --ema 0.9 --threads 1';
  const { status, stderr } = await interrupted(
    `run 5 ${options} --epochs 100000 --out ${at('cut')}`,
    'SIGINT',
    500,
  );
  assert.equal(status, 130, stderr);
  assert.equal(stderr.trim().split('\n').length, 1);
  assert.deepEqual(readdirSync(at('cut')), ['checkpoint.safetensors']);
  const done = epochsIn(stderr);
  assert.ok(done > 0 && done < 100000, stderr);

  // The printed command, and 2 epochs more.
  const command = /to go on: (.*)/.exec(stderr)?.[1] ?? '';
  const shell = spawnSync('sh', ['-c', `${command} --epochs ${done + 2}`], { encoding: 'utf8' });
  assert.equal(shell.status, 0, shell.stderr);
  succeeds(`run 5 ${options} --epochs ${done + 2} --out ${at('whole')}`);
  assert.equal(npy(at('cut/loss.npy')).data.length, done + 2);
  same('cut', 'whole', ['loss.npy', 'model.safetensors', 'data.npy', 'figure.png']);
  const [cut, whole] = ['cut', 'whole'].map((name) =>
    JSON.parse(readFileSync(at(`${name}/result.json`), 'utf8')),
  );
  for (const result of [cut, whole]) delete result.seconds;
  assert.deepEqual(cut, whole);
});

test('SIGTERM in sampling: the training that went before is kept', async () => {
  const options = '--points 300 --epochs 2 --hidden 64 --samples 20000 --threads 1';
  const { status, stderr } = await interrupted(`run 6 ${options} --out ${at('six')}`, 'SIGTERM', 300);
  assert.equal(status, 143, stderr);
  assert.equal(epochsIn(stderr), 2);
  assert.deepEqual(readdirSync(at('six')), ['checkpoint.safetensors']);
  succeeds(`run 6 --resume ${at('six/checkpoint.safetensors')} --out ${at('six')}`);
  succeeds(`run 6 ${options} --out ${at('six2')}`);
  same('six', 'six2', ['loss.npy', 'model.safetensors', 'samples.npy', 'trajectory.npy']);
});

test('the companion goes on in the network that it was at', async () => {
  const options =
    '--channels 4 --timesteps 20 --epochs 300 --batch 8 --points 40 --samples 1 --steps 2 --guidance 1 --threads 1';
  // How long its forward process takes depends on what else the machine does: later and later, until it trains.
  let said = '';
  for (
    let after = 60;
    !/of 300 epochs of (simple|conditional)-unet/.test(said) && after < 1e5;
    after *= 1.5
  ) {
    const { stderr } = await interrupted(
      `run companion ${options} --out ${at('companion')}`,
      'SIGINT',
      after,
    );
    said = stderr;
  }
  succeeds(`run companion --resume ${at('companion/checkpoint.safetensors')} --out ${at('companion')}`);
  succeeds(`run companion ${options} --out ${at('companion2')}`);
  same('companion', 'companion2', [
    'simple_loss.npy',
    'conditional_loss.npy',
    'ddpm.npy',
    'guided.npy',
    'simple-unet.safetensors',
    'conditional-unet.safetensors',
  ]);
});

test('interrupted with nothing trained: nothing is written', async () => {
  succeeds(`run 5 ${small} --out ${at('five')}`);
  const line = `run 6 --weights ${at('five/model.safetensors')} --samples 300000 --out ${at('never')}`;
  const { status, stderr } = await interrupted(line, 'SIGTERM', 100);
  assert.equal(status, 143);
  assert.match(stderr, /nothing was trained/);
  assert.ok(!existsSync(at('never')));
});

test('a second signal ends it at once', async () => {
  // The exact score of so many points is one long call.
  const { child, ended } = await start(`run 4 --points 2000000 --out ${at('long')}`.split(' '));
  child.kill('SIGINT');
  await sleep(300);
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  assert.equal((await ended).signal, 'SIGINT');
});

test('a signal that is ignored from outside stays ignored', () => {
  const run = `${program} run 5 ${small} --epochs 400 --out ${at('nohup')}`;
  const script = `trap '' INT; ${run} & sleep 0.3; kill -INT $!; wait $!`;
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('what --resume refuses', () => {
  mkdirSync(at('empty'));
  const checkpoint = at('six/checkpoint.safetensors');
  /** @type {[string, RegExp][]} */
  const requests = [
    [`run 5 --resume ${checkpoint}`, /of exercise 6: noisebook run 6/],
    [`run 6 --resume ${checkpoint} --lr 0.1`, /--lr 0.1\d*: the run .* has --lr 0.001/],
    [`run 6 --resume ${checkpoint} --seed 9`, /--seed 9: .* --seed 42/],
    [`run 6 --resume ${checkpoint} --epochs 1`, /--epochs 1: .* trained for 2/],
    [`run 6 --resume ${checkpoint} --weights ${at('five/model.safetensors')}`, /--resume has no meaning/],
    [`run 6 --resume ${at('five/model.safetensors')}`, /no checkpoint of noisebook run/],
    [`run 6 --resume ${at('five/loss.npy')}`, /five\/loss.npy/],
    [`run 6 --resume ${at('nothing')}`, /No such file/],
  ];
  for (const [line, says] of requests) {
    const { status, stderr } = noisebook(`${line} --out ${at('empty')}`);
    assert.equal(status, 2, `${line}: ${stderr}`);
    assert.match(stderr, says, line);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  assert.deepEqual(readdirSync(at('empty')), []);
});

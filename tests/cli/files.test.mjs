// Writing: into a directory as a whole or not at all, into a pipe, on a full disk. No trained model is lost.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, close, noisebook, npy, program, small, start, succeeds } from './program.mjs';

/** @param {{status: number | null, stderr: string}} result @param {RegExp} says */
function failed({ status, stderr }, says) {
  assert.equal(status, 1, stderr);
  assert.match(stderr, says);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

succeeds(`run 5 ${small} --out ${at('five')}`);
const model = readFileSync(at('five/model.safetensors'));
const golden = 'tests/golden/predictor_';
const predict = `predict --model simple-noise-predictor --weights ${golden}h20_init.safetensors --input ${golden}x.npy --t ${golden}t.npy`;

test('help names the files that a run writes', () => {
  const names = (/** @type {string} */ n) =>
    /It writes (.*)\.\n/.exec(noisebook(`run ${n} --help`).stdout)?.[1].split(' ');
  for (const [n, options] of [
    ['1', ''],
    ['2', ''],
    ['3', ''],
    ['4', ' --points 20'],
    ['5', ` ${small}`],
    ['7', ''],
  ]) {
    succeeds(`run ${n}${options} --out ${at(`all${n}`)}`);
    assert.deepEqual(readdirSync(at(`all${n}`)).sort(), names(n)?.sort(), n);
  }
  const quick = {
    6: `${small} --samples 3 --steps 2`,
    8: '--points 4 --batch 2 --epochs 1',
    9: '--points 4 --batch 2 --epochs 1 --samples 1 --steps 1',
    10: '--points 6 --epochs 1 --samples 1 --timesteps 5 --hidden 4',
    companion: '--epochs 1 --points 8 --batch 8 --samples 1 --steps 2 --guidance 1 --channels 4',
  };
  for (const [n, options] of Object.entries(quick)) {
    succeeds(`run ${n} ${options} --out ${at(`all${n}`)}`);
    assert.deepEqual(readdirSync(at(`all${n}`)).sort(), names(n)?.sort(), n);
  }
});

test('a name that no file can take is found before the run', () => {
  for (const name of ['data.npy', 'model.safetensors', 'checkpoint.safetensors']) {
    mkdirSync(at(`taken/${name}`), { recursive: true });
    // A run of hours, if it began.
    failed(
      noisebook(`run 5 --epochs 1000000 --out ${at('taken')}`),
      new RegExp(`taken/${name} is a directory`),
    );
    assert.deepEqual(readdirSync(at('taken')), [name]);
    rmSync(at('taken'), { recursive: true });
  }
  spawnSync('mkdir', [at('piped')]);
  spawnSync('mkfifo', [at('piped/loss.npy')]);
  failed(noisebook(`run 5 --epochs 1000000 --out ${at('piped')}`), /loss.npy is no regular file/);
  for (const out of [
    at('x'.repeat(256)),
    at('y/'.repeat(3000)),
    at('nowhere/deep'),
    at('five/loss.npy'),
    '/proc/noisebook',
  ])
    failed(noisebook(`run 5 --epochs 1000000 --out ${out}`), /--out|cannot be made/);
});

test('a set is replaced, and a link in it', () => {
  mkdirSync(at('again'));
  writeFileSync(at('elsewhere.npy'), 'mine');
  symlinkSync(at('elsewhere.npy'), at('again/data.npy'));
  writeFileSync(at('again/result.json'), 'old');
  for (let i = 0; i < 2; i++) {
    succeeds(`run 5 ${small} --out ${at('again')}`);
    assert.deepEqual(readdirSync(at('again')).sort(), readdirSync(at('five')).sort());
    assert.ok(readFileSync(at('again/model.safetensors')).equals(model));
  }
  assert.equal(readFileSync(at('elsewhere.npy'), 'utf8'), 'mine');
});

const long = `${small.replace('--epochs 5', '--epochs 1500')} --threads 1`;

test('a name that is taken while it trains: the results stand beside, and say where', async () => {
  mkdirSync(at('later'));
  writeFileSync(at('later/loss.npy'), 'old');
  const { ended } = await start(`run 5 ${long} --out ${at('later')}`.split(' '));
  mkdirSync(at('later/model.safetensors'));
  const { status, stderr } = await ended;
  assert.equal(status, 1, stderr);
  assert.match(stderr, /later\/model.safetensors is a directory/);
  const folder = /are in (\S+)$/m.exec(stderr)?.[1] ?? '';
  assert.deepEqual(readdirSync(folder).sort(), readdirSync(at('five')).sort());
  assert.match(readFileSync(join(folder, 'model.safetensors'), 'latin1'), /"steps":"3000"/);
  assert.equal(readFileSync(at('later/loss.npy'), 'utf8'), 'old');
});

test('a directory that is gone when it is done: the results go to the folder for temporary files', async () => {
  mkdirSync(at('gone'));
  mkdirSync(at('tmp'));
  const { ended } = await start(`run 5 ${long} --out ${at('gone')}`.split(' '), {
    env: { TMPDIR: at('tmp') },
  });
  rmSync(at('gone'), { recursive: true });
  writeFileSync(at('gone'), '');
  const { status, stderr } = await ended;
  assert.equal(status, 1, stderr);
  const folder =
    /gone cannot be written: Not a directory; the results are in (\S+)$/m.exec(stderr)?.[1] ?? '';
  assert.ok(folder.startsWith(at('tmp')), stderr);
  assert.deepEqual(readdirSync(folder).sort(), readdirSync(at('five')).sort());
});

test('a full disk: what is whole stays, and nothing else', () => {
  // No file may be longer than 20 blocks of 512 bytes: the figure is.
  const script = `trap '' XFSZ; ulimit -f 20; exec ${program} run 5 ${small} --out ${at('full')}`;
  const result = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  failed(
    result,
    /full cannot be written: File too large; of the results the first 3 of 5 files are in \S+$/m,
  );
  const folder = /are in (\S+)$/m.exec(result.stderr)?.[1] ?? '';
  assert.deepEqual(readdirSync(folder).sort(), ['data.npy', 'loss.npy', 'model.safetensors']);
  assert.ok(readFileSync(join(folder, 'model.safetensors')).equals(model));
  const nothing = `trap '' XFSZ; ulimit -f 1; exec ${program} run 5 ${small} --out ${at('fuller')}`;
  failed(
    spawnSync('sh', ['-c', nothing], { encoding: 'utf8' }),
    /fuller cannot be written: File too large$/m,
  );
  assert.ok(!existsSync(at('fuller')));
});

test('predict writes into a pipe, to stdout, through a link; a directory is refused', async () => {
  const want = npy(`${golden}h20_forward.npy`).data;
  spawnSync('mkfifo', [at('pipe')]);
  const child = spawn(program, [...predict.split(' '), '--out', at('pipe')], { stdio: 'ignore' });
  writeFileSync(at('read.npy'), spawnSync('cat', [at('pipe')]).stdout);
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
  assert.ok(statSync(at('pipe')).isFIFO());
  close(npy(at('read.npy')).data, want, 3e-6);

  const piped = spawnSync(program, [...predict.split(' '), '--out', '/dev/stdout']);
  assert.equal(piped.status, 0, String(piped.stderr));
  assert.ok(piped.stdout.equals(readFileSync(at('read.npy'))));
  const appended = `echo before >${at('log')}; ${program} ${predict} --out /dev/stdout >>${at('log')}`;
  assert.equal(spawnSync('sh', ['-c', appended]).status, 0);
  assert.ok(readFileSync(at('log')).equals(Buffer.concat([Buffer.from('before\n'), piped.stdout])));

  writeFileSync(at('target.npy'), 'old');
  symlinkSync(at('target.npy'), at('link.npy'));
  succeeds(`${predict} --out ${at('link.npy')}`);
  assert.ok(readFileSync(at('target.npy')).equals(piped.stdout));
  assert.deepEqual(
    readdirSync(at('')).filter((name) => /tmp\b.+|\.tmp$/.test(name)),
    [],
  );

  mkdirSync(at('folder.npy'));
  failed(noisebook(`${predict} --out ${at('folder.npy')}`), /folder.npy is a directory/);
  failed(noisebook(`${predict} --out ${at('nowhere/eps.npy')}`), /cannot be written: No such file/);
  failed(noisebook(`${predict} --out ${at('z'.repeat(256))}`), /too long/);
  failed(noisebook(`${predict} --out /dev/full`), /No space left/);
});

test('what cannot be printed is no success', () => {
  for (const words of [['list'], ['--version'], ['run', '5', '--help']]) {
    const { status, stderr } = spawnSync(program, words, {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    failed({ status, stderr }, /standard output cannot be written: No space left/);
  }
});

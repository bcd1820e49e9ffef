// noisebook export: a network as a program for PyTorch, which is run where Python has it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, close, noisebook, npy, program, succeeds } from './program.mjs';

const python = /** @type {string} */ (
  ['/usr/bin/python3', 'python3'].find((path) => spawnSync(path, ['-c', 'import torch, numpy']).status === 0)
);
const golden = 'tests/golden/predictor_';
const skip = !python && 'no Python here has torch';

/** @param {string[]} words @returns {string} what it prints */
function runs(...words) {
  const { status, stderr, stdout } = spawnSync(python, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

/** Trains, and exports what came of it. @param {string} name @param {string} line */
function trained(name, line) {
  succeeds(`run ${line} --threads 1 --out ${at(name)}`);
  succeeds(`export --weights ${at(name)}/model.safetensors --out ${at(name)}/net.py`);
  return at(name);
}

/** Programs and the core's numbers, side by side. @param {string[]} more what test_pytorch is given @returns {string} the folder */
function numbers(...more) {
  const folder = at(`numbers${more.length}`);
  mkdirSync(folder, { recursive: true });
  const { status, stdout } = spawnSync('build/native/test_pytorch', [folder, ...more], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  return folder;
}

test('the core’s output and gradients: the course’s networks, and blocks that share a class', {
  skip,
}, () => {
  assert.match(runs('tests/pytorch/check_numbers.py', numbers()), /^\d\d networks /);
});

test('and random networks of every layer', { skip }, () => {
  const { stdout } = spawnSync('build/native/test_network_fuzz', ['--texts', '20'], { encoding: 'utf8' });
  writeFileSync(at('texts'), stdout);
  assert.match(runs('tests/pytorch/check_numbers.py', numbers(at('texts'))), /^20 networks /);
});

test('PyTorch gets the same from every layer’s network', { skip }, () => {
  assert.match(runs('tests/pytorch/check_layers.py', program, at('.')), /^\d+ networks$/m);
});

test('every schedule has the betas of the core', { skip }, () => {
  const help = noisebook('run 5 --help').stdout.replace(/\s+/g, ' ');
  const names = /of beta_t, that of --weights if they say: ([\w, .-]+?) \(/.exec(help)?.[1].split(', ') ?? [];
  assert.ok(names.length > 7, help);
  const made = names.flatMap((name) =>
    [10, 300].map((T) => {
      const options = '--points 30 --hidden 4 --epochs 1';
      return trained(`${name}-${T}`, `5 ${options} --schedule ${name} --timesteps ${T}`);
    }),
  );
  for (const each of made)
    writeFileSync(`${each}/net.safetensors`, readFileSync(`${each}/model.safetensors`));
  const printed = runs('tests/pytorch/check_schedules.py', ...made.map((each) => `${each}/net`));
  assert.equal(printed, `${made.length} schedules\n`);
});

/** A file's record. @param {string} path */
function recordOf(path) {
  const file = readFileSync(path);
  return JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE()))).__metadata__;
}

test('the script trains as the core does, and saves what the core would', { skip }, () => {
  const line = '5 --points 131 --hidden 16';
  const before = trained('before', `${line} --epochs 1`);
  const weights = `${before}/model.safetensors`;
  const after = trained('after', `${line} --epochs 2 --weights ${weights}`);
  const out = at('further.safetensors');
  const printed = runs(
    ...[`${before}/net.py`, weights, `${before}/data.npy`],
    ...['--epochs', '2', '--out', out],
  );
  const losses = [...printed.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  close(losses, npy(`${after}/loss.npy`).data, 1e-4);
  assert.deepEqual(recordOf(out), recordOf(`${after}/model.safetensors`));
  const predict = (/** @type {string} */ file) => {
    succeeds(`predict --weights ${file} --input ${golden}x.npy --t ${golden}t.npy --out ${at('eps.npy')}`);
    return [...npy(at('eps.npy')).data];
  };
  const [got, want] = [predict(out), predict(`${after}/model.safetensors`)];
  got.forEach((each, i) => {
    assert.ok(Math.abs(each - want[i]) < 1e-5, `${each}, not ${want[i]}`);
  });
});

for (const [name, line, files] of [
  ['classes', '10 --points 90 --hidden 8', 'data labels'],
  ['pictures', '8 --points 6 --height 24 --width 24', 'data'],
])
  test(`the script trains a network of ${name}, and Noisebook reads what it saves`, { skip }, () => {
    const made = trained(name, `${line} --epochs 1`);
    const weights = `${made}/model.safetensors`;
    const out = at(`${name}.safetensors`);
    const data = files.split(' ').map((each) => `${made}/${each}.npy`);
    const printed = runs(`${made}/net.py`, weights, ...data, '--epochs', '1', '--out', out);
    assert.match(printed, /^epoch 1: loss \d\.\d+\n$/);
    const steps = String(2 * Number(recordOf(weights).steps));
    assert.deepEqual(recordOf(out), { ...recordOf(weights), steps });
    succeeds(`export --weights ${out} --out ${at('again.py')}`);
    assert.equal(readFileSync(at('again.py'), 'utf8'), readFileSync(`${made}/net.py`, 'utf8'));
  });

test('a network of one’s own: trained with what it is conditioned on, or run, if it predicts no noise', {
  skip,
}, () => {
  const folder = numbers();
  const floats = (/** @type {string} */ name, /** @type {string} */ code) => {
    runs('-c', `import numpy as np; np.save('${at(name)}', ${code})`);
    return at(name);
  };
  const x = floats('own-x.npy', 'np.random.RandomState(0).randn(5, 4)');
  const cond = floats('own-c.npy', 'np.ones((5, 4))');
  const out = at('own.safetensors');
  runs(`${folder}/condition.py`, `${folder}/condition.safetensors`, x, cond, '--epochs', '2', '--out', out);
  succeeds(
    `predict --weights ${out} --input ${x} --t ${floats('own-t.npy', 'np.zeros(5)')} --cond ${cond} --out ${at('own.npy')}`,
  );
  assert.deepEqual(npy(at('own.npy')).shape, [5, 4]);
  const words = floats('own-words.npy', 'np.ones((5, 3))');
  const labels = floats('own-labels.npy', 'np.zeros(5)');
  const given = [`${folder}/inputs.py`, `${folder}/inputs.safetensors`, cond, x, words, labels];
  runs(...given, '--out', at('own.npz'));
  runs('-c', `import numpy as np; f = np.load('${at('own.npz')}'); assert f['words'].shape == (5, 3, 4)`);
});

test('what the program cannot use it says in a line', { skip }, () => {
  const before = trained('line', '5 --points 30 --hidden 4 --epochs 1');
  const ends = (/** @type {string[]} */ ...words) =>
    spawnSync(python, [`${before}/net.py`, ...words], { encoding: 'utf8' }).stderr;
  assert.match(
    ends(`${before}/model.safetensors`, `${before}/loss.npy`),
    /^\S+loss\.npy holds samples of shape \(\), not \(2,\)\n$/,
  );
  assert.match(ends(), /the following arguments are required: weights, data/);
});

test('what cannot be exported is said in a line', () => {
  writeFileSync(at('none.safetensors'), 'no weights');
  const { status, stderr } = noisebook(`export --weights ${at('none.safetensors')} --out ${at('none.py')}`);
  assert.equal(status, 2);
  assert.match(stderr, /none\.safetensors: not a whole safetensors file[^\n]*\n$/);
  assert.match(noisebook('export --out a.py').stderr, /export needs --weights and --out/);
});

// noisebook export: a network as a program for PyTorch, which is run where Python has it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, noisebook, program, succeeds } from './program.mjs';

const golden = 'tests/golden/predictor_h20_';
const python = ['/usr/bin/python3', 'python3'].find(
  (path) => spawnSync(path, ['-c', 'import torch, numpy']).status === 0,
);

test('the predictor as classes of PyTorch', () => {
  succeeds(`export --weights ${golden}init.safetensors --out ${at('net.py')}`);
  const text = readFileSync(at('net.py'), 'utf8');
  assert.match(
    text,
    /self\.time_embed = nn\.Sequential\(nn\.Linear\(1, 32\), nn\.ReLU\(\), nn\.Linear\(32, 32\)\)/,
  );
  assert.match(text, /h = self\.net\(torch\.cat\(\[x, self\.time_embed\(t\)\], 1\)\)/);
  assert.match(text, /^class Network\(nn\.Module\):$/m);
});

test('PyTorch gets the core’s output and gradients from it', {
  skip: !python && 'no Python here has torch',
}, () => {
  succeeds(`export --weights ${golden}init.safetensors --out ${at('run.py')}`);
  const files = ['init.safetensors', 'x.npy', 't.npy', 'forward.npy', 'target.npy', 'grads.safetensors'];
  const paths = files.map((name) =>
    /^(x|t|target)\./.test(name) ? `tests/golden/predictor_${name}` : `${golden}${name}`,
  );
  const args = ['tests/pytorch/check_export.py', at('run.py'), ...paths];
  const { status, stderr, stdout } = spawnSync(/** @type {string} */ (python), args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
});

test('PyTorch gets the same from every layer’s network', {
  skip: !python && 'no Python here has torch',
}, () => {
  const args = ['tests/pytorch/check_layers.py', program, at('.')];
  const { status, stderr, stdout } = spawnSync(/** @type {string} */ (python), args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
  assert.match(stdout, /^\d+ networks$/m);
});

test('what cannot be exported is said in a line', () => {
  writeFileSync(at('none.safetensors'), 'no weights');
  const { status, stderr } = noisebook(`export --weights ${at('none.safetensors')} --out ${at('none.py')}`);
  assert.equal(status, 2);
  assert.match(stderr, /none\.safetensors: not a whole safetensors file[^\n]*\n$/);
  assert.match(noisebook('export --out a.py').stderr, /export needs --weights and --out/);
});

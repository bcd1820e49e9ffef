// Lesson 14's step, a loss of the reader's own over two networks in a row: PyTorch's numbers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readNotebook } from '../../web/build/notebook.js';
import { runCells } from './cells.mjs';

const golden = JSON.parse(readFileSync(new URL('../golden/latents_step.json', import.meta.url), 'utf8'));
const cells = new Map(readNotebook('notebooks/14-latents.ipynb').map(({ id, source }) => [id, source]));

test('error, divergence and all gradients of forward_and_back are PyTorch’s, to rounding', async () => {
  const { scope } = await runCells(
    {},
    'lab.seed(5);',
    cells.get('autoencoder') ?? '',
    cells.get('step') ?? '',
    `const x = lab.randn([6, 3, 32, 32]), eps = lab.randn([6, 4, 8, 8]);
     const found = forward_and_back(encoder, decoder, x, eps, 0.3);
     const gradients = { encoder: encoder.gradients(), decoder: decoder.gradients() };`,
  );
  const { found, gradients } = /** @type {any} */ (scope);
  for (const name of ['error', 'kl'])
    assert.ok(
      Math.abs(found[name] / golden[name] - 1) < 2e-6,
      `${name} = ${found[name]}, not ${golden[name]}`,
    );
  const wanted = /** @type {[string, [number, number]][]} */ (Object.entries(golden.gradients));
  assert.equal(wanted.length, 32);
  for (const [name, [sum, squares]] of wanted) {
    const [network, ...path] = name.split('.');
    const values = gradients[network][path.join('.')].data;
    const near = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ size) =>
      assert.ok(Math.abs(a - b) < 2e-5 * size, `${name}: ${a}, not ${b}`);
    const length = Math.sqrt(squares);
    near(
      values.reduce((/** @type {number} */ a, /** @type {number} */ v) => a + v, 0),
      sum,
      length * Math.sqrt(values.length),
    );
    near(
      Math.sqrt(values.reduce((/** @type {number} */ a, /** @type {number} */ v) => a + v * v, 0)),
      length,
      length,
    );
  }
});

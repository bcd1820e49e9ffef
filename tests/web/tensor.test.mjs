import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exp } from '../../web/kernel/exp.js';
import { Tensor } from '../../web/kernel/tensor.js';

const x = new Tensor([3, 2], Float32Array.of(1, 2, 3, 4, 5, 60));

test('entries, rows and columns of a tensor', () => {
  assert.deepEqual([x.at(0, 0), x.at(0, 1), x.at(1, 0), x.at(2, 1), x.at(2)], [1, 2, 3, 60, 5]);
  assert.deepEqual([x.rows, x.columns, x.length], [3, 2, 6]);
});

test('clamp brings values into a range, and leaves those that are within', () => {
  assert.deepEqual([...x.clamp(2, 4.5).data], [2, 2, 3, 4, 4.5, 4.5]);
});

test('mean, smallest, largest, and the deviation that np.std gives', () => {
  const five = new Tensor([5], Float64Array.of(2, -4, 4, 5, 8));
  assert.equal(five.mean(), 3);
  assert.deepEqual([five.min(), five.max()], [-4, 8]);
  assert.equal(five.std(), 4);
});

test('the largest difference: NaN is not lost, wherever it stands', () => {
  const of = (/** @type {number[]} */ ...values) => new Tensor([values.length], Float64Array.from(values));
  assert.equal(of(1, 2, 3).max_difference(of(1, 5, 2)), 3);
  for (const at of [0, 1, 2]) {
    const values = [1, 2, 3];
    values[at] = Number.NaN;
    assert.ok(Number.isNaN(of(...values).max_difference(of(1, 2, 4))), `NaN at ${at}`);
  }
});

test('exp has the core’s bits, which nb_exp of base/math.c gave for these, and errs by two units in the last place at most', () => {
  /** @type {[number, string][]} */
  const core = [
    [0.1, '3ff1aec7b35a00d4'],
    [-0.1, '3fecf46d99d52b3a'],
    [1, '4005bf0a8b14576a'],
    [-1, '3fd78b56362cef38'],
    [0.34657, '3ff6a099138a089c'],
    [-0.34658, '3fe6a094e536e572'],
    [-7.25, '3f47455fe323fafe'],
    [20, '41bceb088b68e804'],
    [88.7, '47ef4705bbffae5c'],
    [-87.3, '38109874c0b9cacb'],
    [700.5, '7f18625c7d4f56c2'],
    [-740.1, '000000000000004d'],
    [1e-9, '3ff000000044b830'],
  ];
  const bits = (/** @type {number} */ value) =>
    new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16).padStart(16, '0');
  for (const [x, expected] of core) assert.equal(bits(exp(x)), expected, `exp(${x})`);
  for (let x = -700; x < 700; x += 0.37) assert.ok(Math.abs(exp(x) / Math.exp(x) - 1) < 2 ** -51, `${x}`);
  assert.deepEqual(
    [exp(0), exp(-800), exp(800), exp(Number.NaN)],
    [1, 0, Number.POSITIVE_INFINITY, Number.NaN],
  );
  assert.deepEqual([...new Tensor([2], Float32Array.of(0, 1)).exp().data], [1, Math.fround(Math.E)]);
});

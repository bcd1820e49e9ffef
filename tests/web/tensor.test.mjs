import assert from 'node:assert/strict';
import { test } from 'node:test';
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

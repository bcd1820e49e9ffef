import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {string} name */
const read = (name) => new Uint8Array(readFileSync(new URL(`../../web/data/${name}`, import.meta.url)));

test('the real pictures decode in WebAssembly', () => {
  for (const [name, count, side] of /** @type {const} */ ([
    ['fashion-14.nbi', 2000, 14],
    ['digits-8.nbi', 1797, 8],
  ])) {
    const file = read(name);
    const { count: n, height, width, classes, pixels, labels } = core.api.images_decode(file);
    assert.deepEqual([n, height, width, classes], [count, side, side, 10]);
    assert.equal(pixels.length, count * side * side);
    assert.deepEqual([...labels.slice(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(labels, Int32Array.from(file.subarray(16, 16 + count)));
    const packed = file.subarray(16 + count);
    const wrong = pixels.filter((p, i) => p !== Math.fround(((packed[i >> 1] >> (i % 2 ? 0 : 4)) & 15) / 15));
    assert.equal(wrong.length, 0);
  }
});

test('a damaged picture file says what is wrong', () => {
  const file = read('digits-8.nbi');
  assert.throws(
    () => core.api.images_decode(file.subarray(0, -1)),
    /59316 bytes where its header needs 59317/,
  );
});

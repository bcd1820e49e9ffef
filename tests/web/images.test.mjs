import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';

/** @type {import('../../web/kernel/memory.js').Memory} */
let memory;
before(async () => {
  memory = (await loadCore()).memory;
});

/** @param {string} name */
const read = (name) => new Uint8Array(readFileSync(new URL(`../../web/data/${name}`, import.meta.url)));

test('the real pictures decode in WebAssembly', () => {
  const { wasm } = memory;
  for (const [name, count, side] of /** @type {const} */ ([
    ['fashion-14.nbi', 2000, 14],
    ['digits-8.nbi', 1797, 8],
  ])) {
    const file = read(name);
    const images = memory.made(wasm._nbw_images_decode(memory.bytes(file), file.length));
    assert.equal(wasm._nbw_images_count(images), count);
    assert.deepEqual([wasm._nbw_images_height(images), wasm._nbw_images_width(images)], [side, side]);
    assert.equal(wasm._nbw_images_classes(images), 10);
    const pixels = memory.f32(wasm._nbw_images_pixels(images), count * side * side);
    const labels = memory.i32(wasm._nbw_images_labels(images), count);
    wasm._nbw_images_free(images);
    assert.deepEqual([...labels.slice(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(labels, Int32Array.from(file.subarray(16, 16 + count)));
    const packed = file.subarray(16 + count);
    const wrong = pixels.filter((p, i) => p !== Math.fround(((packed[i >> 1] >> (i % 2 ? 0 : 4)) & 15) / 15));
    assert.equal(wrong.length, 0);
  }
});

test('a damaged picture file says what is wrong', () => {
  const file = read('digits-8.nbi');
  assert.equal(memory.wasm._nbw_images_decode(memory.bytes(file), file.length - 1), 0);
  assert.match(memory.error().message, /59316 bytes where its header needs 59317/);
  memory.wasm._nbw_images_free(0);
});

/** The course's data sets: points of the plane as doubles, pictures as float32 [n, c, h, w] from 0 to 1. */
import { Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {{pixels: Tensor, labels: Tensor}} Pictures pixels [n, 1, h, w], labels [n] */

/** @param {Memory} memory @param {number} n */
export function spiral(memory, n) {
  const [out] = memory.room(16 * n);
  memory.wasm._nbw_data_spiral(n, out);
  return new Tensor([n, 2], memory.f64(out, 2 * n));
}

/** scikit-learn's make_swiss_roll, projected. @param {Rng} rng @param {number} n @param {number} noise */
export function swissRoll({ memory, wasm, address }, n, noise) {
  const [out] = memory.room(16 * n);
  memory.ok(wasm._nbw_data_swiss_roll(address, n, noise, out));
  return new Tensor([n, 2], memory.f64(out, 2 * n));
}

/** @param {Memory} memory @param {number} n */
export function swissRollCurve(memory, n) {
  const [out] = memory.room(16 * n);
  memory.wasm._nbw_data_swiss_roll_curve(n, out);
  return new Tensor([n, 2], memory.f64(out, 2 * n));
}

/** Ring, square and blob. @param {Rng} rng @param {number} perClass */
export function classes({ memory, wasm, address }, perClass) {
  const n = 3 * perClass;
  const [points, labels] = memory.room(16 * n, 4 * n);
  memory.ok(wasm._nbw_data_classes(address, perClass, points, labels));
  return {
    points: new Tensor([n, 2], memory.f64(points, 2 * n)),
    labels: new Tensor([n], memory.i32(labels, n)),
  };
}

/** @param {Memory} memory @param {number} size @param {number} square */
export function checkerboard(memory, size, square) {
  const [out] = memory.room(4 * size * size);
  memory.ok(memory.wasm._nbw_data_checkerboard(size, size, square, out));
  return new Tensor([1, 1, size, size], memory.f32(out, size * size));
}

/** @param {Memory} memory @param {number} size */
export function colourSquare(memory, size) {
  const [out] = memory.room(12 * size * size);
  memory.ok(memory.wasm._nbw_data_colour_square(size, size, out));
  return new Tensor([1, 3, size, size], memory.f32(out, 3 * size * size));
}

/** Circles, squares and triangles. @param {Rng} rng @param {number} n @param {number} size */
export function shapes({ memory, wasm, address }, n, size) {
  const [out, labels] = memory.room(4 * n * size * size, 4 * n);
  memory.ok(wasm._nbw_data_shapes(address, n, size, size, out, labels));
  return {
    images: new Tensor([n, 1, size, size], memory.f32(out, n * size * size)),
    labels: new Tensor([n], memory.i32(labels, n)),
  };
}

/** The pictures of a .nbi file. @param {Memory} memory @param {Uint8Array} file @returns {Pictures} */
export function decodeImages(memory, file) {
  const { wasm } = memory;
  const images = memory.made(wasm._nbw_images_decode(memory.bytes(file), file.length));
  const n = wasm._nbw_images_count(images);
  const shape = [n, 1, wasm._nbw_images_height(images), wasm._nbw_images_width(images)];
  const pixels = memory.f32(wasm._nbw_images_pixels(images), shape[0] * shape[2] * shape[3]);
  const labels = memory.i32(wasm._nbw_images_labels(images), n);
  wasm._nbw_images_free(images);
  return { pixels: new Tensor(shape, pixels), labels: new Tensor([n], labels) };
}

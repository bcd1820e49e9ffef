/** The course's data sets: points of the plane as doubles, pictures as float32 [n, c, h, w] from 0 to 1. */
import { bytesOf, finite, whole } from '../check.js';
import { countOf, Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {{pixels: Tensor, labels: Tensor}} Pictures pixels [n, 1, h, w], labels [n] */

/** @param {Memory} memory @param {number} n */
export const spiral = ({ api }, n) => new Tensor([n, 2], api.data_spiral(countOf([n])));

/** scikit-learn's make_swiss_roll, projected. @param {Rng} rng @param {number} n @param {number} noise */
export const swissRoll = ({ api, id }, n, noise) =>
  new Tensor([n, 2], api.data_swiss_roll(id, countOf([n]), finite(noise, 'noise')));

/** @param {Memory} memory @param {number} n */
export const swissRollCurve = ({ api }, n) => new Tensor([n, 2], api.data_swiss_roll_curve(countOf([n])));

/** Ring, square and blob. @param {Rng} rng @param {number} perClass */
export function classes({ api, id }, perClass) {
  const { out, labels } = api.data_classes(id, countOf([perClass]));
  return { points: new Tensor([labels.length, 2], out), labels: new Tensor([labels.length], labels) };
}

/** @typedef {{height: number, width: number}} Sides */

/** @param {Memory} memory @param {Sides} sides @param {number} square */
export function checkerboard({ api }, { height, width }, square) {
  const out = api.data_checkerboard(height, width, whole(square, 'square', 1));
  return new Tensor([1, 1, height, width], out);
}

/** @param {Memory} memory @param {Sides} sides */
export const colourSquare = ({ api }, { height, width }) =>
  new Tensor([1, 3, height, width], api.data_colour_square(height, width));

/** Circles, squares and triangles. @param {Rng} rng @param {number} n @param {Sides} sides */
export function shapes({ api, id }, n, { height, width }) {
  const { out, labels } = api.data_shapes(id, countOf([n]), height, width);
  return { images: new Tensor([n, 1, height, width], out), labels: new Tensor([n], labels) };
}

/** The pictures of a .nbi file. @param {Memory} memory @param {Uint8Array} file @returns {Pictures} */
export function decodeImages({ api }, file) {
  const { count, height, width, pixels, labels } = api.images_decode(bytesOf(file, 'file'));
  return { pixels: new Tensor([count, 1, height, width], pixels), labels: new Tensor([count], labels) };
}

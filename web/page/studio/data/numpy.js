/** Arrays of the reader's, .npy files: points, pictures or series by their shape, and labels by a second file. */
import { heldOf, mixed } from '../../../kernel/studio/dataset.js';
import { decodeNpy } from '../../outputs/npy.js';
import { classesOf, LEAST_ROWS, MOST_ROWS, nameOf, tableData } from './samples.js';

/** @typedef {import('../../outputs/npy.js').Npy} Npy */
/** @typedef {import('./samples.js').Read} Read */
/** @typedef {{name: string, bytes: Uint8Array}} Named */
/** @typedef {Npy & {name: string}} Found */

export const MOST_BYTES = 256 * 2 ** 20;
const MOST_NUMBERS = 2 ** 24;
const LEAST_SIDE = 4;
const MOST_SIDE = 128;
const SHAPES =
  'points are (n, 2), series (n, length), pictures (n, height, width), (n, 1 or 3, height, width) or (n, height, width, 3)';

const told = (/** @type {number[]} */ shape) =>
  `(${shape.slice(0, 6).join(', ')}${shape.length === 1 ? ',' : ''})`;

/** @param {Found[]} all @returns {{samples: Found, labels: Found | null}} */
function partsOf(all) {
  if (all.length > 2)
    throw new RangeError(`${all.length} .npy files: one is taken, or two, of which one has the labels`);
  const [samples, more] = all.filter(({ shape }) => shape.length > 1);
  const labels = all.find(({ shape }) => shape.length === 1) ?? null;
  if (all.length === 2 && (more || !samples))
    throw new TypeError(
      `${all.map(({ name, shape }) => `${name} has shape ${told(shape)}`).join(' and ')}: of two files one has the labels, and shape (n,)`,
    );
  if (!samples) throw new TypeError(`${all[0].name} has shape ${told(all[0].shape)}: ${SHAPES}`);
  return { samples, labels };
}

/** How an array lies: [channels, height, width] of pictures, null for rows of numbers. @param {Found} array @returns {{size: number[] | null, last: boolean}} last: channels come last */
function layoutOf({ name, shape }) {
  const [, a, b, c] = shape;
  const isSeries = shape.length === 2 || (shape.length === 3 && a === 1);
  if (isSeries) return { size: null, last: false };
  const few = (/** @type {number} */ channels) => channels === 1 || channels === 3;
  let size = null;
  if (shape.length === 3) size = [1, a, b];
  if (shape.length === 4) size = few(a) ? [a, b, c] : few(c) ? [c, a, b] : null;
  if (!size) throw new TypeError(`${name} has shape ${told(shape)}: ${SHAPES}`);
  const [, height, width] = size;
  if (Math.min(height, width) < LEAST_SIDE || Math.max(height, width) > MOST_SIDE)
    throw new RangeError(
      `${name} has pictures of ${width}x${height}: ${LEAST_SIDE} to ${MOST_SIDE} pixels a side are taken`,
    );
  return { size, last: shape.length === 4 && !few(a) };
}

/** @param {Found} array */
function checkNumbers({ name, shape, data }) {
  const [n] = shape;
  if (n < LEAST_ROWS || n > MOST_ROWS)
    throw new RangeError(
      `${name} has ${n.toLocaleString('en')} sample${n === 1 ? '' : 's'}: ${LEAST_ROWS} to ${MOST_ROWS.toLocaleString('en')} are taken`,
    );
  const each = data.length / n;
  if (data.length > MOST_NUMBERS)
    throw new RangeError(
      `${name} has ${data.length.toLocaleString('en')} numbers, and at most ${MOST_NUMBERS.toLocaleString('en')} are taken: save a part of it, x[:${Math.floor(MOST_NUMBERS / each)}]`,
    );
  const wrong = data.findIndex((/** @type {number} */ value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RangeError(
      `${name} has a number that is ${data[wrong]}, in sample ${Math.floor(wrong / each) + 1} of ${n.toLocaleString('en')}`,
    );
}

/** What black and white are, and how that was found. @param {Found} array @returns {[number, number, string]} */
function rangeOf({ name, type, data }) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low === high) throw new RangeError(`${name}: all numbers are ${low}, so there is nothing to learn`);
  if (low >= 0 && high <= 1) return [0, 1, 'from 0 to 1'];
  if (type === 'u1') return [0, 255, 'from 0 to 255, as its type is uint8'];
  if (low >= -1 && high <= 1) return [-1, 1, 'from -1 to 1'];
  return [low, high, `from its least to its greatest number, ${low} to ${high}`];
}

/** @param {Found} array @param {number[]} size @param {boolean} last @returns {Read} */
function pictures(array, size, last) {
  const [channels, height, width] = size;
  const [low, high, words] = rangeOf(array);
  const transform = { offset: (low + high) / 2, scale: (high - low) / 2 };
  const places = mixed(array.shape[0]);
  const plane = height * width;
  const each = channels * plane;
  const values = new Float32Array(array.data.length);
  for (const [i, place] of places.entries())
    for (let k = 0; k < each; k++) {
      const from = last ? (k % plane) * channels + Math.floor(k / plane) : k;
      values[i * each + k] = (array.data[place * each + from] - transform.offset) / transform.scale;
    }
  return {
    kind: 'pictures',
    shape: size,
    values,
    labels: null,
    classes: [],
    name: nameOf(array.name),
    transform,
    held: heldOf(places.length),
    note: `Black to white is ${words}.`,
  };
}

/** @param {Found} labels @param {Found} samples */
function knownOf({ name, shape, data }, samples) {
  if (shape[0] !== samples.shape[0])
    throw new RangeError(
      `${name} has ${shape[0].toLocaleString('en')} labels, and ${samples.name} ${samples.shape[0].toLocaleString('en')} samples: it takes one for each`,
    );
  const wrong = data.find((/** @type {number} */ value) => !Number.isInteger(value));
  if (wrong !== undefined)
    throw new TypeError(`${name} has a label ${wrong}: labels are whole numbers, one for each sample`);
  return classesOf(Array.from(data, String), name, 'array');
}

/** @param {Named[]} files @returns {Read} throws a sentence */
export function readArrays(files) {
  const { samples, labels } = partsOf(files.map(({ name, bytes }) => ({ name, ...decodeNpy(bytes, name) })));
  const { size, last } = layoutOf(samples);
  checkNumbers(samples);
  const known = labels && knownOf(labels, samples);
  const [n] = samples.shape;
  if (!size)
    return tableData({ numbers: samples.data, length: samples.data.length / n, known, file: samples.name });
  const made = pictures(samples, size, last);
  if (!known) return made;
  return {
    ...made,
    labels: Int32Array.from(mixed(n), (place) => known.labels[place]),
    classes: known.classes,
  };
}

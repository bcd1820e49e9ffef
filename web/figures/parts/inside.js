/** What goes on inside a network: the values of its boxes, of one sample, and the pictures that a drawing shows of them. */
import { colour } from './dom.js';
import { colourScale, extent, rangeOf, raster } from './raster.js';
import { got } from './values.js';

/** @typedef {{shape: number[], data: Float32Array, of: number[], colours?: boolean}} Value some channels (n, height, width), or (n); `of`: the whole shape */
/** @typedef {Record<string, Value>} Values by the names of boxes */
/** @typedef {Record<string, string[]>} Hrefs pictures as data URLs, by the names of boxes */

/** So many channels a box shows: spread evenly over all, the same at every t. */
const CHANNELS = 4;
/** And so many numbers of a vector. */
const NUMBERS = 64;

/** Some of n things, spread evenly. @param {number} n @param {number} most */
const some = (n, most) =>
  Array.from({ length: Math.min(n, most) }, (_, i) => Math.floor((i * n) / Math.min(n, most)));

/** @param {{shape: number[], data: ArrayLike<number>}} tensor of one sample @param {boolean} [whole] whether three channels are colours @returns {Value} */
function shownOf({ shape: [, ...of], data }, whole = false) {
  if (of.length !== 3) {
    const n = of.reduce((a, b) => a * b, 1);
    const numbers = some(n, NUMBERS).map((i) => data[i]);
    return { shape: [numbers.length], data: Float32Array.from(numbers), of };
  }
  const [channels, height, width] = of;
  const size = height * width;
  const colours = whole && channels === 3;
  const taken = some(channels, colours ? 3 : CHANNELS);
  const numbers = new Float32Array(taken.length * size);
  for (const [i, c] of taken.entries())
    for (let k = 0; k < size; k++) numbers[i * size + k] = data[c * size + k];
  return { shape: [taken.length, height, width], data: numbers, of, ...(colours && { colours }) };
}

/**
 * Of a real forward pass: x, what the named boxes give, and the outputs. Runs in the kernel's worker.
 * @param {any} model @param {{x: any, t?: any, labels?: any, conds?: any}} given
 * @param {{input: string, output: string | null, boxes: string[]}} names of the boxes of x, of the one output if it is called
 *   otherwise, and of those between
 * @returns {Values}
 */
export function valuesOf(model, { x, t = null, labels = null, conds = null }, { input, output, boxes }) {
  if (x?.shape?.[0] !== 1)
    throw new TypeError(
      `network looks at one sample: x must be a tensor of shape [1, ${model.sample_shape.join(', ')}], got ${got(x)}`,
    );
  const training = model.training;
  // Looking draws nothing: Dropout lets all through.
  model.eval();
  try {
    const out = model.forward(x, t, labels, conds);
    const outputs = Array.isArray(out.shape) ? { [output ?? model.outputs[0].name]: out } : out;
    const layers = model.layers().map((/** @type {{name: string}} */ { name }) => name);
    const looked = layers.filter((/** @type {string} */ name) => boxes.includes(name));
    return Object.fromEntries([
      [input, shownOf(x, true)],
      ...looked.map((/** @type {string} */ name) => [
        name,
        shownOf(model.activations(x, t, name, labels, conds)),
      ]),
      ...Object.entries(outputs).map(([name, value]) => [name, shownOf(value, true)]),
    ]);
  } finally {
    if (training) model.train();
  }
}

/** Each channel black at its box's lowest number and white at its highest; a vector by the scale of heatmaps. @param {Value} value @param {Element} el for the theme @returns {string[]} */
function hrefsOf({ shape, data, colours }, el) {
  const wrong = colour(el, 'eps');
  if (shape.length === 1) {
    const scale = colourScale(el, rangeOf(data));
    return [raster(shape[0], 1, (x) => (Number.isFinite(data[x]) ? scale.at(data[x]) : wrong)).toDataURL()];
  }
  const [n, height, width] = shape;
  const [low, high] = extent(data);
  const level = (/** @type {number} */ i) => (255 * (data[i] - low)) / (high - low || 1);
  const size = height * width;
  return Array.from({ length: colours ? 1 : n }, (_, c) =>
    raster(width, height, (x, y) => {
      const at = c * size + y * width + x;
      if (!Number.isFinite(data[at])) return wrong;
      const grey = level(at);
      return colours ? [grey, level(at + size), level(at + 2 * size)] : [grey, grey, grey];
    }).toDataURL(),
  );
}

/** @param {Values | undefined} values @param {Element} el for the theme @returns {Hrefs} */
export const picturesOf = (values, el) =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, hrefsOf(value, el)]));

/** A picture in a drawing, its pixels with sharp edges. @param {string} href @param {number} x @param {number} y @param {number} width @param {number} height */
export const image = (href, x, y, width, height) =>
  `<image x="${x}" y="${y}" width="${width}" height="${height}" href="${href}" preserveAspectRatio="none" style="image-rendering: pixelated"/>`;

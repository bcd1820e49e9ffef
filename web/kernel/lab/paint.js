/** lab.paint: a canvas to draw on, as a control; what code gets of it is a picture or a mask. */
import { finite, options, shown, truth, whole } from '../check.js';
import { drawingOf, drawingText, MOST_COLOURS, UNPAINTED } from '../painting.js';
import { Tensor } from '../tensor.js';

/** @typedef {Record<string, number | number[]>} Colours a grey, or [red, green, blue], from 0 to 1, by name */
/**
 * @typedef {object} Paint
 * @property {'paint'} type
 * @property {string} label
 * @property {number} channels of the picture that code gets, or of the one below a mask
 * @property {number} height @property {number} width
 * @property {[number, number]} range what black and white are to code
 * @property {boolean} mask
 * @property {Record<string, number[]>} colors of each channel, from 0 to 1
 * @property {number[]} paper
 * @property {Float32Array | null} over (channels, height, width), in the range
 * @property {number} brush @property {string} value as painting.js writes it
 */
/**
 * @typedef {{label?: string, size?: number, height?: number, width?: number, channels?: number, range?: [number, number], mask?: boolean,
 *   colors?: Colours, paper?: number | number[], over?: Tensor, value?: Tensor, brush?: number}} Given
 */

const NAMES = 'label, size, height, width, channels, range, mask, colors, paper, over, value, brush'.split(
  ', ',
);
const MOST_PIXELS = 128;

/** @type {Colours} */
const GREYS = { white: 1, grey: 0.5, black: 0 };
/** @type {Colours} */
const COLOURS = {
  red: [0.9, 0.2, 0.2],
  yellow: [0.95, 0.8, 0.2],
  green: [0.2, 0.7, 0.3],
  blue: [0.2, 0.4, 0.9],
  white: [1, 1, 1],
  black: [0, 0, 0],
};

/** One picture, whatever the number of its axes of length 1. @param {unknown} value @param {string} name */
function picture(value, name) {
  const wrong = () =>
    new TypeError(`paint: ${name} must be one picture, shape [1, 1 or 3, height, width], got ${told(value)}`);
  if (!(value instanceof Tensor)) throw wrong();
  const { shape } = value;
  if (shape.length !== 4 || shape[0] !== 1 || ![1, 3].includes(shape[1])) throw wrong();
  if (!value.data.every(Number.isFinite))
    throw new RangeError(`paint: ${name} has numbers that are not finite`);
  return value;
}

/** @param {unknown} value */
const told = (value) => (value instanceof Tensor ? `shape [${value.shape}]` : shown(value));

/** @param {unknown} range @returns {[number, number]} */
function rangeOf(range) {
  const [low, high, more] = Array.isArray(range) ? range : [];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high && more === undefined))
    throw new TypeError(`paint: range = ${shown(range)}: it takes [low, high], low below high`);
  return [low, high];
}

/** @param {unknown} value @param {string} name @param {number} channels */
function colourOf(value, name, channels) {
  const all = Array.isArray(value) ? value : Array.from({ length: channels }, () => value);
  if (all.length !== channels)
    throw new TypeError(
      `paint: the colour ${name} = ${shown(value)} takes a number${channels === 3 ? ' or [red, green, blue]' : ''}, from 0 to 1`,
    );
  return all.map((each) => finite(each, `paint: the colour ${name}`, 0, 1));
}

/** @param {unknown} colors @param {number} channels */
function coloursOf(colors, channels) {
  const all = colors ?? (channels === 3 ? COLOURS : GREYS);
  if (all === null || typeof all !== 'object' || Array.isArray(all))
    throw new TypeError(`paint: colors = ${shown(colors)}: it takes { name: colour, ... }`);
  const named = Object.entries(all).map(([name, each]) => [name, colourOf(each, name, channels)]);
  if (named.length < 1 || named.length > MOST_COLOURS)
    throw new RangeError(`paint takes 1 to ${MOST_COLOURS} colors, got ${named.length}`);
  return /** @type {Record<string, number[]>} */ (Object.fromEntries(named));
}

/** @param {Given} given @param {Tensor | null} over */
function sizeOf({ size, height = size, width = size, channels = 1 }, over) {
  const told = { channels, height: height ?? 32, width: width ?? 32 };
  if (over) [, told.channels, told.height, told.width] = over.shape;
  if (![1, 3].includes(told.channels))
    throw new RangeError(`paint: channels = ${shown(told.channels)}: it takes 1 or 3`);
  return {
    channels: told.channels,
    height: whole(told.height, 'paint: height', 1, MOST_PIXELS),
    width: whole(told.width, 'paint: width', 1, MOST_PIXELS),
  };
}

/** The drawing that a picture begins as: each pixel in the colour nearest to it, none where it is as below. @param {Paint} control @param {Tensor} picture */
function drawn(control, { data }) {
  const { height, width, range, mask } = control;
  const [low, high] = mask ? [0, 1] : range;
  const below = pixelsOf(control, new Int8Array(height * width).fill(UNPAINTED));
  const all = Object.values(control.colors);
  const count = height * width;
  const channels = mask ? 1 : control.channels;
  return Int8Array.from({ length: count }, (_, i) => {
    const now = Array.from({ length: channels }, (_, c) => data[c * count + i]);
    const far = (/** @type {number[]} */ colour) => now.reduce((sum, v, c) => sum + (v - colour[c]) ** 2, 0);
    const far_of = all.map((colour) => far(colour.map((v) => low + v * (high - low))));
    const least = Math.min(...far_of);
    const as_below = far(now.map((_, c) => below[c * count + i]));
    return as_below <= least ? UNPAINTED : far_of.indexOf(least);
  });
}

/** What code gets of a drawing. @param {Paint} control @param {Int8Array} pixels */
function pixelsOf({ channels: all, height, width, range, mask, colors, paper, over }, pixels) {
  const [low, high] = mask ? [0, 1] : range;
  const channels = mask ? 1 : all;
  const size = height * width;
  const table = Object.values(colors);
  const data = new Float32Array(channels * size);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < size; i++) {
      const at = c * size + i;
      if (pixels[i] !== UNPAINTED) data[at] = low + table[pixels[i]][c] * (high - low);
      else data[at] = over && !mask ? over[at] : low + paper[c] * (high - low);
    }
  return data;
}

/** The control as a cell makes it. @param {Given} [given] @returns {Paint} */
export function paint(given) {
  const { value, brush, label, ...rest } = options(given, 'paint', NAMES, {
    label: '',
    brush: 3,
    mask: false,
  });
  const over = rest.over === undefined ? null : picture(rest.over, 'over');
  const mask = truth(rest.mask, 'paint: mask');
  const size = sizeOf(rest, over);
  /** @type {Paint} */
  const control = {
    type: 'paint',
    label: String(label),
    ...size,
    range: rangeOf(rest.range ?? [0, 1]),
    mask,
    colors: mask ? { painted: [1] } : coloursOf(rest.colors, size.channels),
    paper: mask ? [0] : colourOf(rest.paper ?? 0, 'paper', size.channels),
    over: over && Float32Array.from(over.data),
    brush: whole(brush, 'paint: brush', 1, MOST_PIXELS),
    value: '',
  };
  const none = new Int8Array(size.height * size.width).fill(UNPAINTED);
  const start = value === undefined ? null : picture(value, 'value');
  const shape = [1, mask ? 1 : size.channels, size.height, size.width];
  if (start && start.shape.join() !== shape.join())
    throw new TypeError(`paint: value must have shape [${shape.join(', ')}], got [${start.shape}]`);
  control.value = drawingText(size, start ? drawn(control, start) : none);
  return control;
}

/** Whether it is a drawing of this control. @param {Paint} control @param {unknown} value */
export const paints = (control, value) =>
  drawingOf(control, Object.keys(control.colors).length, value) !== null;

/** The picture (1, channels, height, width) of a drawing, in the range; a mask is 1 where it is painted. @param {Paint} control @param {unknown} value */
export function painted(control, value) {
  const pixels = drawingOf(control, Object.keys(control.colors).length, value);
  if (!pixels) throw new TypeError('paint: that is no drawing of this size and these colours');
  const { mask, channels, height, width } = control;
  return new Tensor([1, mask ? 1 : channels, height, width], pixelsOf(control, pixels));
}

/** Numbers become pixels: through a scale of colours, or as grey and colour pictures. */
import { colour, h, short } from './dom.js';

/** @typedef {{shape: number[], data: ArrayLike<number>}} Shaped a tensor */
/** @typedef {[number, number, number]} Rgb */
/** @typedef {{low: number, high: number, at: (value: number) => Rgb}} Scale */

/**
 * Through several colours, evenly, as numbers go from one end to the other.
 * @param {Rgb[]} stops @param {[number, number]} range its first end may be the higher one @returns {Scale}
 */
export function ramp(stops, [low, high]) {
  const at = (/** @type {number} */ value) => {
    const place = Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * (stops.length - 1);
    const i = Math.min(stops.length - 2, Math.floor(place) || 0);
    return /** @type {Rgb} */ (stops[i].map((v, k) => v + (stops[i + 1][k] - v) * (place - i)));
  };
  return { low, high, at };
}

/**
 * From the paper to a colour; where numbers lie on both sides of zero, from one colour through the paper to another.
 * @param {Element} el for the theme @param {[number, number]} range
 * @param {number} [strength] 1 at most; less leaves room for what is drawn over it
 * @param {string} [name] of the colour for what is above zero @returns {Scale}
 */
export function colourScale(el, [low, high], strength = 1, name = 'eps') {
  const names = low < 0 && high > 0 ? ['x0', 'figure', name] : ['figure', name];
  const paper = colour(el, 'figure');
  const faded = (/** @type {string} */ each) =>
    /** @type {Rgb} */ (colour(el, each).map((v, k) => paper[k] + strength * (v - paper[k])));
  return ramp(names.map(faded), [low, high]);
}

/** @param {ArrayLike<number>} values finite ones count @returns {[number, number]} */
export function extent(values) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * The range of a scale: as given, or that of the numbers, with zero in its middle if they lie on both sides of it.
 * @param {ArrayLike<number>} values @param {[number, number]} [given] @returns {[number, number]}
 */
export function rangeOf(values, given) {
  if (given) return given;
  const [low, high] = extent(values);
  const most = Math.max(-low, high);
  return low < 0 && high > 0 ? [-most, most] : [low, high];
}

/**
 * A canvas of one pixel a number.
 * @param {number} width @param {number} height @param {(x: number, y: number) => Rgb} rgb
 */
export function raster(width, height, rgb) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      image.data.set(rgb(x, y), at);
      image.data[at + 3] = 255;
    }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}

/** How many colours a strip has. */
const STEPS = 128;

/**
 * A scale as a strip of its colours with its ends named; gives the function that shows one.
 * @param {HTMLElement} el where it goes @param {string} [name] what its numbers are
 */
export function createKey(el, name = '') {
  const strip = h('canvas', { class: 'strip', width: STEPS, height: 1 });
  const [low, high] = [h('span'), h('span')];
  el.append(h('div', { class: 'key', 'aria-hidden': true }, ...(name ? [name] : []), low, strip, high));
  return (/** @type {Scale} */ scale) => {
    const step = (scale.high - scale.low) / (STEPS - 1);
    const colours = raster(STEPS, 1, (x) => scale.at(scale.low + x * step));
    strip.getContext('2d')?.drawImage(colours, 0, 0);
    low.textContent = short(scale.low);
    high.textContent = short(scale.high);
  };
}

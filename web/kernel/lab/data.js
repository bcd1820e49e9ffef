/** Data sets: points of the plane, drawn pictures, and the real pictures that ship with the site. */
import { options, whole } from '../check.js';
import * as data from '../core/data.js';
import { Tensor } from '../tensor.js';
import { generatorOf } from './random.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/random.js').Rng} Rng */

/** The packs in web/data: their files, and the names of their classes in the order of the labels. */
export const PACKS = {
  fashion: {
    file: 'fashion-14.nbi',
    classes: 'T-shirt, trousers, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot'.split(', '),
  },
  digits: { file: 'digits-8.nbi', classes: [...'0123456789'] },
};

/** A border of zeros around square pictures, even on all sides. @param {Tensor} pixels @param {number} size */
function pad(pixels, size) {
  const [n, c, h, w] = pixels.shape;
  if (!Number.isInteger(size) || size < h || size < w)
    throw new RangeError(
      `size = ${size}: these pictures are ${h}x${w}, so it takes ${Math.max(h, w)} or more`,
    );
  const top = (size - h) >> 1;
  const left = (size - w) >> 1;
  const out = new Float32Array(n * c * size * size);
  for (let row = 0; row < n * c * h; row++) {
    const plane = Math.floor(row / h);
    out.set(pixels.data.subarray(row * w, (row + 1) * w), (plane * size + top + (row % h)) * size + left);
  }
  return new Tensor([n, c, size, size], out);
}

/** Grey pictures in as many equal channels. @param {Tensor} pixels [n, 1, h, w] @param {number} channels */
function repeatGrey(pixels, channels) {
  if (channels !== 1 && channels !== 3) throw new RangeError(`channels = ${channels}: it takes 1 or 3`);
  const [n, , h, w] = pixels.shape;
  const out = new Float32Array(n * channels * h * w);
  for (let i = 0; i < n * channels; i++) {
    const from = Math.floor(i / channels) * h * w;
    out.set(pixels.data.subarray(from, from + h * w), i * h * w);
  }
  return new Tensor([n, channels, h, w], out);
}

const SIDES = ['size', 'height', 'width'];
/** @typedef {{size?: number, height?: number, width?: number}} Sides size is both, where no other is given */

/** @param {Sides} sides */
const sidesOf = ({ size, height = size, width = size }) => ({
  height: whole(height, 'height', 1, 65536),
  width: whole(width, 'width', 1, 65536),
});

/** @param {Kernel} kernel @param {Rng} numpy */
export function dataSets({ core: { memory }, readAsset }, numpy) {
  return {
    /** @param {{n?: number, noise?: number, generator?: Rng}} [given] */
    swiss_roll(given) {
      const defaults = { n: 5000, noise: 0.1, generator: numpy };
      const { n, noise, generator } = options(given, 'swiss_roll', Object.keys(defaults), defaults);
      return data.swissRoll(generatorOf(generator), n, noise);
    },
    /** @param {number} n */
    swiss_roll_curve: (n) => data.swissRollCurve(memory, n),
    /** @param {number} n */
    spiral: (n) => data.spiral(memory, n),
    /** @param {number} n points of each class @param {{generator?: Rng}} [given] */
    classes(n, given) {
      const { generator } = options(given, 'classes', ['generator'], { generator: numpy });
      return data.classes(generatorOf(generator), n);
    },
    /** Squares of `square` pixels, the first one white: [1, 1, height, width]. @param {Sides & {square?: number}} [given] */
    checkerboard(given) {
      const defaults = { size: 64, square: 8 };
      const { square, ...sides } = options(given, 'checkerboard', [...SIDES, 'square'], defaults);
      return data.checkerboard(memory, sidesOf(sides), square);
    },
    /** A white square on black, in colour: [1, 3, height, width]. @param {Sides} [given] */
    colour_square: (given) =>
      data.colourSquare(memory, sidesOf(options(given, 'colour_square', SIDES, { size: 64 }))),
    /**
     * Filled circles (label 0), squares (1) and triangles (2): images [n, 1, height, width] of 0 and 1, labels [n].
     * @param {Sides & {n?: number, generator?: Rng}} [given]
     */
    shapes(given) {
      const defaults = { n: 2000, size: 32, generator: numpy };
      const { n, generator, ...sides } = options(given, 'shapes', [...SIDES, 'n', 'generator'], defaults);
      return data.shapes(generatorOf(generator), n, sidesOf(sides));
    },
    /**
     * Real pictures: 'fashion' (2,000 of 14x14, Fashion-MNIST) or 'digits' (1,797 of 8x8).
     * @param {string} name
     * @param {{size?: number, channels?: number}} [given] size: with a black border; channels: 3 repeats the grey
     * @returns {Promise<{pixels: Tensor, labels: Tensor, classes: string[]}>} pixels [n, channels, size, size], 0 to 1
     */
    async images(name, given) {
      const { size, channels } = options(given, 'images', ['size', 'channels'], { channels: 1 });
      if (!Object.hasOwn(PACKS, name))
        throw new Error(`images "${name}": choose one of ${Object.keys(PACKS).join(', ')}`);
      const pack = PACKS[/** @type {keyof typeof PACKS} */ (name)];
      const { pixels, labels } = data.decodeImages(memory, await readAsset(pack.file));
      const padded = size === undefined ? pixels : pad(pixels, whole(size, 'size', 1, 4096));
      return { pixels: repeatGrey(padded, channels), labels, classes: [...pack.classes] };
    },
  };
}

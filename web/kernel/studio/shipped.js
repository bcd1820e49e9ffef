/** Data sets to begin with. Series have the browser's sines and exponentials: in another a last bit may differ, but a run carries its data. */
import { decodeImages } from '../core/data.js';
import { PACKS } from '../lab/data.js';
import { heldOf, scaled } from './dataset.js';
import { seriesOf } from './series.js';

/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {ReturnType<typeof import('../lab.js').createLab>} Lab */
/** @typedef {import('../tensor.js').Tensor} Tensor */
/** @typedef {{x: Tensor, labels?: ArrayLike<number> | null, classes?: string[], from?: 'unit'}} Made from 'unit': pictures of 0 to 1 */

const SEED = 42;
/** By their labels: those of lab.classes and lab.shapes. */
export const CLASSES = ['ring', 'square', 'blob'];
export const SHAPES = ['circle', 'square', 'triangle'];

/**
 * What there is: `file` of web/data, where it is one, and what makes the samples.
 * @type {Record<string, {title: string, kind: Data['kind'], file?: string, make: (lab: Lab, memory: any, file: Uint8Array) => Made}>}
 */
export const SHIPPED = {
  roll: {
    title: 'Swiss roll',
    kind: 'points',
    make: (lab) => ({ x: lab.swiss_roll({ n: 3000, noise: 0.05, generator: lab.generator(SEED) }).float() }),
  },
  classes: {
    title: 'Three classes',
    kind: 'points',
    make(lab) {
      const { points, labels } = lab.classes(1000, { generator: lab.generator(SEED) });
      // By class as they come: in another order, so that what is held out has all of them.
      const order = lab.randperm(points.rows, { generator: lab.generator(SEED) });
      return {
        x: points.float().take(order),
        labels: labels.take(order).data,
        classes: CLASSES,
      };
    },
  },
  digits: {
    title: 'Digits',
    kind: 'pictures',
    file: PACKS.digits.file,
    make: (_, memory, file) => packed(memory, file, PACKS.digits.classes),
  },
  fashion: {
    title: 'Fashion-MNIST',
    kind: 'pictures',
    file: PACKS.fashion.file,
    make: (_, memory, file) => packed(memory, file, PACKS.fashion.classes),
  },
  shapes: {
    title: 'Shapes',
    kind: 'pictures',
    make(lab) {
      const { images, labels } = lab.shapes({ n: 2000, size: 24, generator: lab.generator(SEED) });
      return { x: images, labels: labels.data, classes: SHAPES, from: 'unit' };
    },
  },
  scenes: {
    title: 'Scenes in colour',
    kind: 'pictures',
    make: (lab) => ({ x: lab.scenes({ n: 2000, least: 1, most: 2, generator: lab.generator(SEED) }).images }),
  },
  sines: { title: 'Sines', kind: 'series', make: (lab) => seriesOf('sines', lab.generator(SEED)) },
  steps: { title: 'Steps', kind: 'series', make: (lab) => seriesOf('steps', lab.generator(SEED)) },
  heartbeat: {
    title: 'A heartbeat',
    kind: 'series',
    make: (lab) => seriesOf('heartbeat', lab.generator(SEED)),
  },
};

/** @param {any} memory @param {Uint8Array} file @param {string[]} classes @returns {Made} */
export function packed(memory, file, classes) {
  const { pixels, labels } = decodeImages(memory, file);
  return { x: pixels, labels: labels.data, classes: [...classes], from: 'unit' };
}

/** Values from -1 to 1. @param {ArrayLike<number>} data @param {Made['from']} from */
export function asPictures(data, from) {
  if (from !== 'unit') return { values: Float32Array.from(data), offset: 0, scale: 1 };
  return { values: Float32Array.from(data, (v) => 2 * v - 1), offset: 0.5, scale: 0.5 };
}

/**
 * @param {{kernel: import('../kernel.js').Kernel}} context @param {{name: string, file: Uint8Array | null}} asked
 * @returns {Data}
 */
export function shippedOf({ kernel }, { name, file }) {
  if (!Object.hasOwn(SHIPPED, name))
    throw new RangeError(
      `there are no data named ${JSON.stringify(name)}: there are ${Object.keys(SHIPPED).join(', ')}`,
    );
  const { title, kind, make } = SHIPPED[name];
  const { lab } = kernel.evaluator.scope;
  const { x, labels, classes, from } = make(lab, kernel.core.memory, file ?? new Uint8Array());
  const { values, ...transform } =
    kind === 'pictures' ? asPictures(x.data, from) : scaled(x.data, kind === 'points' ? 2 : 1);
  return {
    kind,
    shape: x.shape.slice(1),
    values,
    labels: labels ? Int32Array.from(labels) : null,
    classes: classes ?? [],
    name: title,
    transform,
    held: heldOf(x.shape[0]),
  };
}

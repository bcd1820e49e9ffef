/** What the lessons' models were trained on, as they were given it; and where it is drawn, a tenth more that none of them has seen, to judge by. */
import { whole } from '../check.js';
import { PACKS } from '../lab/data.js';
import { Tensor } from '../tensor.js';
import { heldOf } from './dataset.js';
import { CLASSES, packed, SHAPES } from './shipped.js';

/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {import('./shipped.js').Lab} Lab */
/** @typedef {import('./shipped.js').Made} Made */
/** @typedef {import('../core/random.js').Rng} Rng */

const SEED = 42;
const UNSEEN_SEED = 43;
/** Of a picture. */
const MOST_SIDE = 64;
const MOST = 100_000;

/**
 * By the names that models have for them (`data` in web/data/*.json, and in what a lesson keeps). `draw` makes n and more, `file` has all.
 * @type {Record<string, {title: string, kind: Data['kind'], classes: string[], n: number, file?: string,
 *   draw?: (lab: Lab, n: number, generator: Rng, side: number) => Made}>}
 */
export const LEARNED = {
  'swiss-roll': {
    title: 'Swiss roll of the lessons',
    kind: 'points',
    classes: [],
    n: 5000,
    draw: (lab, n, generator) => ({ x: lab.swiss_roll({ n, noise: 0.1, generator }).float() }),
  },
  classes: {
    title: 'Classes of lesson 10',
    kind: 'points',
    classes: CLASSES,
    n: 3000,
    draw(lab, n, generator) {
      const { points, labels } = lab.classes(n / CLASSES.length, { generator });
      return { x: points.float(), labels: labels.data };
    },
  },
  shapes: {
    title: 'Shapes of lesson 8',
    kind: 'pictures',
    classes: SHAPES,
    n: 2000,
    draw(lab, n, generator, size) {
      const { images, labels } = lab.shapes({ n, size, generator });
      return { x: images, labels: labels.data };
    },
  },
  digits: {
    title: 'Digits of the lessons',
    kind: 'pictures',
    classes: PACKS.digits.classes,
    n: 0,
    file: PACKS.digits.file,
  },
};

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function joined(a, b) {
  const all = new Float32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** @param {Lab} lab @param {NonNullable<(typeof LEARNED)[string]['draw']>} draw @param {number} n @param {number} side @returns {Made & {held: number}} */
function drawn(lab, draw, n, side) {
  const held = heldOf(n);
  const seen = draw(lab, n, lab.generator(SEED), side);
  const unseen = draw(lab, held, lab.generator(UNSEEN_SEED), side);
  const [, ...shape] = seen.x.shape;
  return {
    x: new Tensor([n + held, ...shape], joined(seen.x.data, unseen.x.data)),
    labels: seen.labels && unseen.labels && joined(seen.labels, unseen.labels),
    held,
  };
}

/**
 * @param {{kernel: import('../kernel.js').Kernel}} context
 * @param {Pick<import('./protocol.js').Ask<'learned'>, 'name' | 'file' | 'shape' | 'range' | 'count'>} asked shape: of a sample; count: how many, where not as many as usual; range: of pictures, which come from 0 to 1
 * @returns {Data} throws a sentence
 */
export function learnedOf({ kernel }, { name, file, shape, range, count }) {
  if (!Object.hasOwn(LEARNED, name))
    throw new RangeError(
      `there are no data named ${JSON.stringify(name)}: lessons learn ${Object.keys(LEARNED).join(', ')}`,
    );
  const side = shape.at(-1) ?? 0;
  if (!(side <= MOST_SIDE))
    throw new RangeError(
      `samples of shape [${shape.join(', ')}]: the lessons’ have at most ${MOST_SIDE} numbers in a row`,
    );
  const { title, kind, classes, n: usual, draw } = LEARNED[name];
  const { lab } = kernel.evaluator.scope;
  // All of a file was trained on: nothing of it is left to hold out.
  const { x, labels, held } = draw
    ? drawn(lab, draw, whole(count ?? usual, 'n', 1, MOST), side)
    : { ...packed(kernel.core.memory, file ?? new Uint8Array(), classes), held: 0 };
  const isPictures = kind === 'pictures';
  const [low, high] = isPictures ? range : [0, 1];
  const scale = 1 / (high - low);
  return {
    kind,
    shape: x.shape.slice(1),
    values: Float32Array.from(x.data, (v) => low + (high - low) * v),
    labels: labels ? Int32Array.from(labels) : null,
    classes: [...classes],
    name: title,
    transform: { offset: isPictures ? -low * scale : 0, scale },
    held,
    ...(isPictures && { range }),
  };
}

/** Sprites that a reader has drawn, and what becomes of them: shifted, turned and flipped, by the core's generator, so that the same wish gives the same pictures. */
import { UNPAINTED } from '../painting.js';
import { heldOf, mixed } from './dataset.js';

/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {{pixels: Int8Array, label: string}} Sprite pixels: the number of a level each, or UNPAINTED; label: '' for none */
/** @typedef {'none' | 'little' | 'quarters'} Turn */
/** @typedef {{count: number, seed: number, shift: number, turn: Turn, mirror: boolean, topple: boolean}} Wish shift: pixels at most; mirror: left to right; topple: upside down */

export const SIDES = [8, 12, 16];
export const TURNS = { none: 'not at all', little: 'a little, 15° at most', quarters: 'by quarters' };
/** What a pixel can be painted with, and what is below: as pictures have it, from -1 to 1. */
export const LEVELS = { white: 1, light: 1 / 3, dark: -1 / 3 };
const PAPER = -1;
export const MOST_MADE = 5000;
const MOST_SEED = 2 ** 32 - 1;
/** The tangent of half of 15°. */
const MOST_TURN = 0.1317;
const DRAWS = 5;

/** @param {Int8Array} pixels */
const valuesOf = (pixels) =>
  Float32Array.from(pixels, (k) => (k === UNPAINTED ? PAPER : Object.values(LEVELS)[k]));

/** The picture of which each pixel is the one of another at a place. @param {Float32Array} from @param {number} side @param {(x: number, y: number) => number} place */
const moved = (from, side, place) =>
  Float32Array.from(from, (_, i) => from[place(i % side, Math.floor(i / side))] ?? PAPER);

/** Between pixels, for an angle with tan(angle / 2) = t: no sine is asked, as browsers differ in that. @param {Float32Array} from @param {number} side @param {number} t */
function turned(from, side, t) {
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  const middle = (side - 1) / 2;
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    x < 0 || y < 0 || x >= side || y >= side ? PAPER : from[y * side + x];
  return Float32Array.from(from, (_, i) => {
    const [x, y] = [(i % side) - middle, Math.floor(i / side) - middle];
    const [u, v] = [cos * x + sin * y + middle, cos * y - sin * x + middle];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [a, b] = [u - left, v - top];
    const upper = (1 - a) * at(left, top) + a * at(left + 1, top);
    const lower = (1 - a) * at(left, top + 1) + a * at(left + 1, top + 1);
    return (1 - b) * upper + b * lower;
  });
}

/** How far a picture can be moved to both sides and lose nothing. @param {Float32Array} from @param {(i: number) => number} lineOf @param {number} side */
function room(from, lineOf, side) {
  let [first, last] = [side, -1];
  for (const [i, v] of from.entries()) {
    // What a turn mixes of nothing but paper may miss it by a rounding.
    if (v < PAPER + 1e-3) continue;
    first = Math.min(first, lineOf(i));
    last = Math.max(last, lineOf(i));
  }
  return last < 0 ? [0, 0] : [first, side - 1 - last];
}

/** @param {Float32Array} from @param {number} side @param {Wish} wish @param {ArrayLike<number>} u numbers between 0 and 1 that were drawn for it */
function variant(from, side, { shift, turn, mirror, topple }, u) {
  const end = side - 1;
  let now = from;
  if (mirror && u[0] < 0.5) now = moved(now, side, (x, y) => y * side + end - x);
  if (topple && u[1] < 0.5) now = moved(now, side, (x, y) => (end - y) * side + x);
  if (turn === 'little') now = turned(now, side, (2 * u[2] - 1) * MOST_TURN);
  for (let k = turn === 'quarters' ? Math.floor(4 * u[2]) : 0; k > 0; k--)
    now = moved(now, side, (x, y) => (end - x) * side + y);
  const far = (/** @type {number[]} */ [before, after], /** @type {number} */ drawn) => {
    const [less, more] = [Math.min(shift, before), Math.min(shift, after)];
    return Math.floor(drawn * (less + more + 1)) - less;
  };
  const dx = far(
    room(now, (i) => i % side, side),
    u[3],
  );
  const dy = far(
    room(now, (i) => Math.floor(i / side), side),
    u[4],
  );
  const inside = (/** @type {number} */ v) => v >= 0 && v < side;
  return moved(now, side, (x, y) => (inside(x - dx) && inside(y - dy) ? (y - dy) * side + x - dx : -1));
}

/** @param {string} name @param {number} value @param {number} least @param {number} most */
function whole(name, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(
      `${name} takes a whole number from ${least} to ${most.toLocaleString('en')}, and has ${Number.isNaN(value) ? 'none' : value}`,
    );
}

/** Each as often as the others, in an order that mixes them. @param {{rand: (shape: number[]) => {data: ArrayLike<number>}}} generator @param {Sprite[]} sprites @param {number} side @param {Wish} wish @returns {Data} throws a sentence */
export function varied(generator, sprites, side, wish) {
  const drawn = sprites.filter(({ pixels }) => pixels.some((k) => k !== UNPAINTED));
  if (drawn.length === 0) throw new RangeError('nothing is drawn yet: one sprite is enough');
  const { count, shift } = wish;
  whole('“How many”', count, drawn.length, MOST_MADE);
  whole('“Shifted by up to”', shift, 0, side / 2);
  const own = drawn.map(({ pixels }) => valuesOf(pixels));
  const u = generator.rand([count, DRAWS]).data;
  const values = new Float32Array(count * side * side);
  const order = mixed(count);
  for (const [i, place] of order.entries())
    values.set(
      variant(
        own[place % own.length],
        side,
        wish,
        Array.from({ length: DRAWS }, (_, k) => u[place * DRAWS + k]),
      ),
      i * side * side,
    );
  const names = drawn.map(({ label }) => label.trim());
  const known = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const classes = known.length > 1 ? known : [];
  return {
    kind: 'pictures',
    shape: [1, side, side],
    values,
    labels: classes.length
      ? Int32Array.from(order, (place) => classes.indexOf(names[place % own.length]))
      : null,
    classes: classes.map((name) => (name || 'others').slice(0, 60)),
    name: 'My sprites',
    transform: { offset: 0.5, scale: 0.5 },
    held: heldOf(count),
  };
}

/** @param {{kernel: import('../kernel.js').Kernel}} context @param {{sprites: Sprite[], side: number, wish: Wish}} asked @returns {Data} */
export function spritesOf({ kernel }, { sprites, side, wish }) {
  whole('“Seed”', wish.seed, 0, MOST_SEED);
  return varied(kernel.evaluator.scope.lab.generator(wish.seed), sprites, side, wish);
}

/** What is wrong with what a reader's function gives, in a sentence: by its kind, its shape, and the mistakes that are often made. */
import { shown } from '../check.js';
import { Tensor } from '../tensor.js';

/**
 * Numbers with a shape. @typedef {{what: 'number' | 'list' | 'tensor', shape: readonly number[], data: ArrayLike<number>}} Numbers
 */

/** @param {unknown} value @returns {Numbers | null} null if it is made of no numbers */
export function numbersOf(value) {
  if (value instanceof Tensor) return { what: 'tensor', shape: value.shape, data: value.data };
  if (typeof value === 'number') return { what: 'number', shape: [], data: [value] };
  const list = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!list) return null;
  const data = Array.from(/** @type {ArrayLike<unknown>} */ (value));
  const numbers = data.every((each) => typeof each === 'number');
  return numbers ? { what: 'list', shape: [data.length], data } : null;
}

const entries = (/** @type {number} */ n) => `${n.toLocaleString('en')} ${n === 1 ? 'entry' : 'entries'}`;

/** @param {Numbers} numbers */
const kindOf = ({ what, shape }) =>
  what === 'number'
    ? 'a number'
    : what === 'list'
      ? `a list of ${entries(shape[0])}`
      : `a tensor of shape [${shape}]`;

/** @param {number} value */
const short = (value) =>
  Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(5)));

/** The place of a number, as one would write it. @param {Numbers} numbers @param {number} at */
function placeOf({ shape }, at) {
  const place = [];
  let rest = at;
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return place.join(', ');
}

/** Another kind, length or shape, or none at all. @param {unknown} value @param {Numbers} wanted @returns {string | null} */
function kindIsWrong(value, wanted) {
  const got = numbersOf(value);
  if (value === undefined) return 'It gives nothing back. Is a return missing?';
  if (Number.isNaN(value) && wanted.what !== 'number')
    return `It gives NaN, and ${kindOf(wanted)} is wanted. JavaScript has no operators for tensors: use x.mul(...), x.add(...).`;
  if (typeof value === 'function') return 'It gives a function. Is it to be called?';
  if (!got) return `It gives ${shown(value)}, and ${kindOf(wanted)} is wanted.`;
  const both = [got.what, wanted.what].every((what) => what === 'list');
  if (both && Math.abs(got.shape[0] - wanted.shape[0]) === 1)
    return `It has ${entries(got.shape[0])}, one too ${got.shape[0] > wanted.shape[0] ? 'many' : 'few'}.`;
  if (got.what !== wanted.what || got.shape.join() !== wanted.shape.join())
    return `It gives ${kindOf(got)}, and ${kindOf(wanted)} is wanted.`;
  return null;
}

/** How far two numbers may lie apart. @param {Numbers} wanted @param {number} tolerance */
function reachOf({ data }, tolerance) {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]));
  return tolerance * (most || 1);
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {number} reach */
function near(a, b, reach) {
  for (let i = 0; i < b.length; i++)
    if (!(Math.abs(a[i] - b[i]) <= reach || Object.is(a[i], b[i]))) return false;
  return a.length === b.length;
}

/** By which factor all of it is too large, if there is one. @param {ArrayLike<number>} got @param {ArrayLike<number>} wanted @param {number} reach */
function factorOf(got, wanted, reach) {
  let at = 0;
  for (let i = 0; i < wanted.length; i++) if (Math.abs(wanted[i]) > Math.abs(wanted[at])) at = i;
  const factor = got[at] / wanted[at];
  const scaled = Array.from(wanted, (v) => v * factor);
  return Number.isFinite(factor) && near(got, scaled, reach * Math.max(1, Math.abs(factor))) ? factor : null;
}

/** A sum over n was divided by something near n. @param {number} factor @param {number | undefined} n */
function degreeOfFreedom(factor, n) {
  if (!n) return null;
  const is = (/** @type {number} */ value) => Math.abs(factor / value - 1) < 0.02 / n;
  if (is(n / (n - 1)) || is(Math.sqrt(n / (n - 1))))
    return `The sum is divided by n - 1, and here by n, which is ${n}.`;
  if (is(n / (n + 1)) || is(Math.sqrt(n / (n + 1))))
    return `The sum is divided by n + 1, and here by n, which is ${n}.`;
  if (is((n - 1) / n) || is(Math.sqrt((n - 1) / n)))
    return `The sum is divided by n, ${n}, and here by n - 1.`;
  return null;
}

/** Whether each number is that of its neighbour. @param {ArrayLike<number>} got @param {ArrayLike<number>} wanted @param {number} reach @param {number} by */
function isShifted(got, wanted, reach, by) {
  const [a, b] = [Array.from(got), Array.from(wanted)];
  const moves = b.some((v, i) => i > 0 && Math.abs(v - b[i - 1]) > reach);
  const [mine, theirs] = by > 0 ? [a.slice(0, -1), b.slice(1)] : [a.slice(1), b.slice(0, -1)];
  return moves && b.length > 2 && near(mine, theirs, reach);
}

/** What can be seen from the numbers alone. @param {Numbers} got @param {Numbers} wanted @param {number} reach @param {number | undefined} n @returns {string | null} */
function guess({ data, what }, { data: right }, reach, n) {
  const mapped = (/** @type {(v: number) => number} */ fn) => Array.from(right, fn);
  if (Array.from(data).every((v) => v === 0)) return 'It is 0 everywhere.';
  if (
    near(
      data,
      mapped((v) => -v),
      reach,
    )
  )
    return 'The sign is wrong.';
  if (what !== 'tensor' || right.length > 2) {
    if (isShifted(data, right, reach, 1)) return 'It is off by one: what stands at i belongs to i + 1.';
    if (isShifted(data, right, reach, -1)) return 'It is off by one: what stands at i belongs to i - 1.';
  }
  const factor = factorOf(data, right, reach);
  const freedom = factor === null ? null : degreeOfFreedom(factor, n);
  if (freedom) return freedom;
  if (
    near(
      data,
      mapped((v) => v * v),
      reach,
    )
  )
    return 'It is the square of what is wanted. Is a root missing?';
  if (near(data, mapped(Math.sqrt), reach))
    return 'It is the root of what is wanted. Is there one root too many?';
  if (factor !== null && right.length > 1) return `All of it is ${short(factor)} times what is wanted.`;
  return null;
}

/** Where it differs, and by how much. @param {Numbers} got @param {Numbers} wanted @param {number} reach */
function apart(got, wanted, reach) {
  if (wanted.data.length === 1) {
    const [a, b] = [got.data[0], wanted.data[0]];
    const by =
      Number.isInteger(a) && Number.isInteger(b)
        ? `: ${short(Math.abs(a - b))} too ${a > b ? 'many' : 'few'}`
        : '';
    return `It gives ${short(a)}, and ${short(b)} is wanted${by}.`;
  }
  const at = Array.from(wanted.data).findIndex((v, i) => !(Math.abs(got.data[i] - v) <= reach));
  return `It parts from what is wanted at [${placeOf(wanted, at)}]: ${short(got.data[at])} instead of ${short(wanted.data[at])}.`;
}

/** @param {Numbers} got @returns {string | null} */
function notFinite(got) {
  const at = Array.from(got.data).findIndex((v) => !Number.isFinite(v));
  if (at < 0) return null;
  const place = got.data.length > 1 ? ` at [${placeOf(got, at)}]` : '';
  return `It gives ${got.data[at]}${place}. Is there a division by 0, the root of a negative number, or something that is not there?`;
}

/**
 * @typedef {object} Known what a task knows of itself
 * @property {number} [tolerance] of the largest of the wanted numbers
 * @property {number} [n] over how many a mean is taken
 * @property {Record<string, unknown>} [mistakes] a sentence, and what one gets who makes that mistake: a value, or a function
 *   that gives it
 */

/**
 * Why a value is not what is wanted, or null where it is. `sure`: nothing need be added, for that is the mistake.
 * @param {unknown} value @param {unknown} right @param {Known} [known] @returns {Promise<{words: string, sure: boolean} | null>}
 */
export async function whatIsWrong(value, right, { tolerance = 1e-5, n, mistakes = {} } = {}) {
  const wanted = numbersOf(right);
  if (!wanted) throw new TypeError(`compare takes numbers, lists or tensors, got ${shown(right)}`);
  const kind = kindIsWrong(value, wanted);
  const got = numbersOf(value);
  const reach = reachOf(wanted, tolerance);
  if (!kind && got && near(got.data, wanted.data, reach)) return null;
  for (const [sentence, mistake] of Object.entries(mistakes)) {
    const made = numbersOf(typeof mistake === 'function' ? await mistake() : mistake);
    if (got && made && got.shape.join() === made.shape.join() && near(got.data, made.data, reach))
      return { words: sentence, sure: true };
  }
  if (kind || !got) return { words: kind ?? '', sure: true };
  return { words: notFinite(got) ?? guess(got, wanted, reach, n) ?? apart(got, wanted, reach), sure: false };
}

/** What an error in a check says to the reader. @param {string} message as JavaScript has it */
export function inWords(message) {
  // V8 says "Cannot read properties of undefined", SpiderMonkey "x is undefined", the kernel "got undefined".
  if (/ of undefined| is undefined$|got undefined$/.test(message)) return `${message}. Is a return missing?`;
  return message;
}

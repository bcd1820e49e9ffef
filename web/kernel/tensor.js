/** Arrays as cells see them: a shape and numbers in C order. Operations round as PyTorch's float32 ones do. */

import { shown } from './check.js';
import { exp } from './exp.js';

/** @typedef {Float32Array | Float64Array | Int32Array} Data */

/** More than this fits into no core's memory. */
const MOST_NUMBERS = 2 ** 28;

/** Doubles stay doubles, everything else becomes float32. @param {Data} data @param {number} n */
const resultLike = (data, n) => (data instanceof Float64Array ? new Float64Array(n) : new Float32Array(n));

/** How many numbers a shape has. @param {readonly number[]} shape */
export function countOf(shape) {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0))
    throw new TypeError(`a shape is a list of whole numbers such as [128, 2], got ${shown(shape)}`);
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > MOST_NUMBERS)
    throw new RangeError(`shape [${shape}] has ${count} numbers: a tensor takes at most ${MOST_NUMBERS}`);
  return count;
}

/**
 * What two shapes give together, by NumPy's and PyTorch's rule: laid side by side from the right, axes of the same length
 * or of length 1 go together. @param {readonly number[]} a @param {readonly number[]} b
 */
function broadcast(a, b) {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const n = a[axis - rank + a.length] ?? 1;
    const m = b[axis - rank + b.length] ?? 1;
    if (n !== m && n !== 1 && m !== 1)
      throw new Error(
        `shapes [${a}] and [${b}] do not fit together: from the right, axes must be equal or 1 (as in NumPy)`,
      );
    return n === 1 ? m : n;
  });
}

/** How far apart an axis's neighbours lie in a tensor that is broadcast to `out`. @param {readonly number[]} shape @param {number[]} out */
function stridesIn(shape, out) {
  let stride = 1;
  const strides = out.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis - shape.length + out.length] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/**
 * Shape and data stay as they were made; the numbers in `data` may be set.
 */
export class Tensor {
  #shape;
  #data;

  /** @param {readonly number[]} shape @param {Data} data */
  constructor(shape, data) {
    const count = countOf(shape);
    if (!(data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array))
      throw new TypeError(`a tensor holds float32, float64 or int32 numbers, got ${shown(data)}`);
    if (count !== data.length) throw new Error(`shape [${shape}] needs ${count} numbers, got ${data.length}`);
    this.#shape = Object.freeze([...shape]);
    this.#data = data;
  }

  /** @returns {number[]} */
  get shape() {
    return /** @type {number[]} */ (this.#shape);
  }

  set shape(_) {
    throw new TypeError('the shape of a tensor cannot be set: use reshape, which gives another tensor');
  }

  get data() {
    return this.#data;
  }

  set data(_) {
    throw new TypeError('the data of a tensor cannot be replaced: make another tensor');
  }

  /** Rows: the first axis. */
  get rows() {
    return this.shape[0] ?? 1;
  }

  /** Numbers in a row. */
  get columns() {
    return this.shape.slice(1).reduce((a, b) => a * b, 1);
  }

  get length() {
    return this.data.length;
  }

  /** @param {number} i @param {number} [j] */
  at(i, j = 0) {
    return this.data[i * this.columns + j];
  }

  /** Rows a to b, b not included, as a copy. @param {number} [a] @param {number} [b] */
  slice(a = 0, b = this.rows) {
    for (const bound of [a, b])
      if (!Number.isInteger(bound) || bound < 0)
        throw new RangeError(`slice takes rows from 0 to ${this.rows}, got ${shown(bound)}`);
    const w = this.columns;
    const data = this.data.slice(a * w, Math.min(b, this.rows) * w);
    const rows = Math.max(0, Math.min(b, this.rows) - Math.min(a, this.rows));
    return new Tensor([rows, ...this.shape.slice(1)], data);
  }

  /** The rows that indices names, in its order. @param {Tensor | ArrayLike<number>} indices */
  take(indices) {
    const list = indices instanceof Tensor ? indices.data : indices;
    const w = this.columns;
    const data = new /** @type {new (n: number) => Data} */ (this.data.constructor)(list.length * w);
    for (let i = 0; i < list.length; i++) {
      if (!(Number.isInteger(list[i]) && list[i] >= 0 && list[i] < this.rows))
        throw new RangeError(`row ${shown(list[i])} of ${this.rows}`);
      for (let j = 0; j < w; j++) data[i * w + j] = this.data[list[i] * w + j];
    }
    return new Tensor([list.length, ...this.shape.slice(1)], data);
  }

  /** The same numbers in another shape. @param {number[]} shape */
  reshape(shape) {
    return new Tensor(shape, this.data.slice());
  }

  /** As float32. */
  float() {
    return new Tensor(this.shape, Float32Array.from(this.data));
  }

  /** As float64. */
  double() {
    return new Tensor(this.shape, Float64Array.from(this.data));
  }

  /** @param {Tensor | number} other */
  add(other) {
    return this.#with(other, (a, b) => a + b);
  }

  /** @param {Tensor | number} other */
  sub(other) {
    return this.#with(other, (a, b) => a - b);
  }

  /** @param {Tensor | number} other */
  mul(other) {
    return this.#with(other, (a, b) => a * b);
  }

  /** @param {Tensor | number} other */
  div(other) {
    return this.#with(other, (a, b) => a / b);
  }

  sqrt() {
    return this.map(Math.sqrt);
  }

  /** Of doubles, rounded once on storing: the same bits in every browser. */
  exp() {
    return this.map(exp);
  }

  /** @param {(value: number, index: number) => number} fn */
  map(fn) {
    const out = resultLike(this.data, this.length);
    for (let i = 0; i < out.length; i++) out[i] = fn(this.data[i], i);
    return new Tensor(this.shape, out);
  }

  /** Every value brought into low..high. @param {number} low @param {number} high */
  clamp(low, high) {
    return this.map((value) => Math.min(Math.max(value, low), high));
  }

  min() {
    let least = Number.POSITIVE_INFINITY;
    for (const value of this.data) least = Math.min(least, value);
    return least;
  }

  max() {
    let most = Number.NEGATIVE_INFINITY;
    for (const value of this.data) most = Math.max(most, value);
    return most;
  }

  mean() {
    let sum = 0;
    for (const value of this.data) sum += value;
    return sum / this.length;
  }

  /** The standard deviation, of the numbers themselves as np.std has it: divided by n. */
  std() {
    const mean = this.mean();
    let sum = 0;
    for (const value of this.data) sum += (value - mean) ** 2;
    return Math.sqrt(sum / this.length);
  }

  /** Same shape and the same numbers, bit for bit (NaN equals NaN). @param {Tensor} other */
  equals(other) {
    return (
      this.shape.join() === other.shape.join() &&
      this.data.every((value, i) => Object.is(value, other.data[i]))
    );
  }

  /** The largest |a - b|. @param {Tensor} other */
  max_difference(other) {
    if (this.length !== other.length) return Number.POSITIVE_INFINITY;
    let most = 0;
    for (let i = 0; i < this.length; i++) {
      const d = Math.abs(this.data[i] - other.data[i]);
      if (d > most || Number.isNaN(d)) most = d;
    }
    return most;
  }

  /**
   * Elementwise with a number or another tensor, broadcast as NumPy does. A double product of two float32 numbers, rounded
   * once on storing, is the float32 product: so each operation has PyTorch's bits.
   * @param {Tensor | number} other @param {(a: number, b: number) => number} op
   */
  #with(other, op) {
    const a = this.#data;
    if (!(other instanceof Tensor)) {
      if (typeof other !== 'number')
        throw new TypeError(`it takes a number or a tensor, got ${shown(other)}`);
      const out = resultLike(a, a.length);
      const b = out instanceof Float32Array ? Math.fround(other) : other;
      for (let i = 0; i < out.length; i++) out[i] = op(a[i], b);
      return new Tensor(this.#shape, out);
    }
    const b = other.#data;
    const shape = broadcast(this.#shape, other.#shape);
    const out = resultLike(a, countOf(shape));
    if (a.length === out.length && b.length === out.length)
      for (let i = 0; i < out.length; i++) out[i] = op(a[i], b[i]);
    else {
      const [ofA, ofB] = [stridesIn(this.#shape, shape), stridesIn(other.#shape, shape)];
      let at = 0;
      const fill = (/** @type {number} */ axis, /** @type {number} */ i, /** @type {number} */ j) => {
        if (axis === shape.length) {
          out[at++] = op(a[i], b[j]);
          return;
        }
        for (let k = 0; k < shape[axis]; k++) fill(axis + 1, i + k * ofA[axis], j + k * ofB[axis]);
      };
      fill(0, 0, 0);
    }
    return new Tensor(shape, out);
  }

  /** Operators would take it for NaN or text. @param {string} hint */
  [Symbol.toPrimitive](hint) {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      hint === 'number'
        ? 'JavaScript’s *, /, - and Math know no tensors: use x.mul(...), x.div(...), x.sub(...), x.sqrt() or x.map(...)'
        : 'JavaScript’s + knows no tensors: use x.add(...)',
    );
  }

  toString() {
    const f = (/** @type {number} */ v) => (Number.isInteger(v) ? String(v) : v.toFixed(4));
    const w = this.columns;
    const row = (/** @type {number} */ i) =>
      Array.from(this.data.subarray(i * w, i * w + Math.min(w, 8)), f).join(', ');
    const few = this.shape.length > 1 ? 4 : 8;
    const lines = Array.from({ length: Math.min(few, this.rows) }, (_, i) => row(i));
    const more = this.rows > few ? ['...'] : [];
    const body =
      this.shape.length > 1
        ? [...lines.map((line) => `[${line}]`), ...more].join('\n ')
        : [...lines, ...more].join(', ');
    return `tensor of shape [${this.shape}]\n[${body}]`;
  }
}

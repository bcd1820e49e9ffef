/** Arrays as cells see them: a shape and numbers in C order. Operations round as PyTorch's float32 ones do. */

/** @typedef {Float32Array | Float64Array | Int32Array} Data */

/** Doubles stay doubles, everything else becomes float32. @param {Data} data @param {number} n */
const resultLike = (data, n) => (data instanceof Float64Array ? new Float64Array(n) : new Float32Array(n));

/** How many numbers a shape has. @param {number[]} shape */
export function countOf(shape) {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0))
    throw new TypeError(`a shape is a list of whole numbers such as [128, 2], got ${shape}`);
  return shape.reduce((a, b) => a * b, 1);
}

export class Tensor {
  /** @param {number[]} shape @param {Data} data */
  constructor(shape, data) {
    const count = countOf(shape);
    if (count !== data.length) throw new Error(`shape [${shape}] needs ${count} numbers, got ${data.length}`);
    this.shape = shape;
    this.data = data;
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
    const w = this.columns;
    const data = this.data.slice(a * w, Math.min(b, this.rows) * w);
    return new Tensor([data.length / w, ...this.shape.slice(1)], data);
  }

  /** The rows that indices names, in its order. @param {Tensor | ArrayLike<number>} indices */
  take(indices) {
    const list = indices instanceof Tensor ? indices.data : indices;
    const w = this.columns;
    const data = new /** @type {new (n: number) => Data} */ (this.data.constructor)(list.length * w);
    for (let i = 0; i < list.length; i++) {
      if (!(list[i] >= 0 && list[i] < this.rows)) throw new RangeError(`row ${list[i]} of ${this.rows}`);
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
      if (!(d <= most)) most = d;
    }
    return most;
  }

  /**
   * Elementwise with a number, a tensor of the same shape, or a column of one number a row. A double product of two
   * float32 numbers, rounded once on storing, is the float32 product: so each operation has PyTorch's bits.
   * @param {Tensor | number} other @param {(a: number, b: number) => number} op
   */
  #with(other, op) {
    const out = resultLike(this.data, this.length);
    if (!(other instanceof Tensor)) {
      const b = out instanceof Float32Array ? Math.fround(other) : other;
      for (let i = 0; i < out.length; i++) out[i] = op(this.data[i], b);
      return new Tensor(this.shape, out);
    }
    const same = other.length === this.length;
    if (!same && !(other.rows === this.rows && other.columns === 1))
      throw new Error(`shapes [${this.shape}] and [${other.shape}] do not fit together`);
    const w = same ? 1 : this.columns;
    for (let i = 0; i < out.length; i++)
      out[i] = op(this.data[i], other.data[w === 1 ? i : Math.floor(i / w)]);
    return new Tensor(this.shape, out);
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

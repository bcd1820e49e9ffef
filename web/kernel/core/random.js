/** Random numbers: one Mersenne twister with NumPy's legacy stream and PyTorch's CPU stream. */
import { Handle } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';
import { classes, swissRoll } from './data.js';

/** @typedef {import('../memory.js').Memory} Memory */

export class Rng extends Handle {
  /** @param {Memory} memory @param {number} seed */
  constructor(memory, seed) {
    super(memory, memory.wasm._nbw_rng_create(seed), memory.wasm._nbw_rng_destroy);
  }

  /** @param {number} seed */
  seed(seed) {
    this.wasm._nbw_rng_seed(this.address, seed);
  }

  get_state() {
    const size = this.wasm._nbw_rng_state_bytes();
    const [out] = this.memory.room(size);
    this.wasm._nbw_rng_get_state(this.address, out);
    return this.memory.u8(out, size);
  }

  /** @param {Uint8Array} state */
  set_state(state) {
    const [at] = this.memory.place(state);
    this.memory.ok(this.wasm._nbw_rng_set_state(this.address, at, state.length));
  }

  // ---- PyTorch's stream, float32 ----

  /** @param {number[]} shape */
  rand(shape) {
    return this.#floats(shape, this.wasm._nbw_torch_rand);
  }

  /** @param {number[]} shape */
  randn(shape) {
    return this.#floats(shape, this.wasm._nbw_torch_randn);
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  randint(low, high, shape) {
    return this.#integers(low, high, shape, this.wasm._nbw_torch_randint);
  }

  /** @param {number} n */
  randperm(n) {
    const [out] = this.memory.room(4 * n);
    this.wasm._nbw_torch_randperm(this.address, n, out);
    return new Tensor([n], this.memory.i32(out, n));
  }

  // ---- NumPy's stream, float64 ----

  /** @param {number[]} shape */
  np_randn(shape) {
    return this.#doubles(shape, (n, out) => this.wasm._nbw_numpy_randn(this.address, n, out));
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  np_uniform(low, high, shape) {
    return this.#doubles(shape, (n, out) => this.wasm._nbw_numpy_uniform(this.address, n, low, high, out));
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  np_randint(low, high, shape) {
    return this.#integers(low, high, shape, this.wasm._nbw_numpy_randint);
  }

  /** scikit-learn's make_swiss_roll, projected. @param {number} n @param {number} noise */
  swiss_roll(n, noise) {
    return swissRoll(this, n, noise);
  }

  /** Ring, square and blob. @param {number} perClass */
  classes(perClass) {
    return classes(this, perClass);
  }

  /** @param {number[]} shape @param {(rng: number, n: number, out: number) => void} fill */
  #floats(shape, fill) {
    const n = countOf(shape);
    const [out] = this.memory.room(4 * n);
    fill(this.address, n, out);
    return new Tensor(shape, this.memory.f32(out, n));
  }

  /** @param {number[]} shape @param {(n: number, out: number) => void} fill */
  #doubles(shape, fill) {
    const n = countOf(shape);
    const [out] = this.memory.room(8 * n);
    fill(n, out);
    return new Tensor(shape, this.memory.f64(out, n));
  }

  /**
   * @param {number} low @param {number} high @param {number[]} shape
   * @param {(rng: number, low: number, high: number, n: number, out: number) => void} fill
   */
  #integers(low, high, shape, fill) {
    if (!(low < high)) throw new RangeError(`randint needs low < high, got ${low} and ${high}`);
    const n = countOf(shape);
    const [out] = this.memory.room(4 * n);
    fill(this.address, low, high, n, out);
    return new Tensor(shape, this.memory.i32(out, n));
  }
}

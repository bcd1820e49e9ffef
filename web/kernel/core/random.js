/** Random numbers: one Mersenne twister with NumPy's legacy stream and PyTorch's CPU stream. */
import { bytesOf, finite, seedOf, whole } from '../check.js';
import { Handle } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';
import { classes, swissRoll } from './data.js';

/** @typedef {import('../memory.js').Memory} Memory */

/** Whole numbers low, below high, as an unsigned 32-bit draw has them. @param {number} low @param {number} high */
function checkRange(low, high) {
  whole(low, 'low', 0, 2 ** 32 - 1);
  whole(high, 'high', 0, 2 ** 32 - 1);
  if (low >= high) throw new RangeError(`randint needs low < high, got ${low} and ${high}`);
}

/** @extends {Handle<'rng'>} */
export class Rng extends Handle {
  /** @param {Memory} memory @param {number} seed */
  constructor(memory, seed) {
    super(memory, memory.api.rng_create(seedOf(seed)));
  }

  /** @param {number} seed */
  seed(seed) {
    this.api.rng_seed(this.id, seedOf(seed));
  }

  get_state() {
    return this.api.rng_get_state(this.id);
  }

  /** @param {Uint8Array} state */
  set_state(state) {
    this.api.rng_set_state(this.id, bytesOf(state, 'state'));
  }

  // ---- PyTorch's stream, float32 ----

  /** @param {number[]} shape */
  rand(shape) {
    return new Tensor(shape, this.api.torch_rand(this.id, countOf(shape)));
  }

  /** @param {number[]} shape */
  randn(shape) {
    return new Tensor(shape, this.api.torch_randn(this.id, countOf(shape)));
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  randint(low, high, shape) {
    checkRange(low, high);
    return new Tensor(shape, this.api.torch_randint(this.id, low, high, countOf(shape)));
  }

  /** @param {number} n */
  randperm(n) {
    return new Tensor([n], this.api.torch_randperm(this.id, countOf([n])));
  }

  // ---- NumPy's stream, float64 ----

  /** @param {number[]} shape */
  np_randn(shape) {
    return new Tensor(shape, this.api.numpy_randn(this.id, countOf(shape)));
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  np_uniform(low, high, shape) {
    const n = countOf(shape);
    return new Tensor(shape, this.api.numpy_uniform(this.id, n, finite(low, 'low'), finite(high, 'high')));
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  np_randint(low, high, shape) {
    checkRange(low, high);
    return new Tensor(shape, this.api.numpy_randint(this.id, low, high, countOf(shape)));
  }

  /** scikit-learn's make_swiss_roll, projected. @param {number} n @param {number} noise */
  swiss_roll(n, noise) {
    return swissRoll(this, n, noise);
  }

  /** Ring, square and blob. @param {number} perClass */
  classes(perClass) {
    return classes(this, perClass);
  }
}

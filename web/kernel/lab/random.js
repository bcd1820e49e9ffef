/** Random numbers, in NumPy's stream for data and in PyTorch's for everything else. */
import { Rng } from '../core/random.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {{generator?: Rng}} With draw from another generator than the shared one */

/** @param {Kernel} kernel */
export function random({ core }) {
  const numpy = new Rng(core.memory, 0);
  const torch = new Rng(core.memory, 0);
  /** np.random's functions; they give float64. */
  const np = Object.freeze({
    /** @param {number[]} shape @param {With} [options] */
    randn: (shape, { generator = numpy } = {}) => generator.np_randn(shape),
    /** Even on [0, 1). @param {number[]} shape @param {With} [options] */
    rand: (shape, { generator = numpy } = {}) => generator.np_uniform(0, 1, shape),
    /** Even on [low, high). @param {number} low @param {number} high @param {number[]} shape @param {With} [options] */
    uniform: (low, high, shape, { generator = numpy } = {}) => generator.np_uniform(low, high, shape),
    /** Whole numbers from low, below high. @param {number} low @param {number} high @param {number[]} shape @param {With} [options] */
    randint: (low, high, shape, { generator = numpy } = {}) => generator.np_randint(low, high, shape),
    /**
     * n elements of a list or rows of a tensor, each drawn from all of them.
     * @template T @param {T[] | Tensor} from @param {number} n @param {With} [options]
     */
    choice(from, n, { generator = numpy } = {}) {
      const size = from instanceof Tensor ? from.rows : from.length;
      if (size === 0) throw new RangeError('choice from an empty list');
      const picks = generator.np_randint(0, size, [n]);
      return from instanceof Tensor ? from.take(picks) : Array.from(picks.data, (i) => from[i]);
    },
  });
  return {
    numpy,
    torch,
    api: {
      /** np.random.seed(seed); torch.manual_seed(seed) @param {number} seed */
      seed(seed) {
        numpy.seed(seed);
        torch.seed(seed);
      },
      /** A generator of its own: drawing from it leaves the others alone. @param {number} seed */
      generator: (seed) => new Rng(core.memory, seed),
      get_rng_state: () => torch.get_state(),
      /** @param {Uint8Array} state */
      set_rng_state: (state) => torch.set_state(state),
      /** @param {number[]} shape @param {With} [options] */
      rand: (shape, { generator = torch } = {}) => generator.rand(shape),
      /** @param {number[]} shape @param {With} [options] */
      randn: (shape, { generator = torch } = {}) => generator.randn(shape),
      /** @param {number} low @param {number} high @param {number[]} shape @param {With} [options] */
      randint: (low, high, shape, { generator = torch } = {}) => generator.randint(low, high, shape),
      /** @param {number} n @param {With} [options] */
      randperm: (n, { generator = torch } = {}) => generator.randperm(n),
      np,
    },
  };
}

/** Random numbers, in NumPy's stream for data and in PyTorch's for everything else. */
import { instance, options, seedOf, shown, whole } from '../check.js';
import { Rng } from '../core/random.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {{generator?: Rng}} With draw from another generator than the shared one */

/** The generator that options name. @param {unknown} generator @returns {Rng} */
export const generatorOf = (generator) =>
  instance(generator, Rng, 'generator', 'a generator, as lab.generator(seed) makes one');

/** @param {Kernel} kernel */
export function random({ core }) {
  const numpy = new Rng(core.memory, 0);
  const torch = new Rng(core.memory, 0);
  /** @param {string} where @param {With | undefined} given @param {Rng} usual */
  const from = (where, given, usual) =>
    generatorOf(options(given, where, ['generator'], { generator: usual }).generator);
  /** np.random's functions; they give float64. */
  const np = Object.freeze({
    /** @param {number[]} shape @param {With} [given] */
    randn: (shape, given) => from('np.randn', given, numpy).np_randn(shape),
    /** Even on [0, 1). @param {number[]} shape @param {With} [given] */
    rand: (shape, given) => from('np.rand', given, numpy).np_uniform(0, 1, shape),
    /** Even on [low, high). @param {number} low @param {number} high @param {number[]} shape @param {With} [given] */
    uniform: (low, high, shape, given) => from('np.uniform', given, numpy).np_uniform(low, high, shape),
    /** Whole numbers from low, below high. @param {number} low @param {number} high @param {number[]} shape @param {With} [given] */
    randint: (low, high, shape, given) => from('np.randint', given, numpy).np_randint(low, high, shape),
    /**
     * n elements of a list or rows of a tensor, each drawn from all of them.
     * @template T @param {T[] | Tensor} list @param {number} n @param {With} [given]
     */
    choice(list, n, given) {
      const generator = from('np.choice', given, numpy);
      const size = list instanceof Tensor ? list.rows : list?.length;
      if (typeof size !== 'number') throw new TypeError(`choice from a list or a tensor, got ${shown(list)}`);
      if (size === 0) throw new RangeError('choice from an empty list');
      const picks = generator.np_randint(0, size, [whole(n, 'n')]);
      return list instanceof Tensor ? list.take(picks) : Array.from(picks.data, (i) => list[i]);
    },
  });
  return {
    numpy,
    torch,
    api: {
      /** np.random.seed(seed); torch.manual_seed(seed) @param {number} seed 0 to 4294967295 */
      seed(seed) {
        seedOf(seed);
        numpy.seed(seed);
        torch.seed(seed);
      },
      /** A generator of its own: drawing from it leaves the others alone. @param {number} seed 0 to 4294967295 */
      generator: (seed) => new Rng(core.memory, seed),
      get_rng_state: () => torch.get_state(),
      /** @param {Uint8Array} state */
      set_rng_state: (state) => torch.set_state(state),
      /** @param {number[]} shape @param {With} [given] */
      rand: (shape, given) => from('rand', given, torch).rand(shape),
      /** @param {number[]} shape @param {With} [given] */
      randn: (shape, given) => from('randn', given, torch).randn(shape),
      /** @param {number} low @param {number} high @param {number[]} shape @param {With} [given] */
      randint: (low, high, shape, given) => from('randint', given, torch).randint(low, high, shape),
      /** @param {number} n @param {With} [given] */
      randperm: (n, given) => from('randperm', given, torch).randperm(n),
      np,
    },
  };
}

/** Tensors, losses and metrics. */
import * as metrics from '../core/metrics.js';
import { countOf, Tensor } from '../tensor.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */

/** @param {number[]} shape @param {number} value */
const full = (shape, value) => new Tensor(shape, new Float32Array(countOf(shape)).fill(value));

/** One tensor below the other, along the first axis. @param {Tensor[]} tensors */
function cat(tensors) {
  const [first] = tensors;
  if (!first) throw new Error('cat takes a list of at least one tensor');
  const rest = first.shape.slice(1);
  const odd = tensors.find(({ shape }) => shape.slice(1).join() !== rest.join());
  if (odd) throw new Error(`cat: shapes [${first.shape}] and [${odd.shape}] differ beyond the first axis`);
  const create = /** @type {new (n: number) => Float32Array} */ (first.data.constructor);
  const data = new create(tensors.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, at);
    at += tensor.length;
  }
  return new Tensor([tensors.reduce((sum, { rows }) => sum + rows, 0), ...rest], data);
}

/** @param {Kernel} kernel */
export function numbers({ core: { memory } }) {
  return {
    /** @param {number[]} shape @param {ArrayLike<number>} values */
    tensor: (shape, values) => new Tensor(shape, Float32Array.from(values)),
    /** @param {number[]} shape */
    zeros: (shape) => full(shape, 0),
    full,
    cat,
    /** table[t[i]] for every i, as a column. @param {ArrayLike<number>} table @param {Tensor} t */
    gather: (table, t) =>
      new Tensor(
        [t.length, 1],
        Float32Array.from(t.data, (/** @type {number} */ i) => table[i]),
      ),
    /** @param {Tensor} a @param {Tensor} b */
    mse_loss: (a, b) => metrics.mseLoss(memory, a, b),
    /** From noise a to noise b along the great circle. @param {Tensor} a @param {Tensor} b @param {number} fraction */
    slerp: (a, b, fraction) => metrics.slerp(memory, a, b, fraction),
    /** Of points of the plane. @param {Tensor} a @param {Tensor} b */
    sliced_wasserstein: (a, b) => metrics.slicedWasserstein(memory, a, b, 128),
    /** Mean distance of points to a polyline. @param {Tensor} x @param {Tensor} curve */
    curve_distance: (x, curve) => metrics.curveDistance(memory, x, curve),
    /** 0 where the sets are equal; a row is a sample. @param {Tensor} a @param {Tensor} b */
    energy_distance: (a, b) => metrics.energyDistance(memory, a, b),
    /** Squared maximum mean discrepancy, with a Gaussian kernel. @param {Tensor} a @param {Tensor} b @param {{sigma?: number}} [options] */
    mmd2: (a, b, { sigma = 1 } = {}) => metrics.mmd2(memory, a, b, sigma),
    /** For each sample of a the nearest one of b: {index, distance}. @param {Tensor} a @param {Tensor} b */
    nearest: (a, b) => metrics.nearest(memory, a, b),
    /**
     * {precision, recall}: how many of a lie among b, and of b among a, by k nearest neighbours.
     * @param {Tensor} a samples @param {Tensor} b data @param {{k?: number}} [options]
     */
    precision_recall: (a, b, { k = 3 } = {}) => metrics.precisionRecall(memory, a, b, k),
  };
}

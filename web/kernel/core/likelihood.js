/** How likely a flow makes samples, some at a time, so that the page can draw. */
import { whole } from '../check.js';
import { int32 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Tensors} Tensors */

const TOGETHER = 256;

/**
 * @param {{model: Model, steps: number, labels?: Tensor | ArrayLike<number> | null, conds?: Tensors | null}} parts
 * @param {Tensor} x @param {() => Promise<unknown> | undefined} tick between parts
 */
export async function logLikelihood({ model, steps, labels, conds }, x, tick) {
  const samples = model.check(x, 'x');
  const n = x.rows;
  const classes = labels ? int32(labels, 'labels', n) : null;
  const cond = model.conds(conds, n);
  const out = new Float64Array(n);
  for (let first = 0; first < n; first += TOGETHER) {
    const last = Math.min(n, first + TOGETHER);
    const part = (/** @type {Float32Array} */ all) =>
      all.subarray((first * all.length) / n, (last * all.length) / n);
    const some = model.api.flow_log_likelihood(
      model.id,
      last - first,
      part(samples),
      classes?.subarray(first, last) ?? null,
      cond && part(cond),
      whole(steps, 'steps', 1),
    );
    out.set(some, first);
    await tick();
  }
  return new Tensor([n], out);
}

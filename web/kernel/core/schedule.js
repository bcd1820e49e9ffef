/** beta_t and everything derived from it; forward noising; the exact score of noised points. */
import { finite, whole } from '../check.js';
import { doubles, float32, float64, Handle, int32 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('../../../build/bridge/table.js').Id<'schedule'>} Id */

/**
 * Tables of T float32 numbers; index t runs from 0 to T - 1.
 * @extends {Handle<'schedule'>}
 */
export class Schedule extends Handle {
  /** @param {Memory} memory @param {Id} id @param {number} T */
  constructor(memory, id, T) {
    super(memory, id);
    this.T = T;
    const table = (/** @type {import('../../../build/bridge/table.js').Table} */ name) =>
      this.api.schedule_table(id, name);
    this.beta = table('beta');
    this.alpha = table('alpha');
    this.alpha_bar = table('alpha_bar');
    this.alpha_bar_prev = table('alpha_bar_prev');
    this.sqrt_alpha_bar = table('sqrt_alpha_bar');
    this.sqrt_one_minus_alpha_bar = table('sqrt_one_minus_alpha_bar');
    this.sqrt_recip_alpha = table('sqrt_recip_alpha');
    this.posterior_variance = table('posterior_variance');
    this.snr = table('snr');
  }

  /** x_t for a batch: row i is noised to timestep t[i]. @param {Tensor} x_0 @param {Tensor} t @param {Tensor} eps */
  q_sample(x_0, t, eps) {
    const [x, noise] = [float32(x_0, 'x_0'), float32(eps, 'eps')];
    if (t?.length !== x_0.rows || noise.length !== x.length)
      throw new Error(
        `q_sample: shapes [${x_0.shape}], [${t?.shape}] and [${eps.shape}] do not fit together`,
      );
    const x_t = this.api.q_sample(this.id, x_0.rows, x_0.columns, x, int32(t, 't'), noise);
    return new Tensor(x_0.shape, x_t);
  }
}

/** A schedule of the reader's own. @param {Memory} memory @param {Tensor | ArrayLike<number>} beta */
export function scheduleFromBeta(memory, beta) {
  const list = doubles(beta, 'beta');
  return new Schedule(memory, memory.api.schedule_from_beta(list), list.length);
}

/**
 * A named schedule.
 * @param {Memory} memory @param {string} name @param {number} T @param {number} start @param {number} end
 */
export function namedSchedule(memory, name, T, start, end) {
  const { api } = memory;
  const sizes = /** @type {const} */ ([whole(T, 'T'), finite(start, 'beta_start'), finite(end, 'beta_end')]);
  return new Schedule(memory, api.schedule_create(api.schedule_find(name), ...sizes), T);
}

/** The same, ending in noise alone. @param {Schedule} schedule */
export const rescaled = ({ memory, api, id, T }) => new Schedule(memory, api.schedule_rescale(id), T);

/**
 * grad log p_t(x) of the points `data` noised to timestep t.
 * @param {Schedule} schedule @param {number} t @param {Tensor} data [n, 2] @param {Tensor} x [m, 2]
 */
export function exactScore({ api, id }, t, data, x) {
  const [points, at] = [float64(data, 'data'), float64(x, 'x')];
  if (data.columns !== 2 || x.columns !== 2)
    throw new Error(
      `exact_score: shapes [${data.shape}] and [${x.shape}]; it takes points: [n, 2] and [m, 2]`,
    );
  return new Tensor(x.shape, api.exact_score(id, whole(t, 't'), data.rows, points, x.rows, at));
}

/** beta_t and everything derived from it; forward noising; the exact score of noised points. */
import { float32, float64, Handle, int32 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */

const TABLES = [
  'beta',
  'alpha',
  'alpha_bar',
  'alpha_bar_prev',
  'sqrt_alpha_bar',
  'sqrt_one_minus_alpha_bar',
  'sqrt_recip_alpha',
  'posterior_variance',
  'snr',
];

/** Tables of T float32 numbers; index t runs from 0 to T - 1. */
export class Schedule extends Handle {
  /** @param {Memory} memory @param {number} address what the core created @param {number} T */
  constructor(memory, address, T) {
    const { wasm } = memory;
    super(memory, address, wasm._nbw_schedule_destroy);
    this.T = T;
    const table = (/** @type {string} */ name) =>
      memory.f32(wasm._nbw_schedule_table(this.address, TABLES.indexOf(name)), T);
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
    if (t.length !== x_0.rows || eps.length !== x_0.length)
      throw new Error(`q_sample: shapes [${x_0.shape}], [${t.shape}] and [${eps.shape}] do not fit together`);
    const parts = [float32(x_0, 'x_0'), int32(t, 't'), float32(eps, 'eps')];
    const [px, pt, pe] = this.memory.place(...parts);
    this.memory.ok(this.wasm._nbw_q_sample(this.address, x_0.rows, x_0.columns, px, pt, pe, px));
    return new Tensor(x_0.shape, this.memory.f32(px, x_0.length));
  }
}

/** A schedule of the reader's own. @param {Memory} memory @param {Tensor | ArrayLike<number>} beta */
export function scheduleFromBeta(memory, beta) {
  const list = beta instanceof Tensor ? beta.data : beta;
  if (typeof list?.length !== 'number') throw new TypeError('beta must be a tensor or a list of numbers');
  const [at] = memory.place(Float64Array.from(list));
  return new Schedule(memory, memory.wasm._nbw_schedule_from_beta(list.length, at), list.length);
}

/**
 * A named schedule.
 * @param {Memory} memory @param {string} name @param {number} T @param {number} start @param {number} end
 */
export function namedSchedule(memory, name, T, start, end) {
  const { wasm } = memory;
  /** @type {string[]} */
  const names = [];
  for (let at = wasm._nbw_schedule_name(0); at; at = wasm._nbw_schedule_name(names.length))
    names.push(memory.text(at));
  const kind = names.indexOf(name);
  if (kind < 0) throw new Error(`schedule "${name}": choose one of ${names.join(', ')}`);
  return new Schedule(memory, wasm._nbw_schedule_create(kind, T, start, end), T);
}

/**
 * grad log p_t(x) of the points `data` noised to timestep t.
 * @param {Schedule} schedule @param {number} t @param {Tensor} data [n, 2] @param {Tensor} x [m, 2]
 */
export function exactScore(schedule, t, data, x) {
  const { memory, wasm } = schedule;
  if (data.columns !== 2 || x.columns !== 2)
    throw new Error(
      `exact_score: shapes [${data.shape}] and [${x.shape}]; it takes points: [n, 2] and [m, 2]`,
    );
  const [pd, px, out] = memory.place(float64(data, 'data'), float64(x, 'x'), 8 * x.length);
  memory.ok(wasm._nbw_exact_score(schedule.address, t, data.rows, pd, x.rows, px, out));
  return new Tensor(x.shape, memory.f64(out, x.length));
}

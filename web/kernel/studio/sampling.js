/** Samples of a run, a row for each method, all from the same noise; and pictures from what somebody drew, by the same methods. */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { Sampler } from '../core/sampler.js';
import { Tensor } from '../tensor.js';
import { MOST_SAMPLES } from './config.js';
import { numbersIn } from './dataset.js';
import { labOf, scheduleOf } from './run.js';
import { turns } from './watch.js';

/** @typedef {import('../core.js').Core} Core */
/** @typedef {import('../core/schedule.js').Schedule} Schedule */
/** @typedef {import('../../../build/bridge/table.js').MethodInfo} Method */

/** @typedef {{method: string, steps: number, eta?: number}} Row */
/**
 * What there is to begin from, but noise. `picture`: one sample, as it is trained on; `mask`: 1 where it is made anew; `strength`: how far into
 * noise, 0 to 1; `rounds`: how often each step is taken (RePaint). To interpolate: `from`, `to`, rows of the noise, whose arc is followed;
 * between: two samples, `ends`.
 * @typedef {{kind: 'inpaint', picture: Float32Array, mask: Float32Array, rounds: number}
 *   | {kind: 'scribble', picture: Float32Array, strength: number}
 *   | {kind: 'interpolate', from: number, to: number}
 *   | {kind: 'between', ends: [Float32Array, Float32Array], strength: number}} Edit
 */
/**
 * @typedef {{rows: Row[], count: number, seed: number, labels?: number[] | null, guidance_scale?: number, edit?: Edit | null, keeps?: number}} Wanted keeps: of so many samples the way is kept, otherwise of all
 * @typedef {{t: number, step: number, x: Float32Array}} Frame step: how many were taken
 * @typedef {{method: string, title: string, steps: number, evaluations: number, seconds: number, frames: Frame[],
 *   samples: Float32Array | null, problem: string}} Sampled `samples` are missing where there is a problem, which is a sentence
 */
/** @typedef {{core: Core, model: Model, schedule: Schedule | null}} Trained schedule: none for a flow */
/** @typedef {{tick: () => Promise<void> | undefined | void, tell?: (done: number, total: number) => void}} Pace tick: throws what ends the work; tell: steps of the row */

/** Of a row's steps so many are kept, to be played. */
const FRAMES = 32;
/** A frame that is played has so many numbers at most. */
const MOST_PLAYED = 2 ** 17;

/** What the core's table has for such a model. @param {Core['api']} api @param {string} objective @returns {Method[]} */
export function methodsFor(api, objective) {
  const all = [];
  for (let i = 0; ; i++) {
    const method = api.method_describe(/** @type {any} */ (i));
    if (method === null) return all.filter(({ flow }) => flow === (objective === 'flow'));
    all.push(method);
  }
}

/** @param {Float32Array} x */
const allFinite = (x) => x.every(Number.isFinite);

/** @param {string} title @param {number} step */
const blownUp = (title, step) =>
  `${title}: after step ${step} some numbers are infinite or not numbers, so nothing of it is shown. Train with a smaller learning rate or for longer, ask for more steps, or take a smaller guidance scale.`;

/**
 * How much of the picture and of the noise there is at a moment: a timestep, or a flow's time. Undefined: x_0.
 * @param {Schedule | null} schedule
 */
function mixOf(schedule) {
  const bar = (/** @type {number} */ t) => /** @type {Schedule} */ (schedule).alpha_bar[t];
  return schedule
    ? {
        signal: (/** @type {number} */ t) => Math.sqrt(bar(t)),
        noise: (/** @type {number} */ t) => Math.sqrt(1 - bar(t)),
      }
    : { signal: (/** @type {number} */ t) => 1 - t, noise: (/** @type {number} */ t) => t };
}

/** Falling moments from a part of the way into noise; those of a flow end with 0. @param {Schedule | null} schedule @param {number} strength @param {number} steps */
export function momentsOf(schedule, strength, steps) {
  if (!schedule) return Array.from({ length: steps + 1 }, (_, i) => strength * (1 - i / steps));
  const first = Math.round(strength * (schedule.T - 1));
  const all = Array.from({ length: steps }, (_, i) => Math.round(first * (1 - i / Math.max(1, steps - 1))));
  return [...new Set(all)];
}

/** One sample, as often as there are samples. @param {Float32Array} one @param {number} n */
function repeated(one, n) {
  const all = new Float32Array(n * one.length);
  for (let i = 0; i < n; i++) all.set(one, i * one.length);
  return all;
}

/** a x + b z. @param {Float32Array} x @param {number} a @param {Float32Array} z @param {number} b */
const blend = (x, a, z, b) => x.map((value, i) => a * value + b * z[i]);

class Walk {
  /** @type {Frame[]} */
  frames = [];
  evaluations = 0;
  ms = 0;
  step = 0;

  /** @param {Trained} trained @param {Method} method @param {Row} row @param {Wanted} wanted @param {Pace} pace */
  constructor(trained, method, row, wanted, pace) {
    this.trained = trained;
    this.method = method;
    this.row = row;
    this.wanted = wanted;
    this.pace = pace;
    this.shape = [wanted.count, ...trained.model.sample_shape];
    this.rng = new Rng(trained.core.memory, wanted.seed);
  }

  /** @param {Partial<import('../core/sampler.js').SamplerParts>} more */
  sampler(more) {
    const { model, schedule } = this.trained;
    const { count, labels, guidance_scale } = this.wanted;
    return new Sampler({
      model,
      schedule,
      rng: this.rng,
      n: count,
      method: this.method.name,
      evaluations: this.method.evaluations,
      ...(this.method.takes_eta && { eta: this.row.eta ?? 0 }),
      ...(labels && { labels, ...(guidance_scale !== undefined && { guidance_scale }) }),
      ...more,
    });
  }

  /** A step, timed, looked at, and kept where its turn is. @param {Sampler} sampler @param {number} total */
  async take(sampler, total) {
    const before = sampler.evaluations;
    const start = performance.now();
    sampler.step();
    this.ms += performance.now() - start;
    this.evaluations += sampler.evaluations - before;
    this.step++;
    const { data } = sampler.x;
    if (!allFinite(/** @type {Float32Array} */ (data)))
      throw new Error(blownUp(this.method.title, this.step));
    this.keep(sampler.time, /** @type {Float32Array} */ (data), total);
    this.pace.tell?.(this.step, total);
    await this.pace.tick();
  }

  /** @param {number} t @param {Float32Array} x @param {number} total */
  keep(t, x, total) {
    const turn = (/** @type {number} */ step) => Math.floor((step * FRAMES) / Math.max(FRAMES, total));
    if (this.step === 0 || this.step === total || turn(this.step) > turn(this.step - 1))
      this.frames.push({ t, step: this.step, x: this.kept(x) });
  }

  /** Of the samples whose way is kept. @param {Float32Array} x */
  kept(x) {
    const { keeps = this.wanted.count, count } = this.wanted;
    return x.slice(0, (x.length / count) * Math.min(keeps, count));
  }

  /** From noise, or from what is told, to samples. @param {Partial<import('../core/sampler.js').SamplerParts>} more */
  async down(more) {
    const sampler = this.sampler(more);
    try {
      const total =
        sampler.t < 0 ? 0 : (more.times?.length ?? (more.timesteps?.length ?? this.row.steps) + 1) - 1;
      this.keep(sampler.time, /** @type {Float32Array} */ (sampler.x.data), total);
      while (sampler.t >= 0) await this.take(sampler, total);
      return /** @type {Float32Array} */ (sampler.x.data);
    } finally {
      sampler.dispose();
    }
  }

  /** By its name: timesteps, or a flow's times. @param {number[]} moments */
  list(moments) {
    return this.trained.schedule ? { timesteps: moments } : { times: moments };
  }

  /** Down from a part of the way into noise. @param {Float32Array} x_0 @param {Float32Array} z @param {number} strength @param {{eta?: number}} [more] */
  from(x_0, z, strength, more) {
    const { schedule } = this.trained;
    const moments = momentsOf(schedule, strength, this.row.steps);
    const { signal, noise } = mixOf(schedule);
    const x = blend(x_0, signal(moments[0]), z, noise(moments[0]));
    return this.down({ ...this.list(moments), x_T: new Tensor(this.shape, x), ...more });
  }

  /** SDEdit: Meng et al. 2022. @param {Extract<Edit, {kind: 'scribble'}>} edit */
  scribble({ picture, strength }) {
    const z = /** @type {Float32Array} */ (this.rng.randn(this.shape).data);
    return this.from(repeated(picture, this.wanted.count), z, strength);
  }

  /** Ho et al. 2020, section 4.2: both ends noised alike, and what lies between them. @param {Extract<Edit, {kind: 'between'}>} edit */
  between({ ends: [a, b], strength }) {
    this.refuseNoise();
    const { count } = this.wanted;
    const z = /** @type {Float32Array} */ (this.rng.randn([1, ...this.shape.slice(1)]).data);
    const x_0 = new Float32Array(count * a.length);
    for (let i = 0; i < count; i++) {
      const share = i / Math.max(1, count - 1);
      x_0.set(blend(a, 1 - share, b, share), i * a.length);
    }
    return this.from(x_0, repeated(z, count), strength, { eta: 0 });
  }

  refuseNoise() {
    if (this.method.draws && !this.method.takes_eta)
      throw new Error(
        `${this.method.title} draws noise at each step, so that neighbours part. Take a method that draws none, such as DDIM with eta 0.`,
      );
  }

  /** RePaint: Lugmayr et al. 2022. What is known is put back, noised as far as x is, after each step. @param {Extract<Edit, {kind: 'inpaint'}>} edit */
  async inpaint({ picture, mask, rounds }) {
    const { schedule } = this.trained;
    const moments = momentsOf(schedule, 1, this.row.steps);
    const { signal, noise } = mixOf(schedule);
    const known = repeated(picture, this.wanted.count);
    const z = () => /** @type {Float32Array} */ (this.rng.randn(this.shape).data);
    const steps = schedule ? moments.length : moments.length - 1;
    const total = (steps - 1) * rounds + 1;
    let x = z();
    this.keep(1, x, total);
    for (let i = 0; i < steps; i++) {
      const [t, next] = [moments[i], moments[i + 1]];
      const last = i === steps - 1;
      const [a, b] = last ? [1, 0] : [signal(next), noise(next)];
      for (let round = 0; round < (last ? 1 : rounds); round++) {
        if (round > 0) {
          const up = signal(t) / a;
          x = blend(x, up, z(), Math.sqrt(Math.max(0, noise(t) ** 2 - (up * b) ** 2)));
        }
        const sampler = this.sampler({
          ...this.list(moments.slice(i, i + 2)),
          x_T: new Tensor(this.shape, x),
        });
        let made = x;
        try {
          await this.take(sampler, total);
          made = /** @type {Float32Array} */ (sampler.x.data);
        } finally {
          sampler.dispose();
        }
        const back = last ? known : blend(known, a, z(), b);
        x = back.map((value, k) => (mask[k % mask.length] ? made[k] : value));
      }
    }
    this.frames[this.frames.length - 1].x = this.kept(x);
    return x;
  }

  /** Along the arc between two noises. @param {Extract<Edit, {kind: 'interpolate'}>} edit */
  interpolate({ from, to }) {
    const { api } = this.trained.core;
    this.refuseNoise();
    const noise = this.rng.randn(this.shape);
    const w = noise.columns;
    const ends = [from, to].map((k) => /** @type {Float32Array} */ (noise.data).slice(k * w, (k + 1) * w));
    const x = new Float32Array(noise.length);
    const last = Math.max(1, this.wanted.count - 1);
    for (let i = 0; i < this.wanted.count; i++) x.set(api.slerp(ends[0], ends[1], i / last), i * w);
    return this.down({ steps: this.row.steps, eta: 0, x_T: new Tensor(this.shape, x) });
  }

  run() {
    const { edit } = this.wanted;
    if (!edit) return this.down({ steps: this.row.steps });
    if (edit.kind === 'scribble') return this.scribble(edit);
    if (edit.kind === 'between') return this.between(edit);
    return edit.kind === 'inpaint' ? this.inpaint(edit) : this.interpolate(edit);
  }
}

/** What ends a row is the row's; what ends the work (the reader cancels) goes on up. */
export class Cancelled extends Error {}

/** @param {Trained} trained @param {Wanted} wanted */
function check({ model }, { count, labels, edit, rows }) {
  if (!(Number.isInteger(count) && count >= 1 && count <= MOST_SAMPLES))
    throw new RangeError(`${count} samples: it takes 1 to ${MOST_SAMPLES}`);
  if (rows.length === 0) throw new RangeError('choose at least one method');
  if (labels && model.n_classes === 0)
    throw new Error('this network was trained without labels, so it knows no classes to ask for');
  if (labels && labels.length !== count) throw new RangeError(`${labels.length} labels for ${count} samples`);
  if (edit) checkEdit(edit, numbersIn(model.sample_shape), count);
}

/** @param {Edit} edit @param {number} size of a sample @param {number} count */
function checkEdit(edit, size, count) {
  if (edit.kind === 'interpolate') {
    const wrong = [edit.from, edit.to].find((k) => !(Number.isInteger(k) && k >= 0 && k < count));
    if (wrong !== undefined) throw new RangeError(`there is no sample ${wrong + 1}: there are 1 to ${count}`);
    if (edit.from === edit.to)
      throw new RangeError('one sample was chosen twice, and nothing lies between it and itself: take two');
    return;
  }
  const given = edit.kind === 'between' ? edit.ends : [edit.picture];
  if (given.some(({ length }) => length !== size))
    throw new RangeError(`a picture of ${size} numbers is needed`);
  if (edit.kind !== 'inpaint') return;
  if (size % edit.mask.length !== 0) throw new RangeError('the mask has another size than the picture');
  if (edit.mask.every((v) => v === 0))
    throw new RangeError('nothing is masked, so nothing would be made anew: mark a part');
  if (edit.mask.every((v) => v !== 0))
    throw new RangeError(
      'everything is masked, so nothing would be kept: leave a part free, or begin with noise',
    );
}

/**
 * A row for each method, as they are done.
 * @param {Trained} trained @param {Wanted} wanted @param {Pace} pace @returns {AsyncGenerator<Sampled>}
 */
export async function* sampleRows(trained, wanted, pace) {
  check(trained, wanted);
  const methods = methodsFor(trained.core.api, trained.model.objective);
  for (const row of wanted.rows) {
    const method = methods.find(({ name }) => name === row.method);
    if (!method)
      throw new RangeError(
        `“${row.method}” is no method for what this network predicts: choose of ${methods.map(({ name }) => name).join(', ')}`,
      );
    const walk = new Walk(trained, method, row, wanted, pace);
    let samples = null;
    let problem = '';
    try {
      samples = await walk.run();
    } catch (error) {
      if (error instanceof Cancelled || !(error instanceof Error)) throw error;
      problem = error.message;
    } finally {
      walk.rng.dispose();
    }
    yield {
      method: method.name,
      title: method.title,
      steps: row.steps,
      evaluations: walk.evaluations,
      seconds: walk.ms / 1000,
      frames: problem ? [] : walk.frames,
      samples,
      problem,
    };
  }
}

/**
 * Of a run that is kept; training goes on in between.
 * @param {import('./worker.js').Context} context @param {import('./protocol.js').Ask<'sample'>} asked
 * @returns {Promise<import('./protocol.js').Answer<'sample'>>}
 */
export async function samplesOf({ core, kernel, tick }, { wanted, label, kept }) {
  const schedule = scheduleOf(labOf(kernel), kept.config);
  const rng = new Rng(core.memory, 0);
  const model = new Model(core.memory, core.engine, rng, { file: kept.weights, max_batch: 1 });
  try {
    if (label !== null && !(label < model.n_classes))
      throw new RangeError('the network does not know this class: it was trained without labels');
    const all = turns(model, wanted.count);
    const labels = all && Array.from(all, (each) => label ?? each);
    const keeps = Math.max(1, Math.floor(MOST_PLAYED / numbersIn(model.sample_shape)));
    const rows = [];
    for await (const row of sampleRows({ core, model, schedule }, { keeps, ...wanted, labels }, { tick }))
      rows.push({ ...row, samples: row.samples && Float32Array.from(row.samples) });
    return { rows, labels };
  } finally {
    model.dispose();
    rng.dispose();
    schedule?.dispose();
  }
}

/** The playground's model: a small network for points of the plane, trained on a drawing. Works in a worker and in Node. */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { Sampler } from '../core/sampler.js';
import { scheduleFromBeta } from '../core/schedule.js';
import { Trainer } from '../core/training.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../core.js').Core} Core */

export const T = 1000;
/** What training ends at: from then on the samples of a drawing no longer get nearer to it. */
export const LAST_STEP = 12_000;
/** Half the side of the square that is drawn on, and what predicted x_0 are clipped to. */
export const RANGE = 2.6;
const BATCH = 256;
const HIDDEN = 64;
/** Sines and cosines of a coordinate at these frequencies, and of t / T: a network finds fine lines much sooner by them. */
const FREQUENCIES = [1, 2, 3, 4, 6, 8];
const TIME_FREQUENCIES = [1, 2, 4, 8];
/** Noise over signal at the first and at the last timestep; between them its logarithm rises evenly. */
const [LEAST_NOISE, MOST_NOISE] = [0.025, 8];

/** The beta of each timestep. @returns {Float64Array} */
function betas() {
  let before = 1;
  return Float64Array.from({ length: T }, (_, t) => {
    const ratio = LEAST_NOISE * (MOST_NOISE / LEAST_NOISE) ** (t / (T - 1));
    const now = 1 / (1 + ratio * ratio);
    const beta = 1 - now / before;
    before = now;
    return beta;
  });
}

/** The time, 0 to 1, at which noise is so many times the signal; before the first and after the last that of these. @param {number} ratio */
export function timeAt(ratio) {
  const place = Math.log(ratio / LEAST_NOISE) / Math.log(MOST_NOISE / LEAST_NOISE);
  return ((T - 1) * Math.min(1, Math.max(0, place))) / T;
}

/**
 * The network as the core reads it: coordinates and time as sines, three hidden layers.
 * @param {number} [timesteps] of another schedule, whose time goes through a clock of its own first
 */
export function networkText(timesteps = 0) {
  const inputs = ['input x x features 2', 'input t fraction'];
  /** @type {string[]} */
  const modules = [];
  /** @type {string[]} */
  const lines = [];
  let values = 2;
  const step = (/** @type {string} */ line) => {
    lines.push(line);
    return values++;
  };
  let time = 1;
  if (timesteps > 0) {
    modules.push(`module clock.0 Linear in_features=1 out_features=${timesteps - 1}`);
    modules.push(`module clock.2 Linear in_features=${timesteps - 1} out_features=1`);
    time = step(`apply clock.2 ${step(`call ReLU ${step('apply clock.0 1')}`)}`);
  }
  const waves = (/** @type {number} */ value, /** @type {number} */ frequency) =>
    step(`call sinusoidal ${step(`call scale ${value} factor=${frequency}`)} features=2`);
  const coordinates = [0, 1].map((axis) => step(`call narrow 0 dim=1 start=${axis} length=1`));
  const parts = [
    0,
    ...FREQUENCIES.flatMap((frequency) => coordinates.map((value) => waves(value, frequency))),
    ...TIME_FREQUENCIES.map((frequency) => waves(time, frequency)),
  ];
  let width = 2 * parts.length;
  while (parts.length > 1) parts.unshift(step(`call cat ${parts.splice(0, 4).join(' ')}`));
  let [h] = parts;
  for (const name of ['net.0', 'net.2', 'net.4']) {
    modules.push(`module ${name} Linear in_features=${width} out_features=${HIDDEN}`);
    h = step(`call ReLU ${step(`apply ${name} ${h}`)}`);
    width = HIDDEN;
  }
  modules.push(`module net.6 Linear in_features=${width} out_features=2`);
  const eps = step(`apply net.6 ${h}`);
  return `${[...inputs, ...modules, ...lines, `output eps ${eps}`].join('\n')}\n`;
}

/** A grid over the square: its places, row by row from the top left. @param {number} side how many a row has */
export function gridOf(side) {
  const at = (/** @type {number} */ i) => (((i + 0.5) / side) * 2 - 1) * RANGE;
  const data = new Float32Array(2 * side * side);
  for (let i = 0; i < side * side; i++) data.set([at(i % side), -at(Math.floor(i / side))], 2 * i);
  return new Tensor([side * side, 2], data);
}

export class Toy {
  /** @type {Trainer | null} */
  #trainer = null;
  /** @type {Rng | null} */
  #rng = null;
  /** Steps that the model has been trained for. */
  step = 0;

  /** @param {Pick<Core, 'memory' | 'engine'>} core @param {number} [seed] */
  constructor({ memory, engine }, seed = 1) {
    const init = new Rng(memory, seed);
    this.memory = memory;
    this.schedule = scheduleFromBeta(memory, betas());
    this.model = new Model(memory, engine, init, {
      kind: 'network',
      graph: networkText(),
      max_batch: 1024,
    });
    init.dispose();
  }

  /** Begins on other points; what the network knows it keeps. @param {Float32Array} points x and y of each */
  teach(points) {
    this.#end();
    this.#rng = new Rng(this.memory, 2);
    this.#trainer = new Trainer({
      model: this.model,
      schedule: this.schedule,
      data: new Tensor([points.length / 2, 2], points),
      rng: this.#rng,
      batch_size: BATCH,
      lr: 4e-3,
      label_dropout: 0,
      ema_decay: 0.995,
      keep_order: false,
      stratified: true,
      warmup: 50,
      decay_steps: LAST_STEP,
      lr_end: 0.02,
      optimizer: 'adam',
      objective: 'eps',
      loss_weight: 'one',
      weight_limit: 5,
    });
    this.step = 0;
  }

  get isLearning() {
    return this.#trainer !== null && this.step < LAST_STEP;
  }

  /** One step. @returns {number} its loss */
  train() {
    if (!this.#trainer) throw new Error('there is nothing to train on');
    this.step++;
    return this.#trainer.step().loss;
  }

  /** What fn gives while the model holds the average of its weights. @template R @param {() => R} fn @returns {R} */
  averaged(fn) {
    const trainer = this.#trainer;
    if (!trainer) return fn();
    trainer.use_ema(true);
    try {
      return fn();
    } finally {
      trainer.use_ema(false);
    }
  }

  /**
   * From noise to samples, a frame (n, 2) before each step and one at the end, given as they come.
   * @param {{n: number, steps: number, eta: number, seed: number}} wish
   * @returns {Generator<{t: number, x: Float32Array}>} the last has t = -1
   */
  *walk({ n, steps, eta, seed }) {
    const { model, schedule } = this;
    const rng = new Rng(this.memory, seed);
    const sampler = new Sampler({
      model,
      schedule,
      rng,
      n,
      steps,
      eta,
      method: 'ddim',
      clip_x0: [-RANGE, RANGE],
      any_schedule: true,
    });
    try {
      yield { t: sampler.t, x: /** @type {Float32Array} */ (sampler.x.data) };
      while (sampler.t >= 0) {
        this.averaged(() => sampler.step());
        yield { t: sampler.t, x: /** @type {Float32Array} */ (sampler.x.data) };
      }
    } finally {
      sampler.dispose();
      rng.dispose();
    }
  }

  /** The samples alone. @param {{n: number, steps: number, eta: number, seed: number}} wish */
  sample(wish) {
    let last = new Float32Array();
    for (const { x } of this.walk(wish)) last = /** @type {Float32Array<ArrayBuffer>} */ (x);
    return last;
  }

  /** The learned score -eps / sqrt(1 - alpha_bar) at the places of a grid. @param {number} t @param {number} side */
  score(t, side) {
    const eps = this.averaged(() => this.model.forward(gridOf(side), t / T));
    const scale = -1 / this.schedule.sqrt_one_minus_alpha_bar[t];
    return Float32Array.from(eps.data, (each) => each * scale);
  }

  /** The weights that samples are made with, one after the other. */
  weights() {
    const all = this.averaged(() => Object.values(this.model.state_dict()).map(({ data }) => [...data]));
    return Float32Array.from(all.flat());
  }

  /** How many numbers each parameter has. */
  get sizes() {
    return Object.values(this.model.state_dict()).map(({ length }) => length);
  }

  /** Weights from elsewhere, which are not trained any further. @param {Float32Array} weights @param {number} step they were trained for */
  load(weights, step) {
    const sizes = this.sizes;
    const count = sizes.reduce((sum, size) => sum + size, 0);
    if (weights.length !== count) throw new Error(`${weights.length} weights: the network has ${count}`);
    this.#end();
    let at = 0;
    sizes.forEach((size, i) => {
      this.model.api.model_set_param(this.model.id, i, weights.slice(at, at + size));
      at += size;
    });
    this.step = step;
  }

  #end() {
    this.#trainer?.dispose();
    this.#rng?.dispose();
    this.#trainer = this.#rng = null;
  }

  dispose() {
    this.#end();
    this.model.dispose();
    this.schedule.dispose();
  }
}

/**
 * The density of points noised to timestep t at the places of a grid, 1 where it is highest.
 * @param {Toy} toy @param {Float32Array} points x and y of each @param {number} t @param {number} side
 */
export function densityOf({ schedule }, points, t, side) {
  const mean = schedule.sqrt_alpha_bar[t];
  // No finer than a cell of the grid shows.
  const width = Math.max(schedule.sqrt_one_minus_alpha_bar[t], (0.8 * RANGE) / side);
  const places = gridOf(side).data;
  const out = new Float32Array(side * side);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < points.length; k += 2) {
      const dx = (places[2 * i] - mean * points[k]) / width;
      const dy = (places[2 * i + 1] - mean * points[k + 1]) / width;
      const far = dx * dx + dy * dy;
      if (far < 24) sum += Math.exp(-far / 2);
    }
    out[i] = sum;
  }
  const most = Math.max(...out) || 1;
  return out.map((each) => each / most);
}

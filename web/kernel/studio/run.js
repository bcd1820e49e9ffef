/**
 * One run of the studio: network, schedule and trainer as its config says, by the calls that a cell would make. So exact mode gives
 * the bits of lab.seed(S), lab.model and lab.Trainer, and of `noisebook train`. Works in a worker and in Node.
 */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { Evaluator } from '../evaluate.js';
import { Tensor } from '../tensor.js';
import { patched } from './config.js';
import { numbersIn, trainedOn } from './dataset.js';
import { codeFor } from './network.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('./config.js').RunConfig} RunConfig */
/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {ReturnType<typeof import('../lab.js').createLab>} Lab */
/** @typedef {import('../core/schedule.js').Schedule} Schedule */
/** @typedef {import('../core/training.js').Trainer} Trainer */
/**
 * `curve`: means of so many steps; `epochs`: the mean loss of each.
 * @typedef {{every: number, curve: number[], epochs: number[]}} Losses
 * @typedef {{step: number, steps: number, epoch: number, seconds: number, left: number, losses: Losses}} Progress left: seconds, at the pace until now
 * @typedef {{config: RunConfig, step: number, seconds: number, losses: Losses, trainer: Uint8Array, weights: Uint8Array, ended: '' | Ending}} Checkpoint
 *   trainer: training goes on from it with the same bits; weights: safetensors with the graph, the average's where one is kept
 * @typedef {'done' | 'patience' | 'seconds'} Ending
 * @typedef {{parameters: number, bytes: number, most: number, text: string, nodes: import('../core/graph.js').Node[]}} Size nodes: the boxes of its drawing
 */

/** What one page's WebAssembly gets (web/build/wasm.cmake), less what all else takes. */
export const MOST_BYTES = 800 * 2 ** 20;
/** A curve has about so many places. */
const PLACES = 500;

/** @param {number} bytes */
const megabytes = (bytes) => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB`;

/** @param {Data} data @param {number} from @param {number} to */
function part({ values, shape, labels }, from, to) {
  const size = numbersIn(shape);
  return {
    x: new Tensor([to - from, ...shape], values.slice(from * size, to * size)),
    labels: labels?.slice(from, to) ?? null,
  };
}

/** Data and settings that do not go together are refused before anything starts. @param {RunConfig} config @param {Data} data */
export function match({ data: said }, data) {
  const n = trainedOn(data);
  if (!(n >= 1))
    throw new RangeError(
      `there is nothing to train on: ${n + data.held} samples, and ${data.held} of them are held out`,
    );
  if (said.shape.join() !== data.shape.join())
    throw new RangeError(
      `the settings are for samples of shape [${said.shape.join(', ')}], and the data's are [${data.shape.join(', ')}]: choose the data again`,
    );
}

/** What errors call the network's code. */
export const NETWORK = 'network';

/** @param {Kernel} kernel @returns {Lab} */
export const labOf = (kernel) => kernel.evaluator.scope.lab;

/**
 * The model that a config's code gives. What the studio knows better than the code is the size of a batch.
 * @param {Kernel} kernel @param {RunConfig} config @param {number} max_batch @returns {Promise<Model>}
 */
export async function modelOf(kernel, config, max_batch) {
  const lab = labOf(kernel);
  /** @type {Lab['model']} */
  const model = (module, inputs, given) => lab.model(module, inputs, { ...given, max_batch });
  const evaluator = new Evaluator({ lab: Object.freeze({ ...lab, model }) });
  const made = await evaluator.run(NETWORK, codeFor(config));
  if (made instanceof Model) return made;
  throw new TypeError("the network's code must end with the model: lab.model(new Net(), { x: ..., t: ... })");
}

/** Vectors go together in so many rows: a model of fewer samples has room for as many. */
const ROWS = 8;

/** What a model of that text would hold for batches of that size, without making it. @param {Model} one of max_batch 1 @param {Kernel} kernel @param {number} batch */
function bytesFor(one, { core }, batch) {
  const graph = one.describe();
  const bytes = (/** @type {number} */ max_batch) => {
    const rng = new Rng(core.memory, 0);
    const model = new Model(core.memory, core.engine, rng, { kind: 'network', graph, max_batch });
    const { memory_bytes } = model;
    model.dispose();
    rng.dispose();
    return memory_bytes;
  };
  const two = bytes(2);
  const each = two > one.memory_bytes ? two - one.memory_bytes : (bytes(2 * ROWS) - one.memory_bytes) / ROWS;
  // The optimiser's two moments and the average are as large as the weights.
  return one.memory_bytes + (batch - 1) * each + 3 * 4 * one.n_parameters;
}

/** The bytes that training would take; throws a sentence with the figure where that is too much. @param {Model} one of max_batch 1 @param {Kernel} kernel @param {RunConfig} config @param {Data} data */
export function fitting(one, kernel, config, data) {
  const batch = Math.min(config.training.batch, trainedOn(data));
  const bytes = bytesFor(one, kernel, batch) + data.values.byteLength;
  if (bytes > MOST_BYTES)
    throw new RangeError(
      `these settings take ${megabytes(bytes)} of memory, and a page has ${megabytes(MOST_BYTES)}: make the batch (${batch}), the width or the depth smaller`,
    );
  return bytes;
}

/** What fn gives, the shared generator being as it was afterwards. @template R @param {Kernel} kernel @param {() => Promise<R>} fn @returns {Promise<R>} */
export async function apart(kernel, fn) {
  const lab = labOf(kernel);
  const state = lab.get_rng_state();
  try {
    return await fn();
  } finally {
    lab.set_rng_state(state);
  }
}

/**
 * What a run would take, before it starts; throws a sentence with the figure where that is too much.
 * @param {Kernel} kernel @param {RunConfig} config @param {Data} data @returns {Promise<Size>}
 */
export async function sizeOf(kernel, config, data) {
  match(config, data);
  return apart(kernel, async () => {
    const one = await modelOf(kernel, config, 1);
    const bytes = fitting(one, kernel, config, data);
    const { n_parameters: parameters } = one;
    const text = one.describe();
    const nodes = one.nodes();
    one.dispose();
    return { parameters, bytes, most: MOST_BYTES, text, nodes };
  });
}

/** Steps are timed with no more samples than that, and what they take is scaled. */
const TIMED = 128;
const TIMED_MS = 60;

/**
 * And about how long a step takes, measured: the quickest of some, as the first ones find cold caches.
 * @param {Kernel} kernel @param {RunConfig} config @param {Data} data @returns {Promise<Size & {stepMs: number}>}
 */
export async function measured(kernel, config, data) {
  const size = await sizeOf(kernel, config, data);
  const batch = Math.min(config.training.batch, trainedOn(data));
  const few = Math.min(batch, TIMED);
  return apart(kernel, async () => {
    const model = await modelOf(kernel, config, few);
    const run = new Run(kernel, patched(config, { training: { batch: few } }), data, model);
    try {
      const end = performance.now() + TIMED_MS;
      let best = Number.POSITIVE_INFINITY;
      do {
        const start = performance.now();
        run.advance(0);
        best = Math.min(best, performance.now() - start);
      } while (run.isTraining && performance.now() < end);
      return { ...size, stepMs: (best * batch) / few };
    } finally {
      run.dispose();
    }
  });
}

/** @param {Lab} lab @param {RunConfig} config @returns {Schedule | null} none for a flow */
export const scheduleOf = (lab, { training }) =>
  training.objective === 'flow' ? null : lab.schedule(training.schedule, { T: training.timesteps });

/** How a run of n samples counts its steps, as noisebook train does. @param {RunConfig} config @param {number} n */
export function plan({ training }, n) {
  const batch_size = Math.min(training.batch, n);
  const steps = Math.ceil(n / batch_size) * training.epochs;
  const warmup = Math.trunc(training.warmup * steps);
  const every = Math.max(1, Math.ceil(steps / PLACES));
  return { batch_size, steps, every, warmup, decay_steps: training.decay ? steps : 0 };
}

export class Run {
  step = 0;
  seconds = 0;
  epoch = 0;
  /** @type {'' | Ending} */
  ended = '';
  #sum = 0;
  #counted = 0;
  #best = Number.POSITIVE_INFINITY;
  #bestEpoch = 0;

  /**
   * @param {Kernel} kernel @param {RunConfig} config @param {Data} data @param {Model} model
   */
  constructor(kernel, config, data, model) {
    const lab = labOf(kernel);
    const { training } = config;
    const n = trainedOn(data);
    const { x, labels } = part(data, 0, n);
    const { batch_size, steps, every, warmup, decay_steps } = plan(config, n);
    this.kernel = kernel;
    this.config = config;
    this.data = data;
    this.model = model;
    this.steps = steps;
    this.losses = /** @type {Losses} */ ({ every, curve: [], epochs: [] });
    this.schedule = scheduleOf(lab, config);
    this.trainer = lab.Trainer({
      model,
      ...(this.schedule && { schedule: this.schedule }),
      data: x,
      ...(labels && model.n_classes > 0 && { labels, label_dropout: training.label_dropout }),
      batch_size,
      lr: training.lr,
      ema_decay: training.ema,
      warmup,
      decay_steps,
      optimizer: training.optimizer,
      objective: training.objective,
    });
  }

  /**
   * Throws a sentence for the reader where it cannot begin. @param {Kernel} kernel @param {RunConfig} config @param {Data} data
   * @param {Checkpoint | null} [checkpoint] of the same config and data, to go on from
   */
  static async begin(kernel, config, data, checkpoint = null) {
    await sizeOf(kernel, config, data);
    labOf(kernel).seed(config.training.seed);
    const model = await modelOf(kernel, config, Math.min(config.training.batch, trainedOn(data)));
    return Run.of(kernel, config, data, model, checkpoint);
  }

  /** With a model that is there; it goes with the run, also where that cannot begin. @param {Kernel} kernel @param {RunConfig} config @param {Data} data @param {Model} model @param {Checkpoint | null} checkpoint */
  static of(kernel, config, data, model, checkpoint) {
    try {
      const run = new Run(kernel, config, data, model);
      if (checkpoint) run.#resume(checkpoint);
      return run;
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** @param {Checkpoint} checkpoint */
  #resume({ trainer, step, seconds, losses, ended }) {
    this.trainer.load(trainer);
    this.step = step;
    this.seconds = seconds;
    this.losses = structuredClone(losses);
    this.epoch = losses.epochs.length;
    this.ended = ended;
    losses.epochs.forEach((loss, epoch) => {
      this.#note(loss, epoch + 1);
    });
    // A place of the curve that was begun begins anew.
    this.losses.curve.length = Math.min(this.losses.curve.length, Math.floor(step / losses.every));
    this.#counted = step % losses.every;
    this.#sum = this.#counted * (losses.curve.at(-1) ?? 0);
  }

  /** @param {number} loss @param {number} epoch */
  #note(loss, epoch) {
    if (!(loss < this.#best)) return;
    this.#best = loss;
    this.#bestEpoch = epoch;
  }

  get isTraining() {
    return this.ended === '';
  }

  /** Steps until that moment, at least one. @param {number} end by performance.now() */
  advance(end) {
    const start = performance.now();
    do this.#train();
    while (this.isTraining && performance.now() < end);
    this.seconds += (performance.now() - start) / 1000;
    const { seconds } = this.config.training.stop;
    if (this.isTraining && seconds > 0 && this.seconds >= seconds) this.ended = 'seconds';
  }

  #train() {
    const report = this.trainer.step();
    this.step++;
    this.#sum += report.loss;
    if (++this.#counted === this.losses.every) {
      this.losses.curve.push(this.#sum / this.#counted);
      this.#sum = this.#counted = 0;
    }
    if (!report.epoch_end) return;
    this.epoch = report.epoch;
    this.losses.epochs.push(report.epoch_loss);
    this.#note(report.epoch_loss, report.epoch);
    const { patience } = this.config.training.stop;
    if (this.epoch >= this.config.training.epochs) this.ended = 'done';
    else if (patience > 0 && this.epoch - this.#bestEpoch >= patience) this.ended = 'patience';
  }

  /** @returns {Progress} */
  get progress() {
    const { step, steps, epoch, seconds, losses } = this;
    const left = step ? ((steps - step) * seconds) / step : Number.NaN;
    return { step, steps, epoch, seconds, left: this.isTraining ? left : 0, losses };
  }

  /** What fn gives while the model holds the average of its weights, where one is kept. @template R @param {() => R} fn @returns {R} */
  averaged(fn) {
    if (this.config.training.ema === 0 || this.step === 0) return fn();
    this.trainer.use_ema(true);
    try {
      return fn();
    } finally {
      this.trainer.use_ema(false);
    }
  }

  /** Safetensors with the graph: what samples are made with. */
  weights() {
    return this.averaged(() => this.model.save());
  }

  /** @returns {Checkpoint} */
  checkpoint() {
    const { config, step, seconds, losses, ended } = this;
    return {
      config,
      step,
      seconds,
      losses: structuredClone(losses),
      trainer: this.trainer.save(),
      weights: this.weights(),
      ended,
    };
  }

  /** The model as it is now, to sample from while training goes on. Dispose of it, or leave that to the garbage collector. */
  snapshot() {
    const { core } = this.kernel;
    const rng = new Rng(core.memory, 0);
    return new Model(core.memory, core.engine, rng, { file: this.weights(), max_batch: 1 });
  }

  /** Samples that training has not seen, or where none are held out, some that it has. @param {number} most */
  judged(most) {
    const n = trainedOn(this.data);
    const first = this.data.held > 0 ? n : 0;
    return part(this.data, first, Math.min(first + most, n + this.data.held));
  }

  dispose() {
    this.trainer.dispose();
    this.model.dispose();
    this.schedule?.dispose();
  }
}

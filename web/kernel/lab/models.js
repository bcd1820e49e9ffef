/** Schedules, networks, training, sampling. */
import { instance, options, truth, whole } from '../check.js';
import { BATCH, Model } from '../core/model.js';
import { Sampler } from '../core/sampler.js';
import { exactScore, namedSchedule, rescaled, Schedule, scheduleFromBeta } from '../core/schedule.js';
import { Adam, lossByLevel, Trainer } from '../core/training.js';
import { generatorOf } from './random.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/random.js').Rng} Rng */
/** @typedef {import('../core/model.js').Sizes} Sizes */
/** @typedef {import('../core/model.js').Wish} Wish */
/** @typedef {import('../core/model.js').Tensors} Tensors */
/** @typedef {import('../tensor.js').Tensor} Tensor */
/** @typedef {import('../../../build/bridge/table.js').MethodInfo} Method */
/** @typedef {Tensor | ArrayLike<number> | null} Labels */
/** @typedef {Sizes & {generator?: Rng}} ModelOptions sizes left out are the course's */

/**
 * @typedef {{model: Model, schedule?: Schedule, n?: number, steps?: number, timesteps?: ArrayLike<number>, times?: Tensor | ArrayLike<number>, x_T?: Tensor,
 *   clip_x0?: import('../core/sampler.js').Clip, any_schedule?: boolean, labels?: Labels, conds?: Tensors | null, guidance_scale?: number, generator?: Rng}} Sampling what every sampler takes
 */

/**
 * @typedef {{model: Model, schedule?: Schedule, data: Tensor, noise?: Tensor | null, labels?: Labels, conds?: Tensors | null, label_dropout?: number, ema_decay?: number,
 *   keep_order?: boolean, batch_size?: number, lr?: number, stratified?: boolean, warmup?: number, decay_steps?: number, lr_end?: number,
 *   optimizer?: string, objective?: string, loss_weight?: string | Tensor | ArrayLike<number>, weight_limit?: number, generator?: Rng}} Training
 */

/** What every sampler takes; its own options come on top. */
const SAMPLING = ['model', 'n', 'steps', 'x_T', 'clip_x0', 'labels', 'conds', 'guidance_scale', 'generator'];
const TRAINING = [
  'model',
  'schedule',
  'data',
  'noise',
  'labels',
  'conds',
  'label_dropout',
  'ema_decay',
  'keep_order',
  'batch_size',
  'lr',
  'stratified',
  'warmup',
  'decay_steps',
  'lr_end',
  'optimizer',
  'objective',
  'loss_weight',
  'weight_limit',
  'generator',
];

/** Of a flow, and of all that has a schedule. */
const OF_FLOWS = ['times'];
const OF_SCHEDULES = ['schedule', 'timesteps', 'any_schedule'];

/** The course's loop. */
const PLAIN = {
  lr: 1e-3,
  label_dropout: 0,
  ema_decay: 0,
  keep_order: false,
  stratified: false,
  warmup: 0,
  decay_steps: 0,
  lr_end: 0,
  optimizer: 'adam',
  objective: 'eps',
  loss_weight: 'one',
  weight_limit: 5,
};

/** @param {unknown} model @returns {Model} */
const modelOf = (model) => instance(model, Model, 'model', 'a model, as lab.MiniUNet() makes one');
/** @param {unknown} schedule @returns {Schedule} */
const scheduleOf = (schedule) =>
  instance(schedule, Schedule, 'schedule', "a schedule, as lab.schedule('cosine') makes one");
/** A flow has none. @param {boolean} flow @param {unknown} schedule */
const scheduleUnless = (flow, schedule) => (flow && schedule === undefined ? null : scheduleOf(schedule));

/** @param {Kernel} kernel @param {Rng} torch @returns {(wish: Wish, generator?: Rng) => Model} */
export function modelMaker({ core }, torch) {
  return (wish, generator = torch) => new Model(core.memory, core.engine, generatorOf(generator), wish);
}

/** @param {(wish: Wish, generator?: Rng) => Model} create */
function networks(create) {
  /** @param {string} kind @param {string} where @param {Sizes} defaults @returns {(given?: ModelOptions) => Model} */
  const maker = (kind, where, defaults) => (given) => {
    // The core knows which sizes a kind takes.
    const { generator, ...sizes } = options(given, where, Object.keys(given ?? {}), defaults);
    return create({ kind, ...sizes }, generator);
  };
  return {
    /** Exercise 4: points and t / T. Options: input_dim, hidden_dim, time_dim, max_batch. */
    SimpleNoisePredictor: maker('simple-noise-predictor', 'SimpleNoisePredictor', {
      max_batch: BATCH.points,
    }),
    /** Exercise 10: points, t / T and labels. Options: input_dim, hidden_dim, time_dim, n_classes, max_batch. */
    ConditionalDiffusion: maker('conditional-diffusion', 'ConditionalDiffusion', { max_batch: BATCH.points }),
    /**
     * Exercise 7: images and t. Options: in_channels = 1 (or 3), base_channels = 32, time_dim = 128, image_size = 32 (a
     * multiple of 4), or image_height and image_width, attention = false, max_batch = 32.
     */
    MiniUNet: maker('mini-unet', 'MiniUNet', {}),
    /** The companion's: images and t. Options: in_channels = 3, base_channels = 64, image_size = 64, max_batch = 32. */
    SimpleUNet: maker('simple-unet', 'SimpleUNet', {}),
    /** The companion's: images, t and labels. Options: as SimpleUNet, and n_classes = 10. */
    ConditionalUNet: maker('conditional-unet', 'ConditionalUNet', {}),
  };
}

/**
 * DDPM, DDIM, DPMSolver, PLMS, ...: what the core's table of methods has, each with the options that it says are its own.
 * variance: 'posterior', 'beta' or 'zero'; eta: 0 deterministic, 1 as noisy as DDPM.
 * @param {Kernel} kernel @param {Rng} torch
 */
function samplers({ core: { api }, flow }, torch) {
  /** @param {Method} method @param {(Sampling & {variance?: string, eta?: number}) | undefined} given */
  const sampler = ({ name, identifier, takes_eta, takes_variance, evaluations, flow: straight }, given) => {
    const own = [...(takes_eta ? ['eta'] : []), ...(takes_variance ? ['variance'] : [])];
    const known = [...SAMPLING, ...(straight ? OF_FLOWS : OF_SCHEDULES), ...own];
    const { generator, n, ...parts } = options(given, identifier, known, { generator: torch });
    const model = modelOf(parts.model);
    const rng = generatorOf(generator);
    const [cond] = Object.values(parts.conds ?? {});
    const most = model.sample_shape.length > 1 ? 16 : 500;
    const count = n ?? parts.x_T?.rows ?? parts.labels?.length ?? cond?.rows ?? most;
    const schedule = scheduleUnless(straight, parts.schedule);
    const made = new Sampler({ ...parts, model, schedule, rng, method: name, n: count, evaluations });
    /** All steps that are left; gives x_0. */
    const run = async () => {
      while (made.t >= 0) {
        made.step();
        await flow.tick();
      }
      return made.x;
    };
    return Object.assign(made, { run });
  };
  /** @type {Record<string, (given: Sampling & {variance?: string, eta?: number}) => ReturnType<typeof sampler>>} */
  const all = {};
  for (let i = 0; ; i++) {
    const method = api.method_describe(/** @type {any} */ (i));
    if (method === null) return all;
    all[method.identifier] = (given) => sampler(method, given);
  }
}

/** @param {Kernel} kernel @param {Rng} torch */
export function models(kernel, torch) {
  const { memory } = kernel.core;
  return {
    /**
     * By its name, or from betas of your own: schedule('cosine', { T: 200 }), schedule({ beta: [0.1, 0.2, ...] }).
     * zero_terminal_snr: sqrt(alpha_bar) is shifted and scaled so that it ends at 0, in noise alone; samplers then refuse models
     * that predict the noise.
     * @param {string | {beta: Tensor | ArrayLike<number>}} name
     * @param {{T?: number, beta_start?: number, beta_end?: number, zero_terminal_snr?: boolean}} [given]
     */
    schedule(name, given) {
      if (typeof name === 'object' && name !== null) {
        options(given, 'schedule({ beta })', []);
        return scheduleFromBeta(memory, options(name, 'schedule', ['beta']).beta);
      }
      const defaults = { T: 1000, beta_start: 1e-4, beta_end: 0.02, zero_terminal_snr: false };
      const asked = options(given, 'schedule', Object.keys(defaults), defaults);
      const zero = truth(asked.zero_terminal_snr, 'zero_terminal_snr');
      const named = namedSchedule(memory, name, asked.T, asked.beta_start, asked.beta_end);
      return zero ? rescaled(named) : named;
    },
    /** The score of points noised to timestep t, at each x. @param {Schedule} schedule @param {number} t @param {Tensor} data @param {Tensor} x */
    exact_score: (schedule, t, data, x) => exactScore(scheduleOf(schedule), t, data, x),
    ...networks(modelMaker(kernel, torch)),
    /** @param {Model} model @param {{lr?: number}} [given] */
    Adam: (model, given) => new Adam(modelOf(model), options(given, 'Adam', ['lr'], { lr: 1e-3 }).lr),
    /**
     * conds: the further inputs of each sample, by name; label_dropout: how likely a label becomes no class in a step;
     * ema_decay > 0 keeps an average of the weights (see use_ema); keep_order: no shuffling;
     * stratified: a batch's timesteps are spread evenly; warmup, decay_steps, lr_end: lr rises for warmup steps, then falls
     * along half a cosine until step decay_steps, to lr_end of it; optimizer: 'adam' or 'muon'; objective, what the model is to
     * predict: 'eps', 'x0', 'v' or 'flow' (its velocity, without a schedule), which samplers then know; noise: each sample's own, for
     * pairs that belong together, else drawn in every step; loss_weight: 'one', 'min-snr' or 'v', with weight_limit, or a list
     * of the weight at each timestep, of the squared error of what is predicted.
     * @param {Training} given
     */
    Trainer(given) {
      const defaults = { ...PLAIN, generator: torch };
      const { generator, ...parts } = options(given, 'Trainer', TRAINING, defaults);
      const model = modelOf(parts.model);
      const batch_size = parts.batch_size ?? Math.min(128, model.config.max_batch);
      const schedule = scheduleUnless(parts.objective === 'flow', parts.schedule);
      const trainer = new Trainer({ ...parts, model, schedule, batch_size, rng: generatorOf(generator) });
      /** The steps left in this epoch; gives the last one's report. */
      const epoch = async () => {
        for (;;) {
          const report = trainer.step();
          await kernel.flow.tick();
          if (report.epoch_end) return report;
        }
      };
      return Object.assign(trainer, { epoch });
    },
    /**
     * The loss at each of `timesteps`, on the samples x_0 and fixed noise of their own generator.
     * @param {{model: Model, schedule: Schedule, x_0: Tensor, labels?: Labels, conds?: Tensors | null,
     *   timesteps: Tensor | ArrayLike<number>, seed?: number}} given
     */
    loss_by_level(given) {
      const known = ['model', 'schedule', 'x_0', 'labels', 'conds', 'timesteps', 'seed'];
      const parts = options(given, 'loss_by_level', known, { seed: 0 });
      return lossByLevel({ ...parts, model: modelOf(parts.model), schedule: scheduleOf(parts.schedule) });
    },
    /**
     * log p(x), in nats, of what a flow makes of normal noise, with the exact trace by Heun's method: a tensor [n].
     * @param {{model: Model, x: Tensor, steps?: number, labels?: Labels, conds?: Tensors | null}} given
     */
    log_likelihood(given) {
      const known = ['model', 'x', 'steps', 'labels', 'conds'];
      const { x, steps, labels, conds, ...parts } = options(given, 'log_likelihood', known, { steps: 100 });
      const model = modelOf(parts.model);
      return model.log_likelihood(x, whole(steps, 'steps', 1), labels, conds);
    },
    ...samplers(kernel, torch),
  };
}

/** Schedules, networks, training, sampling. */
import { Model } from '../core/model.js';
import { METHODS, Sampler } from '../core/sampler.js';
import { exactScore, namedSchedule, scheduleFromBeta } from '../core/schedule.js';
import { Adam, lossByLevel, Trainer } from '../core/training.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/random.js').Rng} Rng */
/** @typedef {import('../core/schedule.js').Schedule} Schedule */
/** @typedef {import('../core/model.js').Sizes} Sizes */
/** @typedef {import('../tensor.js').Tensor} Tensor */
/** @typedef {Tensor | ArrayLike<number> | null} Labels */
/** @typedef {Sizes & {generator?: Rng}} ModelOptions sizes left out are the course's */

/**
 * @typedef {{model: Model, schedule: Schedule, n?: number, steps?: number, timesteps?: ArrayLike<number>, x_T?: Tensor,
 *   clip_x0?: boolean, labels?: Labels, guidance_scale?: number, generator?: Rng}} Sampling what every sampler takes
 */

/**
 * @typedef {{model: Model, schedule: Schedule, data: Tensor, labels?: Labels, label_dropout?: number, ema_decay?: number,
 *   keep_order?: boolean, batch_size?: number, lr?: number, generator?: Rng}} Training
 */

const VARIANCES = ['posterior', 'beta', 'zero'];

/** Points need little room a sample: their models take large batches. */
const POINTS_BATCH = 1024;

/** @param {Kernel} kernel @param {Rng} torch @returns {(config: {kind: string} & Sizes, generator?: Rng) => Model} */
export function modelMaker({ core }, torch) {
  return (config, generator = torch) => new Model(core.memory, core.engine, generator, config);
}

/** @param {(config: {kind: string} & Sizes, generator?: Rng) => Model} create */
function networks(create) {
  return {
    /** Exercise 4: points and t / T. @param {ModelOptions} [options] input_dim, hidden_dim, time_dim, max_batch */
    SimpleNoisePredictor: ({ generator, ...sizes } = {}) =>
      create({ kind: 'simple-noise-predictor', max_batch: POINTS_BATCH, ...sizes }, generator),
    /** Exercise 10: points, t / T and labels. @param {ModelOptions} [options] input_dim, hidden_dim, time_dim, n_classes, max_batch */
    ConditionalDiffusion: ({ generator, ...sizes } = {}) =>
      create({ kind: 'conditional-diffusion', max_batch: POINTS_BATCH, ...sizes }, generator),
    /**
     * Exercise 7: images and t. @param {ModelOptions} [options] in_channels = 1 (or 3), base_channels = 32, time_dim = 128,
     * image_size = 32 (a multiple of 4), or image_height and image_width, attention = false, max_batch = 32
     */
    MiniUNet: ({ generator, ...sizes } = {}) => create({ kind: 'mini-unet', ...sizes }, generator),
    /** The companion's: images and t. @param {ModelOptions} [options] in_channels = 3, base_channels = 64, image_size = 64, max_batch = 32 */
    SimpleUNet: ({ generator, ...sizes } = {}) => create({ kind: 'simple-unet', ...sizes }, generator),
    /** The companion's: images, t and labels. @param {ModelOptions} [options] as SimpleUNet, and n_classes = 10 */
    ConditionalUNet: ({ generator, ...sizes } = {}) =>
      create({ kind: 'conditional-unet', ...sizes }, generator),
  };
}

/** @param {Kernel} kernel @param {Rng} torch */
function samplers({ flow }, torch) {
  const sampler = (
    /** @type {Sampling & {variance?: number, eta?: number, method?: number}} */ {
      n,
      generator = torch,
      ...parts
    },
  ) => {
    const count =
      n ?? parts.x_T?.rows ?? parts.labels?.length ?? (parts.model.config.image_height ? 16 : 500);
    const made = new Sampler({ ...parts, rng: generator, n: count });
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
  return {
    /** @param {Sampling & {variance?: string}} options */
    DDPM({ variance = 'posterior', ...options }) {
      const kind = VARIANCES.indexOf(variance);
      if (kind < 0) throw new Error(`variance "${variance}": choose one of ${VARIANCES.join(', ')}`);
      return sampler({ ...options, variance: kind });
    },
    /** @param {Sampling & {eta?: number}} options eta: 0 deterministic, 1 as noisy as DDPM */
    DDIM: (options) => sampler({ ...options, method: METHODS.DDIM }),
    /** DPM-Solver++(2M). @param {Sampling} options */
    DPMSolver: (options) => sampler({ ...options, method: METHODS.DPM_SOLVER }),
    /** PNDM's linear multistep. @param {Sampling} options */
    PLMS: (options) => sampler({ ...options, method: METHODS.PLMS }),
  };
}

/** @param {Kernel} kernel @param {Rng} torch */
export function models(kernel, torch) {
  const { memory } = kernel.core;
  return {
    /**
     * By its name, or from betas of your own: schedule('cosine', { T: 200 }), schedule({ beta: [0.1, 0.2, ...] }).
     * @param {string | {beta: Tensor | ArrayLike<number>}} name @param {{T?: number, beta_start?: number, beta_end?: number}} [options]
     */
    schedule(name, { T = 1000, beta_start = 1e-4, beta_end = 0.02 } = {}) {
      if (typeof name === 'object' && name !== null) return scheduleFromBeta(memory, name.beta);
      return namedSchedule(memory, name, T, beta_start, beta_end);
    },
    /** The score of points noised to timestep t, at each x. @param {Schedule} schedule @param {number} t @param {Tensor} data @param {Tensor} x */
    exact_score: (schedule, t, data, x) => exactScore(schedule, t, data, x),
    ...networks(modelMaker(kernel, torch)),
    /** @param {Model} model @param {{lr?: number}} [options] */
    Adam: (model, { lr = 1e-3 } = {}) => new Adam(model, lr),
    /**
     * label_dropout: how likely a label becomes no class in a step; ema_decay > 0 keeps an average of the weights (see
     * use_ema); keep_order: no shuffling. @param {Training} options
     */
    Trainer({ model, batch_size = Math.min(128, model.config.max_batch), generator = torch, ...options }) {
      const defaults = { lr: 1e-3, label_dropout: 0, ema_decay: 0, keep_order: false };
      const trainer = new Trainer({ model, batch_size, rng: generator, ...defaults, ...options });
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
     * @param {{model: Model, schedule: Schedule, x_0: Tensor, labels?: Labels, timesteps: Tensor | ArrayLike<number>,
     *   seed?: number}} options
     */
    loss_by_level: ({ seed = 0, ...options }) => lossByLevel({ seed, ...options }),
    ...samplers(kernel, torch),
  };
}

/** `lab`: everything a cell can use. Names follow PyTorch and NumPy where they have one. */
import { Adam, METHODS, Model, Rng, Sampler, Schedule, Trainer } from './core.js';
import { Display, format } from './display.js';
import { Store } from './store.js';
import { Tensor } from './tensor.js';

/** @typedef {import('./kernel.js').Kernel} Kernel */
/** @typedef {{generator?: Rng}} With */
/** @typedef {import('./protocol.js').Props} Props */

/**
 * @typedef {{model: Model, schedule: Schedule, n?: number, steps?: number, timesteps?: ArrayLike<number>, x_T?: Tensor,
 *   clip_x0?: boolean, labels?: ArrayLike<number>, guidance_scale?: number, generator?: Rng}} Sampling what every sampler
 *   takes
 */

const VARIANCES = ['posterior', 'beta', 'zero'];

/** @param {number} size @param {number[]} shape */
const filled = (size, shape) =>
  new Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(size));

/** Random numbers, in NumPy's stream for data and in PyTorch's for everything else. @param {Kernel} kernel */
function random({ core }) {
  const np = new Rng(core.memory, 0);
  const torch = new Rng(core.memory, 0);
  return {
    np,
    torch,
    api: {
      /** np.random.seed(seed); torch.manual_seed(seed) @param {number} seed */
      seed(seed) {
        np.seed(seed);
        torch.seed(seed);
      },
      /** A generator of its own: drawing from it leaves the others alone. @param {number} seed */
      generator: (seed) => new Rng(core.memory, seed),
      get_rng_state: () => torch.get_state(),
      /** @param {Uint8Array} state */
      set_rng_state: (state) => torch.set_state(state),
      /** @param {number[]} shape @param {With} [options] */
      rand: (shape, { generator = torch } = {}) => generator.rand(shape),
      /** @param {number[]} shape @param {With} [options] */
      randn: (shape, { generator = torch } = {}) => generator.randn(shape),
      /** @param {number} low @param {number} high @param {number[]} shape @param {With} [options] */
      randint: (low, high, shape, { generator = torch } = {}) => generator.randint(low, high, shape),
      /** @param {number} n @param {With} [options] */
      randperm: (n, { generator = torch } = {}) => generator.randperm(n),
    },
  };
}

/** Data, tensors and metrics. @param {Kernel} kernel @param {Rng} np */
function numbers({ core }, np) {
  return {
    /** @param {{n?: number, noise?: number, generator?: Rng}} [options] */
    swiss_roll: ({ n = 5000, noise = 0.1, generator = np } = {}) => generator.swiss_roll(n, noise),
    /** @param {number} n */
    swiss_roll_curve: (n) => core.swiss_roll_curve(n),
    /** @param {number} n */
    spiral: (n) => core.spiral(n),
    /** @param {number} n points of each class @param {With} [options] */
    classes: (n, { generator = np } = {}) => generator.classes(n),
    /** @param {number[]} shape @param {ArrayLike<number>} values */
    tensor: (shape, values) => new Tensor(shape, Float32Array.from(values)),
    /** @param {number[]} shape */
    zeros: (shape) => filled(0, shape),
    /** @param {number[]} shape @param {number} value */
    full: (shape, value) => filled(value, shape),
    /** table[t[i]] for every i, as a column. @param {ArrayLike<number>} table @param {Tensor} t */
    gather: (table, t) =>
      new Tensor(
        [t.length, 1],
        Float32Array.from(t.data, (/** @type {number} */ i) => table[i]),
      ),
    /** @param {Tensor} a @param {Tensor} b */
    mse_loss: (a, b) => core.mse_loss(a, b),
    /** @param {Tensor} a @param {Tensor} b */
    sliced_wasserstein: (a, b) => core.sliced_wasserstein(a, b, 128),
    /** From noise a to noise b along the great circle. @param {Tensor} a @param {Tensor} b @param {number} fraction */
    slerp: (a, b, fraction) => core.slerp(a, b, fraction),
    /** @param {Tensor} x @param {Tensor} curve */
    curve_distance: (x, curve) => core.curve_distance(x, curve),
  };
}

/** Schedules, networks, training, sampling. @param {Kernel} kernel @param {Rng} torch */
function models({ core, flow }, torch) {
  const create = (/** @type {Model['config']} */ config, rng = torch) =>
    new Model(core.memory, core.engine, rng, config);
  const sampler = (
    /** @type {Sampling & {variance?: number, eta?: number, method?: number}} */ {
      n,
      generator = torch,
      ...parts
    },
  ) => {
    const made = new Sampler({ ...parts, rng: generator, n: n ?? parts.x_T?.rows ?? 500 });
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
    create,
    api: {
      /** @param {string} name @param {{T?: number, beta_start?: number, beta_end?: number}} [options] */
      schedule: (name, { T = 1000, beta_start = 1e-4, beta_end = 0.02 } = {}) =>
        core.schedule(name, T, beta_start, beta_end),
      /** @param {{input_dim?: number, hidden_dim?: number, time_dim?: number, max_batch?: number, generator?: Rng}} [options] */
      SimpleNoisePredictor: ({
        input_dim = 2,
        hidden_dim = 128,
        time_dim = 32,
        max_batch = 1024,
        generator = torch,
      } = {}) => create({ input_dim, hidden_dim, time_dim, max_batch }, generator),
      /** @param {Model} model @param {{lr?: number}} [options] */
      Adam: (model, { lr = 1e-3 } = {}) => new Adam(model, lr),
      /** @param {{model: Model, schedule: Schedule, data: Tensor, batch_size?: number, lr?: number, generator?: Rng}} options */
      Trainer({ model, schedule, data, batch_size = 128, lr = 1e-3, generator = torch }) {
        const trainer = new Trainer({ model, schedule, data, rng: generator, batch_size, lr });
        const epoch = async () => {
          for (;;) {
            const report = trainer.step();
            await flow.tick();
            if (report.epoch_end) return report;
          }
        };
        return Object.assign(trainer, { epoch });
      },
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
    },
  };
}

/** What cells show, and the controls they offer. @param {Kernel} kernel */
function displays(kernel) {
  const { displays, flow } = kernel;
  const handle = (/** @type {import('./protocol.js').Kind} */ kind, /** @type {Props} */ props) =>
    new Display(displays, displays.show(kind, props));
  return {
    /** @param {unknown[]} values */
    print: (...values) => void displays.show('text', { text: values.map(format).join(' ') }),
    /** @param {Record<string, unknown>[]} rows */
    table: (rows) => handle('table', { rows }),
    /**
     * A line chart; its push() adds points.
     * @param {{title: string, x: string, series: string[], log?: boolean, data?: ArrayLike<number>[]}} props
     */
    chart: (props) => handle('chart', props),
    /**
     * Points in the plane: `sets` in one panel, or several `panels` side by side.
     * @param {{title?: string, sets?: Props[], panels?: Props[], range?: [number, number]}} props
     */
    scatter: (props) => handle('scatter', props),
    /** @param {{labels: string[], panels: {title: string, frames: Tensor[], color?: string}[], compare?: Tensor, range?: [number, number]}} props */
    player: (props) => handle('player', props),
    /** @param {number} done @param {number} total @param {string} label */
    progress: (done, total, label = '') => displays.progress(kernel.cell, done, total, label),
    /** Call it in every step of a long loop: it lets the page draw, pause, stop. */
    tick: () => flow.tick(),
    /** @param {number} min @param {number} max @param {{value?: number, step?: number, label?: string, log?: boolean}} [options] */
    slider: (min, max, { value = min, step = 1, label = '', log = false } = {}) => ({
      type: 'slider',
      min,
      max,
      value,
      step,
      label,
      log,
    }),
    /** @param {Record<string, string>} options value to text @param {{value?: string, label?: string}} [settings] */
    choice: (options, { value = Object.keys(options)[0], label = '' } = {}) => ({
      type: 'choice',
      options,
      value,
      label,
    }),
    /** Shows controls and calls fn with their values, now and whenever they change. */
    interact: kernel.interact,
  };
}

/** @param {Kernel} kernel */
function checks({ displays }) {
  return {
    /**
     * @param {string} name what is checked
     * @param {unknown} condition true or false, or a function (async if need be) that returns it or throws
     * @param {string} [message] what to tell the reader who is not there yet
     */
    async check(name, condition, message = '') {
      let pass = false;
      let why = message;
      try {
        pass = (typeof condition === 'function' ? await condition() : await condition) === true;
      } catch (error) {
        why = [message, error instanceof Error ? error.message.replaceAll('$.', '') : String(error)]
          .filter(Boolean)
          .join(' ');
      }
      displays.show('check', { name, pass, message: pass ? '' : why });
    },
  };
}

/** @param {Kernel} kernel @param {import('./store.js').Storage} storage */
export function createLab(kernel, storage) {
  const { np, torch, api: randomApi } = random(kernel);
  const { create, api: modelApi } = models(kernel, torch);
  // A loaded model's weights replace the initial ones, whose draw must not disturb the reader's generator.
  const store = new Store(storage, (config) => create(config, new Rng(kernel.core.memory, 0)));
  return Object.freeze({
    ...randomApi,
    ...numbers(kernel, np),
    ...modelApi,
    ...displays(kernel),
    ...checks(kernel),
    store: {
      /** @param {string} name @param {Model | Adam | Trainer} object @param {Record<string, any>} [info] */
      save: (name, object, info = {}) => store.save(name, object, info, torch),
      /** @param {string} name */
      load: (name) => store.load(name),
      /** @param {string} name */
      info: (name) => store.info(name),
    },
  });
}

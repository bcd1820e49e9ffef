/** The C core (src/noisebook.h) as JavaScript classes. Works in a worker and in Node. */
import { float32, Handle, Memory } from './memory.js';
import { Tensor } from './tensor.js';

/** @typedef {import('./memory.js').Wasm} Wasm */

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

/** A generator with NumPy's legacy stream and PyTorch's. */
export class Rng extends Handle {
  /** @param {Memory} memory @param {number} seed */
  constructor(memory, seed) {
    super(memory, memory.wasm._nbw_rng_create(seed), memory.wasm._nbw_rng_destroy);
  }

  /** @param {number} seed */
  seed(seed) {
    this.wasm._nbw_rng_seed(this.address, seed);
  }

  get_state() {
    const size = this.wasm._nbw_rng_state_bytes();
    const [out] = this.memory.room(size);
    this.wasm._nbw_rng_get_state(this.address, out);
    return this.memory.u8(out, size);
  }

  /** @param {Uint8Array} state */
  set_state(state) {
    const [at] = this.memory.room(state.length);
    this.memory.put(at, state);
    this.memory.ok(this.wasm._nbw_rng_set_state(this.address, at, state.length));
  }

  /** @param {number[]} shape */
  rand(shape) {
    return this.#floats(shape, this.wasm._nbw_torch_rand);
  }

  /** @param {number[]} shape */
  randn(shape) {
    return this.#floats(shape, this.wasm._nbw_torch_randn);
  }

  /** @param {number} low @param {number} high @param {number[]} shape */
  randint(low, high, shape) {
    if (!(low < high)) throw new RangeError(`randint needs low < high, got ${low} and ${high}`);
    const n = count(shape);
    const [out] = this.memory.room(4 * n);
    this.wasm._nbw_torch_randint(this.address, low, high, n, out);
    return new Tensor(shape, this.memory.i32(out, n));
  }

  /** @param {number} n */
  randperm(n) {
    const [out] = this.memory.room(4 * n);
    this.wasm._nbw_torch_randperm(this.address, n, out);
    return new Tensor([n], this.memory.i32(out, n));
  }

  /** scikit-learn's make_swiss_roll, projected. @param {number} n @param {number} noise */
  swiss_roll(n, noise) {
    const [out] = this.memory.room(16 * n);
    this.memory.ok(this.wasm._nbw_data_swiss_roll(this.address, n, noise, out));
    return new Tensor([n, 2], this.memory.f64(out, 2 * n));
  }

  /** @param {number} perClass */
  classes(perClass) {
    const n = 3 * perClass;
    const [points, labels] = this.memory.room(16 * n, 4 * n);
    this.memory.ok(this.wasm._nbw_data_classes(this.address, perClass, points, labels));
    return {
      points: new Tensor([n, 2], this.memory.f64(points, 2 * n)),
      labels: new Tensor([n], this.memory.i32(labels, n)),
    };
  }

  /** @param {number[]} shape @param {(rng: number, n: number, out: number) => void} fill */
  #floats(shape, fill) {
    const n = count(shape);
    const [out] = this.memory.room(4 * n);
    fill(this.address, n, out);
    return new Tensor(shape, this.memory.f32(out, n));
  }
}

/** beta_t and everything derived from it; index t runs from 0 to T - 1. */
export class Schedule extends Handle {
  /** @param {Memory} memory @param {number} kind @param {number} T @param {number} start @param {number} end */
  constructor(memory, kind, T, start, end) {
    const wasm = memory.wasm;
    super(memory, wasm._nbw_schedule_create(kind, T, start, end), wasm._nbw_schedule_destroy);
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
    const bytes = 4 * x_0.length;
    const [px, pt, pe] = this.memory.room(bytes, 4 * t.length, bytes);
    this.memory.put(px, float32(x_0, 'x_0'));
    this.memory.put(pt, Int32Array.from(t.data));
    this.memory.put(pe, float32(eps, 'eps'));
    this.memory.ok(this.wasm._nbw_q_sample(this.address, x_0.rows, x_0.columns, px, pt, pe, px));
    return new Tensor(x_0.shape, this.memory.f32(px, x_0.length));
  }
}

/** SimpleNoisePredictor: x and t / T in, the predicted noise out. */
export class Model extends Handle {
  /**
   * @param {Memory} memory @param {Handle} engine @param {Rng} init
   * @param {{input_dim: number, hidden_dim: number, time_dim: number, max_batch: number}} config
   */
  constructor(memory, engine, init, config) {
    const { input_dim, hidden_dim, time_dim, max_batch } = config;
    const wasm = memory.wasm;
    const sizes = [input_dim, hidden_dim, time_dim, max_batch];
    const address = wasm._nbw_model_create(engine.address, 0, ...sizes, init.address);
    super(memory, address, wasm._nbw_model_destroy, [engine]);
    this.config = config;
  }

  get n_parameters() {
    return this.wasm._nbw_model_param_count(this.address);
  }

  /** @param {Tensor} x (n, input_dim) @param {Tensor} t (n), t / T @returns {Tensor} the predicted noise */
  forward(x, t) {
    const d = this.config.input_dim;
    if (x.columns !== d || t.length !== x.rows)
      throw new Error(`forward: x has shape [${x.shape}] and t [${t.shape}]; it takes [n, ${d}] and [n]`);
    const bytes = 4 * x.length;
    const [px, pt, out] = this.memory.room(bytes, 4 * t.length, bytes);
    this.memory.put(px, float32(x, 'x'));
    this.memory.put(pt, float32(t, 't'));
    this.memory.ok(this.wasm._nbw_model_forward(this.address, x.rows, px, pt, 0, out));
    return new Tensor(x.shape, this.memory.f32(out, x.length));
  }

  /** Replaces all gradients by those of the last forward pass. @param {Tensor} d_eps */
  backward(d_eps) {
    const [at] = this.memory.room(4 * d_eps.length);
    this.memory.put(at, float32(d_eps, 'd_eps'));
    this.memory.ok(this.wasm._nbw_model_backward(this.address, d_eps.rows, at, 0));
  }

  /** Name and shape of every parameter, in PyTorch's order. */
  named_parameters() {
    return Array.from({ length: this.wasm._nbw_model_params(this.address) }, (_, i) => {
      const rank = this.wasm._nbw_model_param_rank(this.address, i);
      const dim = (/** @type {unknown} */ __, /** @type {number} */ axis) =>
        this.wasm._nbw_model_param_dim(this.address, i, axis);
      const name = this.memory.text(this.wasm._nbw_model_param_name(this.address, i));
      return { name, shape: Array.from({ length: rank }, dim) };
    });
  }

  /** @returns {Record<string, Tensor>} */
  state_dict() {
    return this.#tensors(this.wasm._nbw_model_get_param);
  }

  /** The gradients of the last backward pass. @returns {Record<string, Tensor>} */
  gradients() {
    return this.#tensors(this.wasm._nbw_model_get_grad);
  }

  /** @param {Record<string, Tensor>} state every parameter, no other */
  load_state_dict(state) {
    const params = this.named_parameters();
    const names = params.map(({ name }) => name);
    for (const name of Object.keys(state))
      if (!names.includes(name)) throw new Error(`load_state_dict: unknown parameter "${name}"`);
    for (const { name, shape } of params)
      if (state[name]?.shape.join() !== shape.join())
        throw new Error(`load_state_dict: "${name}" must have shape [${shape}]`);
    params.forEach(({ name }, i) => {
      const [at] = this.memory.room(4 * state[name].length);
      this.memory.put(at, float32(state[name], name));
      this.wasm._nbw_model_set_param(this.address, i, at);
    });
  }

  /** The weights as a safetensors file. */
  save() {
    return this.memory.file(this.wasm._nbw_model_save(this.address));
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.memory.ok(this.wasm._nbw_model_load(this.address, this.memory.bytes(file), file.length));
  }

  /** @param {(model: number, index: number, out: number) => void} get */
  #tensors(get) {
    const entries = this.named_parameters().map(({ name, shape }, i) => {
      const n = count(shape);
      const [out] = this.memory.room(4 * n);
      get(this.address, i, out);
      return [name, new Tensor(shape, this.memory.f32(out, n))];
    });
    return Object.fromEntries(entries);
  }
}

export class Adam extends Handle {
  #lr;

  /** @param {Model} model @param {number} lr */
  constructor(model, lr) {
    const wasm = model.wasm;
    const address = wasm._nbw_adam_create(model.address, lr, 0.9, 0.999, 1e-8);
    super(model.memory, address, wasm._nbw_adam_destroy, [model]);
    this.model = model;
    this.#lr = lr;
  }

  get lr() {
    return this.#lr;
  }

  set lr(value) {
    this.memory.ok(this.wasm._nbw_adam_set_lr(this.address, value));
    this.#lr = value;
  }

  step() {
    this.wasm._nbw_adam_step(this.address);
  }

  /** The moments and the step count; beside the model's weights, load() continues with the same bits. */
  save() {
    return this.memory.file(this.wasm._nbw_adam_save(this.address));
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.memory.ok(this.wasm._nbw_adam_load(this.address, this.memory.bytes(file), file.length));
  }
}

/** Algorithm 1 of DDPM, one batch at a time. */
export class Trainer extends Handle {
  #lr;

  /** @param {{model: Model, schedule: Schedule, data: Tensor, rng: Rng, batch_size: number, lr: number}} parts */
  constructor({ model, schedule, data, rng, batch_size, lr }) {
    const { memory, wasm } = model;
    const points = float32(data, 'data');
    const [at] = memory.room(points.byteLength);
    memory.put(at, points);
    const objects = [model.address, schedule.address, rng.address];
    const address = wasm._nbw_trainer_create(...objects, at, data.rows, batch_size, lr, 0, 0, 0, 0);
    super(memory, address, wasm._nbw_trainer_destroy, [model, schedule, rng]);
    this.model = model;
    this.#lr = lr;
  }

  get lr() {
    return this.#lr;
  }

  set lr(value) {
    this.memory.ok(this.wasm._nbw_trainer_set_lr(this.address, value));
    this.#lr = value;
  }

  step() {
    const [out] = this.memory.room(56);
    this.memory.ok(this.wasm._nbw_trainer_step(this.address, out));
    const [loss, epoch_loss, step, epoch, in_epoch, per_epoch, end] = this.memory.f64(out, 7);
    return { loss, epoch_loss, step, epoch, in_epoch, per_epoch, epoch_end: end === 1 };
  }

  /** Weights, Adam's moments, the generator and the position: load() continues with the same bits. */
  save() {
    return this.memory.file(this.wasm._nbw_trainer_save(this.address));
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.memory.ok(this.wasm._nbw_trainer_load(this.address, this.memory.bytes(file), file.length));
  }
}

/** As nb_method numbers them. */
export const METHODS = { DDPM: 0, DDIM: 1, DPM_SOLVER: 2, PLMS: 3 };

/**
 * From noise to samples, one timestep at a time.
 * @typedef {{model: Model, schedule: Schedule, rng: Rng, n: number, steps?: number, variance?: number, method?: number,
 *   eta?: number, clip_x0?: boolean, timesteps?: ArrayLike<number>, labels?: ArrayLike<number>, guidance_scale?: number,
 *   x_T?: Tensor}} SamplerParts guidance_scale: none for no guidance
 */
export class Sampler extends Handle {
  /** @param {SamplerParts} parts */
  constructor({ model, schedule, rng, n, ...knobs }) {
    const { memory, wasm } = model;
    const d = model.config.input_dim;
    const { steps = 0, variance = 0, method = METHODS.DDPM, eta = 0, clip_x0 = false } = knobs;
    const { timesteps, labels, guidance_scale, x_T } = knobs;
    if (x_T && (x_T.rows !== n || x_T.columns !== d)) throw new Error(`x_T must have shape [${n}, ${d}]`);
    if (labels && labels.length !== n) throw new Error(`${labels.length} labels for ${n} samples`);
    if (timesteps && timesteps.length === 0) throw new Error('an empty list of timesteps');
    const arrays = [
      x_T && float32(x_T, 'x_T'),
      timesteps && Int32Array.from(timesteps),
      labels && Int32Array.from(labels),
    ];
    const rooms = memory.room(...arrays.map((array) => 4 * (array?.length ?? 0)));
    arrays.forEach((array, i) => {
      if (array) memory.put(rooms[i], array);
    });
    const [noise, list, classes] = arrays.map((array, i) => (array ? rooms[i] : 0));
    const address = wasm._nbw_sampler_create(
      ...[model.address, schedule.address, rng.address, n, timesteps?.length ?? steps, variance, method, eta],
      ...[Number(clip_x0), list, classes, Number(guidance_scale !== undefined), guidance_scale ?? 0, noise],
    );
    super(memory, address, wasm._nbw_sampler_destroy, [model, schedule, rng]);
    this.shape = [n, d];
  }

  /** The timestep of x; -1 once it is x_0. @returns {number} */
  get t() {
    return this.wasm._nbw_sampler_t(this.address);
  }

  get x() {
    return this.#points(this.wasm._nbw_sampler_x(this.address));
  }

  /** x_0 as the last step predicted it. */
  get x_0() {
    return this.#points(this.wasm._nbw_sampler_x0(this.address));
  }

  step() {
    this.memory.ok(this.wasm._nbw_sampler_step(this.address));
  }

  /** @param {number} address */
  #points(address) {
    return new Tensor(this.shape, this.memory.f32(address, this.shape[0] * this.shape[1]));
  }
}

/** @param {number[]} shape */
function count(shape) {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0))
    throw new TypeError(`a shape is a list of whole numbers such as [128, 2], got ${shape}`);
  return shape.reduce((a, b) => a * b, 1);
}

/** Everything that has no object of its own. */
export class Core {
  /** @param {Wasm} wasm */
  constructor(wasm) {
    this.wasm = wasm;
    this.memory = new Memory(wasm);
    this.engine = new Handle(this.memory, wasm._nbw_engine_create(0, 1), wasm._nbw_engine_destroy);
    /** @type {string[]} */
    this.schedules = [];
    for (let at = wasm._nbw_schedule_name(0); at; at = wasm._nbw_schedule_name(this.schedules.length))
      this.schedules.push(this.memory.text(at));
  }

  get version() {
    return this.memory.text(this.wasm._nbw_version());
  }

  /** @param {string} name @param {number} T @param {number} start @param {number} end */
  schedule(name, T, start, end) {
    const kind = this.schedules.indexOf(name);
    if (kind < 0) throw new Error(`schedule "${name}": choose one of ${this.schedules.join(', ')}`);
    return new Schedule(this.memory, kind, T, start, end);
  }

  /** @param {number} n */
  spiral(n) {
    const [out] = this.memory.room(16 * n);
    this.wasm._nbw_data_spiral(n, out);
    return new Tensor([n, 2], this.memory.f64(out, 2 * n));
  }

  /** @param {number} n */
  swiss_roll_curve(n) {
    const [out] = this.memory.room(16 * n);
    this.wasm._nbw_data_swiss_roll_curve(n, out);
    return new Tensor([n, 2], this.memory.f64(out, 2 * n));
  }

  /** Mean squared error and its gradient. @param {Tensor} pred @param {Tensor} target */
  mse_loss(pred, target) {
    const n = pred.length;
    if (target.length !== n) throw new Error(`mse_loss: shapes [${pred.shape}] and [${target.shape}] differ`);
    const [a, b, out] = this.memory.room(4 * n, 4 * n, 4 * n);
    this.memory.put(a, float32(pred, 'pred'));
    this.memory.put(b, float32(target, 'target'));
    const value = this.wasm._nbw_mse(n, a, b, out);
    return { value, grad: new Tensor(pred.shape, this.memory.f32(out, n)) };
  }

  /** @param {Tensor} a @param {Tensor} b @param {number} fraction of the way from a to b */
  slerp(a, b, fraction) {
    const n = a.length;
    if (b.length !== n) throw new Error(`slerp: shapes [${a.shape}] and [${b.shape}] differ`);
    const [pa, pb, out] = this.memory.room(4 * n, 4 * n, 4 * n);
    this.memory.put(pa, float32(a, 'a'));
    this.memory.put(pb, float32(b, 'b'));
    this.wasm._nbw_slerp(n, pa, pb, fraction, out);
    return new Tensor(a.shape, this.memory.f32(out, n));
  }

  /** @param {Tensor} a @param {Tensor} b @param {number} directions */
  sliced_wasserstein(a, b, directions) {
    const [pa, pb] = this.#pair(a, b);
    const d = this.wasm._nbw_sliced_wasserstein(a.rows, pa, b.rows, pb, directions);
    if (Number.isNaN(d)) throw this.memory.error();
    return d;
  }

  /** Mean distance of points to a polyline. @param {Tensor} x @param {Tensor} curve */
  curve_distance(x, curve) {
    const [px, pc] = this.#pair(x, curve);
    return this.wasm._nbw_curve_distance(x.rows, px, curve.rows, pc);
  }

  /** @param {Tensor} a @param {Tensor} b */
  #pair(a, b) {
    if (a.columns !== 2 || b.columns !== 2) throw new Error('points of the plane are needed: shape [n, 2]');
    const [pa, pb] = this.memory.room(8 * a.length, 8 * b.length);
    this.memory.put(pa, Float64Array.from(a.data));
    this.memory.put(pb, Float64Array.from(b.data));
    return [pa, pb];
  }
}

/** Adam, DDPM's training loop, and what a model's loss is at each noise level. */
import { bytesOf, finite, seedOf, truth, whole } from '../check.js';
import { float32List, Handle, idOf, int32 } from '../memory.js';

/** @typedef {import('../tensor.js').Tensor} Tensor */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Tensors} Tensors */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('./schedule.js').Schedule} Schedule */

/** @extends {Handle<'adam'>} */
export class Adam extends Handle {
  #lr;

  /** @param {Model} model @param {number} lr */
  constructor(model, lr) {
    super(model.memory, model.api.adam_create(model.id, finite(lr, 'lr'), 0.9, 0.999, 1e-8), [model]);
    this.model = model;
    this.#lr = lr;
  }

  get lr() {
    return this.#lr;
  }

  set lr(value) {
    this.api.adam_set_lr(this.id, finite(value, 'lr'));
    this.#lr = value;
  }

  step() {
    this.api.adam_step(this.id);
  }

  /** The moments and the step count; beside the model's weights, load() continues with the same bits. */
  save() {
    return this.api.adam_save(this.id);
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.api.adam_load(this.id, bytesOf(file, 'file'));
  }
}

/**
 * @typedef {{model: Model, schedule: Schedule | null, data: Tensor, rng: Rng, batch_size: number, lr: number, noise?: Tensor | null,
 *   labels?: Tensor | ArrayLike<number> | null, conds?: Tensors | null, label_dropout: number, ema_decay: number, keep_order: boolean,
 *   stratified: boolean, warmup: number, decay_steps: number, lr_end: number, optimizer: string, objective: string,
 *   loss_weight: string | Tensor | ArrayLike<number>, weight_limit: number}} TrainerParts
 */

/** By its name, or a weight for each timestep. @param {Model} model @param {Schedule | null} schedule @param {TrainerParts['loss_weight']} wish */
function weighting({ api }, schedule, wish) {
  const named = typeof wish === 'string';
  return {
    loss_weight: api.loss_weight_find(named ? wish : 'one'),
    weights: named ? null : float32List(wish, 'loss_weight', schedule?.T ?? 0, 'timesteps'),
  };
}

/** @param {TrainerParts} parts */
function create({ model, schedule, data, rng, labels, conds, ...knobs }) {
  const samples = model.check(data, 'data');
  const config = {
    batch: whole(knobs.batch_size, 'batch_size', 1),
    lr: finite(knobs.lr, 'lr'),
    labels: labels ? int32(labels, 'labels', data.rows) : null,
    cond: model.conds(conds, data.rows),
    noise: knobs.noise ? model.check(knobs.noise, 'noise') : null,
    label_dropout: finite(knobs.label_dropout, 'label_dropout'),
    ema_decay: finite(knobs.ema_decay, 'ema_decay'),
    keep_order: truth(knobs.keep_order, 'keep_order'),
    stratified: truth(knobs.stratified, 'stratified'),
    warmup: whole(knobs.warmup, 'warmup', 0),
    decay_steps: whole(knobs.decay_steps, 'decay_steps', 0),
    lr_end: finite(knobs.lr_end, 'lr_end'),
    optimizer: model.api.optimizer_find(String(knobs.optimizer)),
    objective: model.api.objective_find(String(knobs.objective)),
    ...weighting(model, schedule, knobs.loss_weight),
    weight_limit: finite(knobs.weight_limit, 'weight_limit'),
  };
  return model.api.trainer_create(model.id, idOf(schedule), rng.id, samples, data.rows, config);
}

/**
 * Algorithm 1 of DDPM, one batch at a time.
 * @extends {Handle<'trainer'>}
 */
export class Trainer extends Handle {
  #lr;

  /** @param {TrainerParts} parts */
  constructor(parts) {
    const { model, schedule, rng, lr } = parts;
    super(model.memory, create(parts), schedule ? [model, schedule, rng] : [model, rng]);
    this.model = model;
    this.#lr = lr;
  }

  get lr() {
    return this.#lr;
  }

  set lr(value) {
    this.api.trainer_set_lr(this.id, finite(value, 'lr'));
    this.#lr = value;
  }

  step() {
    const report = this.api.trainer_step(this.id);
    return { ...report, epoch_end: report.epoch_end === 1 };
  }

  /**
   * true puts the moving average of the weights into the model, to sample from or to save; false puts the trained
   * weights back, and only then can training go on. Needs ema_decay. @param {boolean} on
   */
  use_ema(on) {
    this.api.trainer_use_ema(this.id, truth(on, 'use_ema'));
  }

  /** Weights, their average, Adam's moments, the generator and the position: load() continues with the same bits. */
  save() {
    return this.api.trainer_save(this.id);
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.api.trainer_load(this.id, bytesOf(file, 'file'));
  }
}

/**
 * Mean squared error of the predicted noise at each of `timesteps`, with the same noise at all of them.
 * @param {{model: Model, schedule: Schedule, x_0: Tensor, labels?: Tensor | ArrayLike<number> | null,
 *   conds?: Tensors | null, timesteps: Tensor | ArrayLike<number>, seed: number}} parts
 */
export function lossByLevel({ model, schedule, x_0, labels, conds, timesteps, seed }) {
  const samples = model.check(x_0, 'x_0');
  const classes = labels ? int32(labels, 'labels', x_0.rows) : null;
  const cond = model.conds(conds, x_0.rows);
  const levels = int32(timesteps, 'timesteps');
  return model.api.loss_by_level(
    model.id,
    schedule.id,
    x_0.rows,
    samples,
    classes,
    cond,
    levels,
    seedOf(seed),
  );
}

/** Adam, DDPM's training loop, and what a model's loss is at each noise level. */
import { Handle, int32 } from '../memory.js';

/** @typedef {import('../tensor.js').Tensor} Tensor */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('./schedule.js').Schedule} Schedule */

export class Adam extends Handle {
  #lr;

  /** @param {Model} model @param {number} lr */
  constructor(model, lr) {
    const { wasm } = model;
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
    this.memory.ok(this.wasm._nbw_adam_step(this.address));
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

/**
 * @typedef {{model: Model, schedule: Schedule, data: Tensor, rng: Rng, batch_size: number, lr: number,
 *   labels?: Tensor | ArrayLike<number> | null, label_dropout: number, ema_decay: number, keep_order: boolean}} TrainerParts
 */

/** Algorithm 1 of DDPM, one batch at a time. */
export class Trainer extends Handle {
  #lr;

  /** @param {TrainerParts} parts */
  constructor({ model, schedule, data, rng, batch_size, lr, labels, label_dropout, ema_decay, keep_order }) {
    const { memory, wasm } = model;
    const samples = model.check(data, 'data');
    const classes = labels ? int32(labels, 'labels', data.rows) : null;
    const [at, pl] = memory.place(samples, classes);
    const address = wasm._nbw_trainer_create(
      ...[model.address, schedule.address, rng.address, at, data.rows, batch_size, lr],
      ...[pl, label_dropout, ema_decay, Number(keep_order)],
    );
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

  /**
   * true puts the moving average of the weights into the model, to sample from or to save; false puts the trained
   * weights back, and only then can training go on. Needs ema_decay. @param {boolean} on
   */
  use_ema(on) {
    this.memory.ok(this.wasm._nbw_trainer_use_ema(this.address, Number(on)));
  }

  /** Weights, their average, Adam's moments, the generator and the position: load() continues with the same bits. */
  save() {
    return this.memory.file(this.wasm._nbw_trainer_save(this.address));
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.memory.ok(this.wasm._nbw_trainer_load(this.address, this.memory.bytes(file), file.length));
  }
}

/**
 * Mean squared error of the predicted noise at each of `timesteps`, with the same noise at all of them.
 * @param {{model: Model, schedule: Schedule, x_0: Tensor, labels?: Tensor | ArrayLike<number> | null,
 *   timesteps: Tensor | ArrayLike<number>, seed: number}} parts
 * @returns {Float64Array}
 */
export function lossByLevel({ model, schedule, x_0, labels, timesteps, seed }) {
  const { memory, wasm } = model;
  const levels = int32(timesteps, 'timesteps');
  const classes = labels ? int32(labels, 'labels', x_0.rows) : null;
  const parts = [model.check(x_0, 'x_0'), classes, levels, 8 * levels.length];
  const [px, pl, pt, out] = memory.place(...parts);
  const sizes = [x_0.rows, px, pl, levels.length, pt];
  memory.ok(wasm._nbw_loss_by_level(model.address, schedule.address, ...sizes, seed, 0, out));
  return memory.f64(out, levels.length);
}

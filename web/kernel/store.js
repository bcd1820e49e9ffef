/** Trained models, kept for the next page and the next visit. */
import { Model } from './core/model.js';
import { Adam, Trainer } from './core/training.js';

/** @typedef {{get: (key: string) => Promise<any>, set: (key: string, value: any) => Promise<unknown>}} Storage */
/** @typedef {import('./core/random.js').Rng} Rng */

/**
 * @typedef {object} Saved
 * @property {Model['config']} config
 * @property {Uint8Array} weights safetensors
 * @property {Uint8Array | null} trainer what Trainer.save() gave
 * @property {Uint8Array | null} adam what Adam.save() gave
 * @property {Uint8Array} rng_state of PyTorch's generator at that moment
 * @property {Record<string, any>} info
 * @property {number} saved when, in milliseconds
 */

/** For Node: as long as the process lives. @returns {Storage} */
export function memoryStorage() {
  const map = new Map();
  return { get: async (key) => map.get(key), set: async (key, value) => map.set(key, value) };
}

export class Store {
  /** @param {Storage} storage @param {(config: Model['config']) => Model} create */
  constructor(storage, create) {
    this.storage = storage;
    this.create = create;
  }

  /**
   * @param {string} name @param {Model | Adam | Trainer} object with Adam or a trainer, training can go on @param {Record<string, any>} info @param {Rng} rng
   */
  async save(name, object, info, rng) {
    const model = object instanceof Model ? object : object?.model;
    if (!(model instanceof Model)) throw new TypeError('store.save takes a model, its Adam or a trainer');
    /** @type {Saved} */
    const saved = {
      config: model.config,
      weights: model.save(),
      trainer: object instanceof Trainer ? object.save() : null,
      adam: object instanceof Adam ? object.save() : null,
      rng_state: rng.get_state(),
      info,
      saved: Date.now(),
    };
    await this.storage.set(`model:${name}`, saved);
  }

  /** @param {string} name */
  async load(name) {
    const saved = /** @type {Saved | undefined} */ (await this.storage.get(`model:${name}`));
    if (!saved) return undefined;
    const model = this.create(saved.config);
    model.load(saved.weights);
    const { info, rng_state, trainer, adam } = saved;
    return { model, info, rng_state, trainer, adam };
  }

  /** @param {string} name */
  async info(name) {
    const saved = /** @type {Saved | undefined} */ (await this.storage.get(`model:${name}`));
    return saved && { ...saved.info, saved: new Date(saved.saved) };
  }
}

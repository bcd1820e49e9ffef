/** Trained models, kept for the next page and the next visit. */
import { Model } from './core/model.js';
import { Adam, Trainer } from './core/training.js';
import { keyOf, memoryStorage, place } from './storage.js';

/** @typedef {import('./core/random.js').Rng} Rng */
/** @typedef {import('./storage.js').Saved} Saved */
/** @typedef {import('./storage.js').Storage} Storage */

export class Store {
  /** Whoever else saves is another tab, or another life of this one's kernel. */
  #tab = Math.random().toString(36).slice(2, 8);
  /** Until when this tab knows what lies under a name. @type {Map<string, number>} */
  #known = new Map();
  #start = Date.now() - 1;
  /** What found no room. */
  #homeless = memoryStorage();

  /**
   * @param {Storage} storage @param {(config: Model['config']) => Model} create
   * @param {(message: import('./protocol.js').Kept) => void} tell what became of a model, if that is worth a word
   */
  constructor(storage, create, tell) {
    this.storage = storage;
    this.create = create;
    this.tell = tell;
  }

  /**
   * @param {string} name @param {Model | Adam | Trainer} object with Adam or a trainer, training can go on @param {Record<string, any>} info @param {Rng} rng
   */
  async save(name, object, info, rng) {
    const model = object instanceof Model ? object : object?.model;
    if (!(model instanceof Model)) throw new TypeError('store.save takes a model, its Adam or a trainer');
    const saved = {
      config: model.config,
      weights: model.save(),
      trainer: object instanceof Trainer ? object.save() : null,
      adam: object instanceof Adam ? object.save() : null,
      rng_state: rng.get_state(),
      info,
      saved: Date.now(),
      tab: this.#tab,
    };
    try {
      const other = await place(this.storage, name, saved, this.#known.get(name) ?? this.#start);
      await this.#homeless.update([], () => [[keyOf(name), undefined]]);
      this.tell({ type: 'kept', name, how: other ? 'beside' : this.storage.fleeting ? 'fleeting' : 'kept' });
    } catch (error) {
      if (error instanceof Error && error.name === 'DataCloneError') throw error;
      // A training that goes on for an hour must not end because there is no room.
      await this.#homeless.update([], () => [[keyOf(name), saved]]);
      this.tell({ type: 'kept', name, how: 'full' });
    }
  }

  /** @param {string} name @returns {Promise<Saved | undefined>} */
  async #find(name) {
    return (await this.#homeless.get(keyOf(name))) ?? (await this.storage.get(keyOf(name)));
  }

  /** @param {string} name */
  async load(name) {
    const saved = await this.#find(name);
    if (!saved) return undefined;
    if (saved.placed) this.#known.set(name, saved.placed);
    const model = this.create(saved.config);
    model.load(saved.weights);
    const { info, rng_state, trainer, adam } = saved;
    return { model, info, rng_state, trainer, adam };
  }

  /** @param {string} name */
  async info(name) {
    const saved = await this.#find(name);
    return saved && { ...saved.info, saved: new Date(saved.saved) };
  }
}

/** Trained models, kept for the next page and the next visit. */
import { Model } from './core/model.js';
import { Adam, Trainer } from './core/training.js';
import { isSound } from './record.js';

/** @typedef {import('./core/random.js').Rng} Rng */
/** @typedef {import('./storage.js').Saved} Saved */
/** @typedef {import('./storage.js').Shelf} Shelf */

/** A training that is ended from outside loses no more than that, and what its last epoch took. */
const CHECKPOINT_MS = 3000;

export class Store {
  /** Whoever else saves is another tab, or another life of this one's kernel. */
  #tab = Math.random().toString(36).slice(2, 8);
  /** Until when this tab knows what lies under a name. @type {Map<string, number>} */
  #known = new Map();
  #start = Date.now() - 1;
  /** When a checkpoint was last kept under a name. @type {Map<string, number>} */
  #checkpoints = new Map();

  /**
   * @param {Shelf} shelf @param {(config: Model['config']) => Model} create
   * @param {(message: import('./protocol.js').Kept) => void} tell what became of a model, if that is worth a word
   */
  constructor(shelf, create, tell) {
    this.shelf = shelf;
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
      // Refused where a number is not finite: what lies there stays.
      weights: model.save(),
      trainer: object instanceof Trainer ? object.save() : null,
      adam: object instanceof Adam ? object.save() : null,
      rng_state: rng.get_state(),
      info,
      saved: Date.now(),
      tab: this.#tab,
    };
    const how = await this.shelf.keep(name, saved, this.#known.get(name) ?? this.#start);
    this.tell({ type: 'kept', name, how });
  }

  /**
   * Saves, unless the last checkpoint of that name is a few seconds old: to be called after each epoch.
   * @param {string} name @param {Model | Adam | Trainer} object @param {Record<string, any>} info @param {Rng} rng @returns {Promise<boolean>} whether it saved
   */
  async checkpoint(name, object, info, rng) {
    const now = performance.now();
    const last = this.#checkpoints.get(name) ?? -Infinity;
    if (now - last < CHECKPOINT_MS) return false;
    await this.save(name, object, info, rng);
    this.#checkpoints.set(name, performance.now());
    return true;
  }

  /** What lies there, if it can be used; else nothing, and the reader is told. @param {string} name @returns {Promise<Saved | undefined>} */
  async #find(name) {
    const saved = await this.shelf.get(name);
    if (saved === undefined || isSound(saved)) return saved;
    this.tell({ type: 'kept', name, how: 'damaged' });
  }

  /** @param {string} name */
  async load(name) {
    const saved = await this.#find(name);
    if (!saved) return undefined;
    if (saved.placed) this.#known.set(name, saved.placed);
    const model = this.#make(saved);
    if (!model) return void this.tell({ type: 'kept', name, how: 'damaged' });
    const { info, rng_state, trainer, adam } = saved;
    return { model, info, rng_state, trainer, adam };
  }

  /** @param {Saved} saved @returns {Model | null} null if its sizes and its weights do not go together */
  #make({ config, weights }) {
    try {
      const model = this.create(config);
      model.load(weights);
      return model;
    } catch (error) {
      // Without memory, another try may go well.
      if (error instanceof Error && /memory/.test(error.message)) throw error;
      return null;
    }
  }

  /** @param {string} name */
  async info(name) {
    const saved = await this.#find(name);
    if (!saved) return undefined;
    const model = this.#make(saved);
    if (!model) return void this.tell({ type: 'kept', name, how: 'damaged' });
    model.dispose();
    return { ...saved.info, saved: new Date(saved.saved) };
  }
}

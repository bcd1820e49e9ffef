/** `lab`: everything a cell can use. Names follow PyTorch and NumPy where they have one. */
import * as figures from '../figures/index.js';
import { controls } from './controls.js';
import { Rng } from './core/random.js';
import { Display, format } from './display.js';
import { checks } from './lab/checks.js';
import { dataSets } from './lab/data.js';
import { files } from './lab/files.js';
import { metrics } from './lab/metrics.js';
import { modelMaker, models } from './lab/models.js';
import { networksOf } from './lab/nn.js';
import { numbers } from './lab/numbers.js';
import { random } from './lab/random.js';
import { recipes } from './lab/recipe.js';
import { scenes } from './lab/scenes.js';
import { tableOf } from './lab/table.js';
import { Store } from './store.js';

/** @typedef {import('./kernel.js').Kernel} Kernel */
/** @typedef {import('./core/model.js').Model} Model */
/** @typedef {import('./core/training.js').Adam} Adam */
/** @typedef {import('./core/training.js').Trainer} Trainer */
/** @typedef {import('./tensor.js').Tensor} Tensor */

/** What cells show, and the controls they offer. @param {Kernel} kernel */
function displays(kernel) {
  const { displays, flow } = kernel;
  /** @typedef {import('./protocol.js').Kind} Kind */
  const figure = (/** @type {Kind} */ kind) =>
    /** @type {import('../figures/parts/values.js').Show} */ (
      (props, check, hands) => new Display(displays, kind, props, check, hands)
    );
  return {
    /** @param {unknown[]} values */
    print: (...values) => displays.print(values.map(format).join(' ')),
    /** @param {Record<string, unknown>[]} rows */
    table: (rows) => new Display(displays, 'table', { rows }, tableOf),
    ...Object.fromEntries(
      Object.entries(figures).map(([kind, offer]) => [kind, offer(figure(/** @type {Kind} */ (kind)))]),
    ),
    /** @param {number} done @param {number} total @param {string} label */
    progress: (done, total, label = '') => displays.progress(kernel.cell, done, total, label),
    /** Call it in every step of a long loop: it lets the page draw, pause, stop. */
    tick: () => flow.tick(),
    ...controls,
    /**
     * Shows controls and calls fn with their values, now and whenever they change: what still runs then ends at its next tick.
     * In place of controls it takes a figure that hands out values, such as a schedule_curve or a weight_curve.
     */
    interact: kernel.interact,
  };
}

/** @param {Kernel} kernel @param {import('./storage.js').Shelf} shelf */
export function createLab(kernel, shelf) {
  const { numpy, torch, api: randomApi } = random(kernel);
  const create = modelMaker(kernel, torch);
  // A loaded model's weights replace the initial ones, whose draw must not disturb the reader's generator.
  const createToLoad = (/** @type {Parameters<typeof create>[0]} */ config) =>
    create(config, new Rng(kernel.core.memory, 0));
  const made = models(kernel, torch);
  const shows = displays(kernel);
  const store = new Store(shelf, createToLoad, kernel.post);
  return Object.freeze({
    ...randomApi,
    ...dataSets(kernel, numpy),
    ...scenes(kernel, numpy),
    ...numbers,
    ...metrics(kernel),
    ...made,
    ...recipes(kernel, made.schedule),
    ...networksOf(kernel, create),
    ...shows,
    ...checks(kernel, shows),
    ...files(kernel, create),
    /** {kernels, threads, mode} of what computes. */
    engine: kernel.core.engineInfo,
    store: {
      /** @param {string} name @param {Model | Adam | Trainer} object @param {Record<string, any>} [info] */
      save: (name, object, info = {}) => store.save(name, object, info, torch),
      /**
       * As save, unless that was done a few seconds ago: after each epoch, so that a training goes on where a reload has ended it.
       * @param {string} name @param {Model | Adam | Trainer} object @param {Record<string, any>} [info]
       */
      checkpoint: (name, object, info = {}) => store.checkpoint(name, object, info, torch),
      /** @param {string} name */
      load: (name) => store.load(name),
      /** @param {string} name */
      info: (name) => store.info(name),
    },
  });
}

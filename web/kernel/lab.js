/** `lab`: everything a cell can use. Names follow PyTorch and NumPy where they have one. */
import { Rng } from './core/random.js';
import { Display, format } from './display.js';
import { messageOf } from './evaluate.js';
import { dataSets } from './lab/data.js';
import { panelled, partsOf } from './lab/figures.js';
import { files } from './lab/files.js';
import { modelMaker, models } from './lab/models.js';
import { numbers } from './lab/numbers.js';
import { random } from './lab/random.js';
import { Store } from './store.js';

/** @typedef {import('./kernel.js').Kernel} Kernel */
/** @typedef {import('./protocol.js').Props} Props */
/** @typedef {{label: string, range: [number, number]}} Axis */
/** @typedef {import('./core/model.js').Model} Model */
/** @typedef {import('./core/training.js').Adam} Adam */
/** @typedef {import('./core/training.js').Trainer} Trainer */
/** @typedef {import('./tensor.js').Tensor} Tensor */

/** What cells show, and the controls they offer. @param {Kernel} kernel */
function displays(kernel) {
  const { displays, flow } = kernel;
  /** @typedef {import('./protocol.js').Kind} Kind */
  const handle = (/** @type {Kind} */ kind, /** @type {Props} */ props) => new Display(displays, kind, props);
  const ofPanels = (/** @type {Kind} */ kind, /** @type {Props} */ props) =>
    new Display(displays, kind, props, (all) => panelled(kind, all));
  return {
    /** @param {unknown[]} values */
    print: (...values) => void displays.show('text', { text: values.map(format).join(' ') }),
    /** @param {Record<string, unknown>[]} rows */
    table: (rows) => handle('table', { rows }),
    /**
     * A line chart; its push() adds points. Point at it, or move along it with the arrow keys, to read all its values.
     * `at` marks a place on the x axis.
     * @param {{title: string, x: string, series: string[], colors?: string[], log?: boolean, at?: number, data?: ArrayLike<number>[]}} props
     */
    chart: (props) => handle('chart', props),
    /**
     * Points in the plane: `sets` in one panel, or several `panels` side by side.
     * @param {{title?: string, sets?: Props[], panels?: Props[], range?: [number, number]}} props
     */
    scatter: (props) => handle('scatter', props),
    /**
     * Pictures in rows: `images` is one (height, width), several (n, 1 or 3, height, width), or a list of single ones;
     * `range` is what black and white stand for. Several `panels` have a title each.
     * @param {{title?: string, images?: Tensor | Tensor[], labels?: string[], columns?: number, range?: [number, number], panels?: Props[]}} props
     */
    grid: (props) => ofPanels('grid', props),
    /**
     * A matrix as colours, its first row on top. `x` and `y` say what columns and rows count, and their first and last.
     * @param {{title?: string, values?: Tensor, range?: [number, number], x?: Axis, y?: Axis, panels?: Props[]}} props
     */
    heatmap: (props) => ofPanels('heatmap', props),
    /**
     * Arrows in the plane: `vectors` (n, 2) start at `points` (n, 2), over a `background` (rows, columns) that covers the
     * whole square, and over `sets` of points. Panels share the length of the arrows and the colours of the background.
     * @param {{title?: string, points?: Tensor, vectors?: Tensor, background?: Tensor, background_range?: [number, number], sets?: Props[], color?: string, panels?: Props[], range?: [number, number]}} props
     */
    field: (props) => ofPanels('field', props),
    /**
     * Frames to play and step through: of points (n, 2), or of pictures (n, 1 or 3, height, width).
     * @param {{labels: string[], panels: {title: string, frames: Tensor[], color?: string, columns?: number}[], compare?: Tensor, range?: [number, number]}} props
     */
    player: (props) => ofPanels('player', props),
    /**
     * A drawing of a MiniUNet and its shapes; `chosen` points out a block.
     * @param {Model} model @param {{title?: string, chosen?: string}} [props]
     */
    network: (model, props = {}) => handle('network', { ...props, ...partsOf(model) }),
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
    /** Shows controls and calls fn with their values, now and whenever they change: what still runs then ends at its next tick. */
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
        why = [message, messageOf(error)].filter(Boolean).join(' ');
      }
      displays.show('check', { name, pass, message: pass ? '' : why });
    },
  };
}

/** @param {Kernel} kernel @param {import('./storage.js').Shelf} shelf */
export function createLab(kernel, shelf) {
  const { numpy, torch, api: randomApi } = random(kernel);
  const create = modelMaker(kernel, torch);
  // A loaded model's weights replace the initial ones, whose draw must not disturb the reader's generator.
  const createToLoad = (/** @type {Parameters<typeof create>[0]} */ config) =>
    create(config, new Rng(kernel.core.memory, 0));
  const store = new Store(shelf, createToLoad, kernel.post);
  return Object.freeze({
    ...randomApi,
    ...dataSets(kernel, numpy),
    ...numbers(kernel),
    ...models(kernel, torch),
    ...displays(kernel),
    ...checks(kernel),
    ...files(kernel, createToLoad),
    /** {kernels, threads, mode} of what computes. */
    engine: kernel.core.engineInfo,
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

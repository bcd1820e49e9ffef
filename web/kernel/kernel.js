/** A kernel: the core, the cells' shared scope and their displays. The worker and Node's tests both run this. */
import { accepts, given } from './controls.js';
import { Display, Displays, format, MOST_DISPLAYS } from './display.js';
import { describeError, Evaluator } from './evaluate.js';
import { Flow, Overtaken } from './flow.js';
import { createLab } from './lab.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').CellError} CellError */
/**
 * `controls`: what is moved, none for a figure; `values`: where it stands; `waiting`: those that its code has not seen yet.
 * @typedef {{cell: string, controls: Record<string, any>, fn: (values: any) => unknown, values: Record<string, any>, waiting: any, running: boolean}} Interaction
 */

export class Kernel {
  /** @type {Map<number, Interaction>} */
  #interactions = new Map();
  #running = false;
  /** Whose code runs. @type {Interaction | null} */
  #interaction = null;
  /** @type {Record<string, any>} */
  #values = {};
  /** The cell whose code is running, or ran last. */
  cell = '';

  /**
   * @param {{core: import('./core.js').Core, shelf: import('./storage.js').Shelf, post: (message: Message) => void,
   *   readAsset?: (name: string) => Promise<Uint8Array>, generation?: number}} parts readAsset: a file of web/data, if there is
   *   a site; generation: how many kernels the page has had before
   */
  constructor({ core, shelf, post, readAsset, generation }) {
    this.core = core;
    this.readAsset =
      readAsset ??
      ((/** @type {string} */ name) => Promise.reject(new Error(`${name}: there is no site here`)));
    this.displays = new Displays(post, generation);
    this.flow = new Flow(
      () => this.displays.flush(),
      (paused) => post({ type: 'paused', paused }),
      () => Boolean(this.#interaction?.waiting),
    );
    this.interact = this.#interact.bind(this);
    this.post = post;
    this.evaluator = new Evaluator({ lab: createLab(this, shelf) });
  }

  /**
   * @param {string} cell @param {string} source @param {import('./evaluate.js').Prepared | null} [prepared]
   * @param {Record<string, any>} [values] where controls start, by name, instead of where the cell says
   * @returns {Promise<CellError | null>}
   */
  async run(cell, source, prepared, values = {}) {
    if (this.flow.interaction) await this.flow.interaction;
    const start = performance.now();
    this.#running = true;
    this.cell = cell;
    this.#values = values;
    for (const [id, each] of this.#interactions) if (each.cell === cell) this.#interactions.delete(id);
    this.displays.open(cell);
    this.flow.reset();
    /** @type {CellError | null} */
    let error = null;
    try {
      error = await this.#guarded(async () => {
        const value = await this.evaluator.run(cell, source, prepared);
        if (value !== undefined && !(value instanceof Display)) this.displays.print(format(value));
      });
    } finally {
      // Whatever a cell has done, the page learns that it has ended.
      this.flow.reset();
      this.#running = false;
      this.post({ type: 'done', cell, error, ms: performance.now() - start });
    }
    return error;
  }

  /** The reader moved a control: the latest values win, and end at its next tick what still runs with older ones. @param {number} id @param {Record<string, any>} values those left out are as before */
  async input(id, values) {
    const interaction = this.#interactions.get(id);
    if (!interaction) return;
    interaction.waiting = interaction.values = { ...interaction.values, ...values };
    if (interaction.running) return;
    const alone = !this.#running;
    if (alone) this.post({ type: 'busy', busy: true });
    const before = this.flow.interaction;
    const run = Promise.resolve(before).then(() => this.#runInteraction(id, interaction));
    this.flow.interaction = run;
    await run;
    if (this.flow.interaction === run) this.flow.interaction = null;
    if (!alone) return;
    this.flow.reset();
    this.post({ type: 'busy', busy: false });
  }

  /** @param {number} id @param {Interaction} interaction */
  async #runInteraction(id, interaction) {
    const outer = this.cell;
    this.cell = interaction.cell;
    interaction.running = true;
    while (interaction.waiting) {
      const values = interaction.waiting;
      interaction.waiting = null;
      await this.displays.within(id, () => this.#guarded(() => this.#call(interaction, values)));
      this.displays.flush(); // what `within` trims
    }
    interaction.running = false;
    this.cell = outer;
  }

  /** The display that is moved, and where its values start. @param {Record<string, {value: any}> | Display} moved */
  #movable(moved) {
    if (moved instanceof Display) {
      if (!moved.values)
        throw new TypeError('this figure hands out no values: those with a curve to drag do, and controls');
      if (moved.id === 0) throw new RangeError(`a cell shows at most ${MOST_DISPLAYS} outputs: split it`);
      return { id: moved.id, controls: {}, values: moved.values };
    }
    for (const [name, control] of Object.entries(moved))
      if (accepts(control, this.#values[name])) control.value = this.#values[name];
    const id = this.displays.show('controls', { controls: moved });
    return {
      id,
      controls: moved,
      values: Object.fromEntries(Object.entries(moved).map(([name, { value }]) => [name, value])),
    };
  }

  /** @param {Record<string, {value: any}> | Display} moved controls, or a figure that hands out values @param {(values: any) => unknown} fn */
  async #interact(moved, fn) {
    const { id, controls, values } = this.#movable(moved);
    /** @type {Interaction} */
    const interaction = { cell: this.cell, controls, fn, values, waiting: null, running: true };
    this.#interactions.set(id, interaction);
    await this.displays.within(id, () => this.#call(interaction, values));
    interaction.running = false;
    // Moved meanwhile.
    if (interaction.waiting) await this.#runInteraction(id, interaction);
  }

  /** @param {Interaction} interaction @param {any} values */
  async #call(interaction, values) {
    const outer = this.#interaction;
    this.#interaction = interaction;
    try {
      await interaction.fn(given(interaction.controls, values));
    } catch (thrown) {
      if (!(thrown instanceof Overtaken)) throw thrown;
    } finally {
      this.#interaction = outer;
    }
  }

  /** Shows what fn throws, and sends on all that is to be shown. @param {() => unknown} fn @returns {Promise<CellError | null>} */
  async #guarded(fn) {
    try {
      await fn();
      this.displays.flush();
      return null;
    } catch (thrown) {
      const error = describeError(thrown, this.cell);
      this.displays.show('error', error);
      try {
        this.displays.flush();
      } catch {
        // Something that no message can carry stood beside the error, which has been sent.
      }
      return error;
    }
  }

  /** What computes cannot be used any more: the page ends this kernel. @param {string} why */
  trapped(why) {
    try {
      this.displays.flush();
    } catch {
      // The reader must hear of it all the same.
    }
    this.post({ type: 'trapped', cell: this.cell, why });
  }
}

/** The cells of a page and the order they run in. */

import { KernelClient } from '../kernel/client.js';
import { Outputs } from '../outputs/outputs.js';
import { againNote } from './again.js';
import { Cell } from './cell.js';

export class Notebook extends EventTarget {
  /** @type {Cell[]} */
  #queue = [];
  /** What has run in this kernel, in that order. @type {Set<Cell>} */
  #ran = new Set();
  /** Ends once nothing waits any more. @type {Promise<void> | null} */
  #drained = null;
  /** @type {Cell | null} */
  running = null;
  progressText = '';
  /** How much of the running cell is done, 0 to 1. */
  progressPart = 0;
  /** Where a shared link wants controls to start. @type {import('../share/share.js').Changes['controls']} */
  linked = {};
  /** Where the reader has put them. @type {import('../share/share.js').Changes['controls']} */
  #moved = {};

  /** @param {HTMLElement} main */
  constructor(main) {
    super();
    this.lesson = main.dataset.lesson ?? '';
    this.cells = [...main.querySelectorAll('.cell')].map(
      (element) =>
        new Cell(
          /** @type {HTMLElement} */ (element),
          this.lesson,
          (cell) => this.run([cell]),
          (cell) => this.dispatchEvent(new CustomEvent('edited', { detail: cell })),
        ),
    );
    this.outputs = new Outputs(
      (id, values, target) => {
        // A link brings nobody the reader's files.
        const plain = Object.entries(values).filter(([, value]) => typeof value !== 'object');
        if (plain.length) this.#moved[target] = { ...this.#moved[target], ...Object.fromEntries(plain) };
        delete this.linked[target];
        this.kernel.input(id, values);
      },
      (target, pass) => this.cell(target)?.check(pass),
      (width, height, pixels) => this.kernel.encodePng(width, height, pixels),
    );
    for (const cell of this.cells) this.outputs.register(cell.id, cell.outputs);
    this.kernel = new KernelClient((message) => {
      if (message.type === 'progress') this.#progress(message);
      else if (message.type === 'kept') this.dispatchEvent(new CustomEvent('kept', { detail: message }));
      else this.outputs.handle(message);
    });
    this.kernel.addEventListener('state', () => {
      if (this.kernel.state === 'off' || this.kernel.state === 'failed') this.outputs.expire();
      if (!this.kernel.busy) for (const cell of this.cells) cell.progress(0);
      if (this.kernel.state === 'ready') this.#open();
      this.#changed();
    });
    this.kernel.addEventListener('trapped', (event) => {
      const error = /** @type {CustomEvent<import('../kernel/client.js').CellError>} */ (event).detail;
      const cell = this.cell(error.cell);
      if (cell) this.#lost(cell, error);
    });
  }

  /** @param {string} id */
  cell(id) {
    return this.cells.find((cell) => cell.id === id);
  }

  /** What Run all runs. */
  cellsToRun = () => this.cells;

  /** The first figure is drawn by itself in each new kernel, unless its code is the reader's own. */
  #open() {
    const [first] = this.cells;
    if (first?.isFirst && !first.edited && first.element.dataset.status === 'idle') this.run([first]);
  }

  /** Whether the reader has run anything. */
  get begun() {
    return this.cells.some(({ element, isFirst }) => !isFirst && element.dataset.status !== 'idle');
  }

  /** Runs cells after those that are waiting; an error drops the rest, but for one in the first figure, on which nothing depends. @param {Cell[]} cells */
  run(cells) {
    const waiting = cells.filter((cell) => cell !== this.running && !this.#queue.includes(cell));
    this.#queue.push(...waiting);
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain() {
    while (this.#queue.length) {
      const cell = /** @type {Cell} */ (this.#queue.shift());
      if (!(await this.#runOne(cell)) && !cell.isFirst) this.#queue = [];
    }
    this.#drained = null;
    this.#changed();
  }

  /** A check's verdicts go: they are about other code than there is now. @param {Cell} check */
  forget(check) {
    if (check === this.running || check.element.dataset.status === 'idle') return;
    this.outputs.clear(check.id);
    this.outputs.settle(check.id);
    check.forget();
  }

  stop() {
    this.#queue = [];
    this.kernel.stop();
  }

  restart() {
    this.#queue = [];
    this.#ran.clear();
    this.kernel.restart();
    for (const cell of this.cells) {
      this.outputs.clear(cell.id);
      this.outputs.settle(cell.id);
      cell.status = 'idle';
    }
  }

  /** Its controls go back to where the cell puts them, or a link. @param {Cell} cell */
  #start(cell) {
    const values = this.linked[cell.id] ?? {};
    delete this.#moved[cell.id];
    return this.kernel.run(cell.id, cell.source, cell.prepared, values);
  }

  /** @param {Cell} cell @returns {Promise<boolean>} false if it failed */
  async #runOne(cell) {
    this.running = cell;
    this.progressText = '';
    this.progressPart = 0;
    this.outputs.clear(cell.id);
    cell.status = 'running';
    const { error, ms } = await this.#start(cell);
    this.#ran.delete(cell);
    if (error && (this.kernel.state === 'off' || this.kernel.state === 'failed')) this.#lost(cell, error);
    else this.#ran.add(cell);
    this.outputs.settle(cell.id);
    cell.time = ms;
    this.running = null;
    cell.status = error ? 'error' : 'ok';
    cell.error = error;
    this.#changed();
    return !error;
  }

  /** The kernel was ended in a cell's code, and could not show why. @param {Cell} cell @param {import('../kernel/client.js').CellError} error */
  #lost(cell, error) {
    const ended = [...this.#ran].filter((each) => each !== cell);
    const again = ended.filter((each) => !each.isFirst);
    this.#ran.clear();
    for (const each of ended) each.status = 'idle';
    cell.status = 'error';
    this.outputs.showError(
      cell.id,
      error,
      againNote(again, () => this.run(again)),
    );
  }

  /** What a link to this state must carry. @returns {import('../share/share.js').Changes} */
  changes() {
    const edited = this.cells.filter((cell) => cell.edited);
    const controls = Object.entries({ ...this.linked, ...this.#moved }).filter(([id]) => this.cell(id));
    return {
      cells: Object.fromEntries(edited.map((cell) => [cell.id, cell.source])),
      controls: Object.fromEntries(controls),
    };
  }

  /** @param {{cell: string, done: number, total: number, label: string}} message */
  #progress({ cell, done, total, label }) {
    this.cell(cell)?.progress(done / total);
    this.progressText = label;
    this.progressPart = total > 0 ? done / total : 0;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

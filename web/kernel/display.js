/** What cells show: queued here, sent to the page at the next yield, the latest state of each display only. */
import { Lines } from './lines.js';
import { Module } from './nn/module.js';
import { Value } from './nn/trace.js';
import { Tensor } from './tensor.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Kind} Kind */
/** @typedef {import('./protocol.js').Props} Props */
/** @typedef {{id: number, kind: Kind}} Slot */
/** What a cell shows in all, and what it would have shown beyond that. @typedef {{shown: number, leftOut: number, note: number}} Count */
/**
 * A cell's outputs, or those of a control's code. `text`: where the next line goes.
 * @typedef {{slots: Slot[], used: number, count: Count, text: {id: number, lines: Lines} | null}} Area
 */

/** A page with more than that below one cell is of no use, and not quick any more. */
export const MOST_DISPLAYS = 200;
/** Each start of a kernel has so many numbers for its displays: none is ever given twice in a page. */
const GENERATION = 2 ** 32;

export class Displays {
  /** @type {Message[]} */
  #queue = [];
  /** Updates wait here, one a display. @type {Map<number, Props>} */
  #updates = new Map();
  /** Text that has grown since the page was told. @type {Map<number, Lines>} */
  #grown = new Map();
  /** @type {Map<string, Message>} */
  #progress = new Map();
  /** @type {Map<string | number, Area>} */
  #targets = new Map();
  #lastId;
  /** Where the next display goes. @type {string | number} */
  target = '';

  /** @param {(message: Message) => void} post @param {number} [generation] how many kernels this page has had before */
  constructor(post, generation = 0) {
    this.post = post;
    this.#lastId = generation * GENERATION;
  }

  /** A cell starts afresh; the page has emptied its outputs. @param {string} cell */
  open(cell) {
    this.target = cell;
    const before = this.#targets.get(cell);
    for (const [target, { count }] of this.#targets)
      if (count === before?.count) this.#targets.delete(target);
    this.#targets.set(cell, { slots: [], used: 0, count: { shown: 0, leftOut: 0, note: 0 }, text: null });
  }

  /** Runs fn with its displays taking the places of those it showed last time. @param {number} id @param {() => unknown} fn */
  async within(id, fn) {
    const outer = this.target;
    const { count } = this.#area();
    const area = this.#targets.get(id) ?? { slots: [], used: 0, count, text: null };
    this.#targets.set(id, area);
    area.count.shown -= area.used;
    area.used = 0;
    area.text = null;
    if (area.slots.some((slot) => slot.id === area.count.note)) area.count.note = area.count.leftOut = 0;
    this.target = id;
    try {
      await fn();
    } finally {
      if (area.slots.length > area.used) {
        area.slots.length = area.used;
        this.#queue.push({ type: 'trim', target: id, count: area.used });
      }
      this.target = outer;
    }
  }

  #area() {
    const area = this.#targets.get(this.target);
    if (!area) throw new Error('nothing can be shown before a cell runs');
    return area;
  }

  /** A line of text, below the one before it. @param {string} line */
  print(line) {
    const area = this.#area();
    if (!area.text) {
      const id = this.show('text', { text: '' });
      if (id === 0) return;
      area.text = { id, lines: new Lines() };
    }
    area.text.lines.add(line);
    this.#grown.set(area.text.id, area.text.lines);
  }

  /**
   * @param {Kind} kind @param {Props} props
   * @returns {number} the display's id; 0 if the cell shows as much as it may and this was left out
   */
  show(kind, props) {
    const area = this.#area();
    // Whether a check passed, and what went wrong, must not be lost; controls would be of no use.
    if (area.count.shown >= MOST_DISPLAYS && kind !== 'error') {
      if (kind === 'check' || kind === 'controls')
        throw new RangeError(`a cell shows at most ${MOST_DISPLAYS} outputs: split it`);
      this.#leaveOut(area.count);
      return 0;
    }
    return this.#place(area, kind, props);
  }

  /** @param {Count} count */
  #leaveOut(count) {
    count.leftOut++;
    const text = `${count.leftOut.toLocaleString('en')} more outputs were left out: a cell shows at most ${MOST_DISPLAYS}.`;
    if (count.note) this.update(count.note, { text });
    else count.note = this.#place(this.#area(), 'text', { text });
  }

  /** @param {Area} area @param {Kind} kind @param {Props} props @returns {number} */
  #place(area, kind, props) {
    const at = area.used++;
    area.count.shown++;
    area.text = null;
    const old = area.slots[at];
    if (old?.kind === kind && kind !== 'controls') {
      this.update(old.id, props);
      return old.id;
    }
    const id = ++this.#lastId;
    area.slots[at] = { id, kind };
    this.#queue.push({ type: 'show', target: this.target, id, at, kind, props: plain(props) });
    return id;
  }

  /** Later values replace earlier ones; rows to `push` pile up. @param {number} id @param {Props} props */
  update(id, props) {
    if (id === 0) return;
    const { push: rows, ...rest } = plain(props);
    const waiting = this.#updates.get(id) ?? {};
    Object.assign(waiting, rest);
    // What was pushed before came after data that is replaced now.
    if (rest.data) delete waiting.push;
    if (rows) {
      waiting.push ??= [];
      waiting.push.push(...rows);
    }
    this.#updates.set(id, waiting);
  }

  /** @param {string} cell @param {number} done @param {number} total @param {string} label */
  progress(cell, done, total, label) {
    if (!(Number.isFinite(done) && Number.isFinite(total) && typeof label === 'string'))
      throw new TypeError('lab.progress takes two numbers, how much is done and of how much, and a text');
    this.#progress.set(cell, { type: 'progress', cell, done, total, label });
  }

  /** Sends on all that waits. What no message can carry is left out, and then this throws. */
  flush() {
    for (const [id, lines] of this.#grown) this.update(id, { text: String(lines) });
    this.#grown.clear();
    const messages = [
      ...this.#queue,
      ...Array.from(this.#updates, ([id, props]) => /** @type {Message} */ ({ type: 'update', id, props })),
      ...this.#progress.values(),
    ];
    this.#queue = [];
    this.#updates.clear();
    this.#progress.clear();
    /** @type {unknown[]} */
    const failures = [];
    for (const message of messages) {
      try {
        this.post(message);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length) throw failures[0];
  }
}

/** What lab.chart and the others give back: its figure can be updated. As a cell's value it shows nothing more. */
export class Display {
  /**
   * @param {Displays} displays @param {Kind} kind @param {Props} given what the cell hands over
   * @param {import('../figures/parts/values.js').Check} check
   * @param {import('../figures/parts/values.js').Hands} [hands] what lab.interact takes from it
   */
  constructor(displays, kind, given, check, hands) {
    this.displays = displays;
    this.check = check;
    const props = check(given);
    this.id = displays.show(kind, props);
    this.given = given;
    /** The values that a reader moves in it, where they start. @type {Props | null} */
    this.values = hands?.(props) ?? null;
  }

  /** @param {Props} changes */
  update(changes) {
    this.displays.update(this.id, this.check(changes, this.given));
    const pushed = (changes.data ? 0 : (this.given.pushed ?? 0)) + (changes.push?.length ?? 0);
    this.given = { ...this.given, ...changes, pushed };
  }

  /** Adds a point to each series of a chart: x, y1, y2, ...; null leaves a gap. @param {(number | null)[]} row */
  push(...row) {
    this.update({ push: [row] });
  }
}

/** Tensors become their numbers, which a message can carry. @param {any} value @returns {any} */
export function plain(value) {
  if (value instanceof Tensor) return value.data.slice();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(
      `what is shown is made of numbers, text, lists and tensors, and not of a ${typeof value}`,
    );
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** How deep a value is shown: one that contains itself has an end, too. */
const DEEPEST = 4;

/** A value as text, the way a console would put it. @param {unknown} value @returns {string} */
export const format = (value) => formatAt(value, 0);

/** @param {unknown} value @param {number} depth @returns {string} */
function formatAt(value, depth) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en') : String(value);
  if (value instanceof Module || value instanceof Value) return value.toString();
  if (typeof value === 'function') return `function ${value.name || 'without a name'}`;
  if (value instanceof Tensor || value instanceof Error) return value.toString();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const list = Array.from(/** @type {Float32Array} */ (value));
    return `[${list.slice(0, 8).join(', ')}${list.length > 8 ? `, ... ${list.length} numbers` : ''}]`;
  }
  if (Array.isArray(value))
    return depth > DEEPEST
      ? '[...]'
      : `[${value
          .slice(0, 20)
          .map((each) => formatAt(each, depth + 1))
          .join(', ')}${value.length > 20 ? ', ...' : ''}]`;
  if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return depth > DEEPEST
      ? '{...}'
      : `{ ${Object.entries(value)
          .map(([key, each]) => `${key}: ${formatAt(each, depth + 1)}`)
          .join(', ')} }`;
  return value && typeof value === 'object' ? value.constructor.name : String(value);
}

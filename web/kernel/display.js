/** What cells show: queued here, sent to the page at the next yield, the latest state of each display only. */
import { Tensor } from './tensor.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Kind} Kind */
/** @typedef {import('./protocol.js').Props} Props */
/** @typedef {{id: number, kind: Kind}} Slot */

export class Displays {
  /** @type {Message[]} */
  #queue = [];
  /** Updates wait here, one a display. @type {Map<number, Props>} */
  #updates = new Map();
  /** @type {Map<string, Message>} */
  #progress = new Map();
  /** @type {Map<string | number, {slots: Slot[], used: number}>} */
  #targets = new Map();
  #lastId = 0;
  /** Where the next display goes. @type {string | number} */
  target = '';

  /** @param {(message: Message) => void} post */
  constructor(post) {
    this.post = post;
  }

  /** A cell starts afresh; the page has emptied its outputs. @param {string} cell */
  open(cell) {
    this.target = cell;
    this.#targets.set(cell, { slots: [], used: 0 });
  }

  /** Runs fn with its displays taking the places of those it showed last time. @param {number} id @param {() => unknown} fn */
  async within(id, fn) {
    const outer = this.target;
    const area = this.#targets.get(id) ?? { slots: [], used: 0 };
    this.#targets.set(id, area);
    area.used = 0;
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

  /** @param {Kind} kind @param {Props} props @returns {number} the display's id */
  show(kind, props) {
    const area = this.#targets.get(this.target);
    if (!area) throw new Error('nothing can be shown before a cell runs');
    const at = area.used++;
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
    const waiting = this.#updates.get(id) ?? {};
    const push = [...(waiting.push ?? []), ...(props.push ?? [])];
    this.#updates.set(id, { ...waiting, ...plain(props), ...(push.length ? { push } : {}) });
  }

  /** @param {string} cell @param {number} done @param {number} total @param {string} label */
  progress(cell, done, total, label) {
    if (!(Number.isFinite(done) && Number.isFinite(total) && typeof label === 'string'))
      throw new TypeError('lab.progress takes two numbers, how much is done and of how much, and a text');
    this.#progress.set(cell, { type: 'progress', cell, done, total, label });
  }

  /** Sends on all that waits. What no message can carry is left out, and then this throws. */
  flush() {
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
   * @param {Displays} displays @param {Kind} kind @param {Props} props
   * @param {(props: Props) => Props} [prepare] makes all its props ready for the page; without it, changes are sent alone
   */
  constructor(displays, kind, props, prepare) {
    this.displays = displays;
    this.prepare = prepare;
    this.props = props;
    this.id = displays.show(kind, prepare ? prepare(props) : props);
  }

  /** @param {Props} props what changes */
  update(props) {
    this.props = this.prepare ? { ...this.props, ...props } : this.props;
    this.displays.update(this.id, this.prepare ? this.prepare(this.props) : props);
  }

  /** Adds a point to each series of a chart: x, y1, y2, ...; null leaves a gap. @param {(number | null)[]} row */
  push(...row) {
    this.displays.update(this.id, { push: [row] });
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

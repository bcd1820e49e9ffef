/** What the kernel shows becomes elements below its cell. */
import { h } from '../../figures/parts/dom.js';
import { createMenu } from '../common/menu.js';
import { download } from '../common/save.js';
import { create as createControls, sayEnded } from './controls.js';
import { loaded, merged } from './loaded.js';

/** @typedef {import('../../kernel/protocol.js').Message} Message */
/** @typedef {import('../../kernel/protocol.js').Props} Props */
/** @typedef {import('../../figures/index.js').Figure} Figure */
/**
 * A display. `figure`: that which it shows, once it is there; `expire`: the kernel that it is moved in has ended, which is told below it unless not wanted.
 * @typedef {{update: (props: any) => void, destroy: () => void, figure?: () => Figure | null, expire?: (tell?: boolean) => void}} View
 */
/** A display with what it shows now. @typedef {{element: HTMLElement, view: View, target: string | number, at: number, kind: Kind, props: Props}} Shown */
/** What of a display outlives its page. @typedef {{id: number, target: string | number, at: number, kind: Kind, props: Props}} Kept */
/** @typedef {import('../../kernel/protocol.js').Kind} Kind */
/** @typedef {(el: HTMLElement, props: any) => View} Create */
/** What lies below a cell, or below controls, by its place. @typedef {{element: HTMLElement, places: Map<number, number>}} Area */

/** A display that is made anew from its props. @param {(props: any) => (Node | string)[]} render @returns {Create} */
const simple = (render) => (el, props) => {
  let state = props;
  el.replaceChildren(...render(state));
  return {
    update(next) {
      state = { ...state, ...next };
      el.replaceChildren(...render(state));
    },
    destroy: () => el.replaceChildren(),
  };
};

/** @param {unknown} value */
function cellText(value) {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return Math.abs(value) < 0.001 ? value.toPrecision(2) : value.toFixed(4);
}

/** @param {{rows: Record<string, unknown>[], more: number}} props */
function table({ rows, more }) {
  const columns = Object.keys(rows[0] ?? {});
  const head = h(
    'tr',
    {},
    ...columns.map((name) => h('th', { scope: 'col', class: typeof rows[0][name] }, name)),
  );
  const body = rows.map((row) =>
    h('tr', {}, ...columns.map((name) => h('td', { class: typeof row[name] }, cellText(row[name])))),
  );
  return [
    h('div', { class: 'scroll', tabindex: 0 }, h('table', {}, h('thead', {}, head), h('tbody', {}, ...body))),
    ...(more ? [`${more.toLocaleString('en')} more rows were left out.`] : []),
  ];
}

/** @param {{name: string, pass: boolean, message: string}} props */
function check({ name, pass, message }) {
  const mark = h('span', { class: 'mark', 'aria-hidden': true }, pass ? '✓' : '○');
  const lines = [h('strong', {}, `${pass ? 'Right' : 'Not yet'}: `), name];
  return [
    mark,
    h('div', {}, h('div', {}, ...lines), ...(message ? [h('div', { class: 'why' }, message)] : [])),
  ];
}

/** @param {import('../../kernel/protocol.js').CellError & {help?: HTMLElement[]}} error help: what can be done, of errors that the page itself reports */
function failure({ name, message, cell, line, help = [] }) {
  const place = line === null ? [] : [h('span', { class: 'place' }, `line ${line} of cell ${cell}`)];
  return [h('strong', {}, name), ` ${message} `, ...place, ...help];
}

/** A file to keep. @param {{name: string, bytes: Uint8Array<ArrayBuffer>, type: string}} props */
function file({ name, bytes, type }) {
  const size = bytes.length < 10_000 ? `${bytes.length} bytes` : `${Math.round(bytes.length / 1000)} KB`;
  const onclick = () => download(name, bytes, type);
  return [h('button', { type: 'button', onclick }, `Save ${name}`), ` ${size}`];
}

/**
 * A cell may ask for what cannot be drawn: that is told in its place.
 * @param {HTMLElement} element @param {unknown} error @returns {View}
 */
function undrawable(element, error) {
  const why = error instanceof Error ? error.message : String(error);
  element.replaceChildren(
    h('strong', {}, 'This cannot be drawn: '),
    `${why}. Look at what the cell hands to lab.${element.classList[1]}.`,
  );
  element.classList.add('error');
  return { update() {}, destroy() {} };
}

/** A figure, whose module is loaded when it is first needed. @param {string} kind @param {(values: Record<string, any>) => void} change @param {typeof undrawable} [failed] @returns {Create} */
const figureOf =
  (kind, change, failed = undrawable) =>
  (el, props) =>
    loaded(el, props, () => import(`../../figures/${kind}.js`), failed, change);

/** @type {Record<string, Create>} */
const VIEWS = {
  text: simple(({ text }) => [text]),
  table: simple(table),
  check: simple(check),
  error: simple(failure),
  file: simple(file),
};

/** What is told of a run, and would be wrong of a later one. @type {Set<Kind>} */
const OF_ITS_RUN = new Set(['check', 'error', 'file']);

export class Outputs {
  /** @type {Map<number, Shown>} */
  #shown = new Map();
  /** @type {Map<string | number, Area>} */
  #areas = new Map();
  /** What the page shows by itself has numbers below zero. */
  #lastOwn = 0;
  /** Is told of a cell that shows something else now. @type {(cell: string) => void} */
  noteShown = () => {};

  /**
   * @param {(id: number, values: Record<string, any>, target: string | number) => void} onInput
   * @param {(cell: string, pass: boolean) => void} onCheck
   * @param {import('./export.js').EncodePng} encodePng
   */
  constructor(onInput, onCheck, encodePng) {
    this.onInput = onInput;
    this.onCheck = onCheck;
    this.encodePng = encodePng;
  }

  /** @param {string} cell @param {HTMLElement} element */
  register(cell, element) {
    this.#areas.set(cell, { element, places: new Map() });
  }

  /** Empties a cell but keeps its height, so that nothing jumps while it runs again. @param {string} cell */
  clear(cell) {
    const area = this.#areas.get(cell);
    if (!area) return;
    area.element.style.minHeight = `${area.element.offsetHeight}px`;
    for (const id of area.places.values()) this.#remove(id);
    area.places.clear();
    this.noteShown(cell);
  }

  /** The cell has ended. @param {string} cell */
  settle(cell) {
    this.#areas.get(cell)?.element.style.removeProperty('min-height');
  }

  /** The kernel has ended, and with it what moving its controls would run. */
  expire() {
    for (const { view } of this.#shown.values()) view.expire?.();
  }

  /** @param {Message} message */
  handle(message) {
    if (message.type === 'update') this.#update(message.id, message.props);
    else if (message.type === 'show') this.#show(message);
    else if (message.type === 'trim') this.#trim(message);
    if ('id' in message) this.#note(this.#shown.get(message.id)?.target);
    else if ('target' in message) this.#note(message.target);
  }

  /** @param {string | number | undefined} target */
  #note(target) {
    let cell = target;
    while (typeof cell === 'number') cell = this.#shown.get(cell)?.target;
    if (cell !== undefined) this.noteShown(cell);
  }

  /** What stands below a cell now, what holds others before those. @param {string | number} target @returns {Kept[]} */
  shownBy(target) {
    return [...(this.#areas.get(target)?.places.values() ?? [])].flatMap((id) => {
      const shown = this.#shown.get(id);
      if (!shown || OF_ITS_RUN.has(shown.kind)) return [];
      const { at, kind, props } = shown;
      return [{ id, target, at, kind, props }, ...this.shownBy(id)];
    });
  }

  /**
   * Shows what stood below a cell in an earlier page; no kernel is behind it.
   * @param {string} cell @param {Kept[]} displays @param {() => void} failed that is no picture of ours
   */
  restore(cell, displays, failed) {
    /** @type {Map<string | number, string | number>} */
    const now = new Map([[cell, cell]]);
    let begun = false;
    let broken = false;
    const undrawn = () => {
      broken = true;
      if (begun) failed();
      return { update() {}, destroy() {} };
    };
    for (const { id, target, at, kind, props } of displays) {
      const place = now.get(target);
      if (place === undefined || OF_ITS_RUN.has(kind) || broken) return failed();
      const own = --this.#lastOwn;
      now.set(id, own);
      this.#show({ type: 'show', target: place, id: own, at, kind, props }, undrawn);
      this.#shown.get(own)?.view.expire?.(false);
    }
    begun = true;
    if (broken) failed();
  }

  /** @param {Extract<Message, {type: 'trim'}>} message */
  #trim({ target, count }) {
    const places = this.#areas.get(target)?.places ?? new Map();
    for (const [at, id] of places)
      if (at >= count) {
        places.delete(at);
        this.#remove(id);
      }
  }

  /**
   * An error that the page itself reports, at the end of a cell.
   * @param {string} cell @param {import('../../kernel/protocol.js').CellError} error @param {HTMLElement[]} help what can be done
   */
  showError(cell, error, help = []) {
    const places = this.#areas.get(cell)?.places;
    if (!places) return;
    const at = Math.max(-1, ...places.keys()) + 1;
    this.#show({
      type: 'show',
      target: cell,
      id: --this.#lastOwn,
      at,
      kind: 'error',
      props: { ...error, help },
    });
  }

  /** @param {Extract<Message, {type: 'show'}>} message @param {typeof undrawable} [failed] what stands in for it then */
  #show({ target, id, at, kind, props }, failed = undrawable) {
    const area = this.#areas.get(target) ?? this.#below(Number(target));
    if (!area) return;
    const state = kind === 'check' ? { 'data-check': props.pass ? 'pass' : 'fail' } : {};
    const element = h('div', { class: `display ${kind}`, ...state });
    const old = this.#shown.get(area.places.get(at) ?? Number.NaN);
    if (old) old.element.before(element);
    else area.element.insertBefore(element, this.#after(area, at));
    this.#remove(area.places.get(at) ?? Number.NaN);
    area.places.set(at, id);
    const own = Object.hasOwn(VIEWS, kind) ? VIEWS[kind] : undefined;
    const create =
      own ??
      (kind === 'controls'
        ? this.#controls(id, target)
        : figureOf(kind, (values) => this.onInput(id, values, target), failed));
    /** @type {View} */
    let view;
    try {
      view = create(element, props);
    } catch (error) {
      view = failed(element, error);
    }
    this.#shown.set(id, { element, view, target, at, kind, props });
    const { figure } = view;
    if (figure) element.append(this.#menu(element, figure));
    if (kind === 'check') this.onCheck(String(target), props.pass);
  }

  /** What a display at that place stands before. @param {Area} area @param {number} at */
  #after({ places }, at) {
    const next = Math.min(...[...places.keys()].filter((each) => each > at));
    return this.#shown.get(places.get(next) ?? Number.NaN)?.element ?? null;
  }

  /** What is made of the values of a figure is shown below it. @param {number} id */
  #below(id) {
    const shown = this.#shown.get(id);
    if (!shown?.view.figure) return;
    const element = h('div', { class: 'outputs' });
    shown.element.after(element);
    shown.view.expire = (tell = true) => tell && sayEnded(element);
    const area = { element, places: new Map() };
    this.#areas.set(id, area);
    return area;
  }

  /** @param {number} id @param {string | number} target @returns {Create} */
  #controls = (id, target) => (el, props) => {
    const controls = createControls(el, props, (values) => this.onInput(id, values, target));
    this.#areas.set(id, { element: controls.area, places: new Map() });
    return controls;
  };

  /** @param {number} id @param {Props} next */
  #update(id, next) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    shown.props = merged(shown.props, next);
    try {
      shown.view.update(next);
    } catch (error) {
      shown.view = undrawable(shown.element, error);
    }
  }

  /** What can be saved of a figure. @param {HTMLElement} element @param {() => Figure | null} figure */
  #menu(element, figure) {
    const items = async () => {
      const now = figure();
      return now ? (await import('./export.js')).itemsFor(now, element, this.encodePng) : [];
    };
    return createMenu('Save', items, { name: 'Save this figure' });
  }

  /** @param {number} id */
  #remove(id) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    this.#shown.delete(id);
    for (const each of this.#areas.get(id)?.places.values() ?? []) this.#remove(each);
    this.#areas.get(id)?.element.remove();
    this.#areas.delete(id);
    shown.view.destroy();
    shown.element.remove();
  }
}

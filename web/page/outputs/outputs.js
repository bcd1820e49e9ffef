/** What the kernel shows becomes elements below its cell. */
import { h } from '../../figures/dom.js';
import { create as createScatter } from '../../figures/scatter.js';
import { createMenu } from '../common/menu.js';
import { download } from '../common/save.js';
import { create as createControls } from './controls.js';

/** @typedef {import('../../kernel/protocol.js').Message} Message */
/** @typedef {import('../../kernel/protocol.js').Props} Props */
/** @typedef {{update: (props: any) => void, destroy: () => void}} Figure */
/** @typedef {{element: HTMLElement, figure: Figure, target: string | number, kind: string, props: Props}} Shown `props`: as they are now */
/** @typedef {(el: HTMLElement, props: any) => Figure} Create */

/** A figure whose code is loaded when it is first needed; updates wait for it. @param {() => Promise<{create: Create}>} load @returns {Create} */
const lazy = (load) => (el, props) => {
  /** @type {Figure | null} */
  let figure = null;
  /** @type {any[]} */
  const waiting = [];
  let ended = false;
  load().then(({ create }) => {
    if (ended) return;
    try {
      figure = create(el, props);
      for (const next of waiting) figure.update(next);
    } catch (error) {
      figure = undrawable(el, error);
    }
  });
  return {
    update: (next) => (figure ? figure.update(next) : waiting.push(next)),
    destroy() {
      ended = true;
      figure?.destroy();
    },
  };
};

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

/** @param {{rows: Record<string, unknown>[]}} props */
function table({ rows }) {
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

/** @param {import('../../kernel/protocol.js').CellError} error */
function failure({ name, message, cell, line }) {
  const place = line === null ? [] : [h('span', { class: 'place' }, `line ${line} of cell ${cell}`)];
  return [h('strong', {}, name), ` ${message} `, ...place];
}

/** A file to keep. @param {{name: string, bytes: Uint8Array<ArrayBuffer>, type: string}} props */
function file({ name, bytes, type }) {
  const size = bytes.length < 10_000 ? `${bytes.length} bytes` : `${Math.round(bytes.length / 1000)} KB`;
  const onclick = () => download(name, bytes, type);
  return [h('button', { type: 'button', onclick }, `Save ${name}`), ` ${size}`];
}

/** @param {HTMLElement} element @param {unknown} error @returns {Figure} */
function undrawable(element, error) {
  const why = error instanceof Error ? error.message : String(error);
  element.replaceChildren(
    h('strong', {}, 'This cannot be drawn: '),
    `${why}. Look at what the cell hands to lab.${element.classList[1]}.`,
  );
  element.classList.add('error');
  return { update() {}, destroy() {} };
}

/** What can be saved. */
const FIGURES = new Set(['scatter', 'player', 'chart', 'grid', 'heatmap', 'field', 'network']);

/** A figure's props after an update; rows to `push` go to the end of its columns. @param {Props} props @param {Props} next */
function merged(props, { push = [], ...next }) {
  const data = next.data ?? props.data ?? [];
  if (push.length === 0) return { ...props, ...next };
  const columns = Array.from(push[0], (_, k) => [
    ...Array.from(data[k] ?? []),
    ...push.map((/** @type {(number | null)[]} */ row) => row[k] ?? null),
  ]);
  return { ...props, ...next, data: columns };
}

export class Outputs {
  /** @type {Map<number, Shown>} */
  #shown = new Map();
  /** @type {Map<string | number, HTMLElement>} */
  #targets = new Map();

  /**
   * @param {(id: number, values: Record<string, any>, target: string | number) => void} onInput
   * @param {(cell: string, pass: boolean) => void} onCheck
   * @param {import('./export.js').EncodePng} encodePng
   */
  constructor(onInput, onCheck, encodePng) {
    this.onCheck = onCheck;
    this.encodePng = encodePng;
    /** @type {Record<string, Create>} */
    this.kinds = {
      text: simple(({ text }) => [text]),
      table: simple(table),
      check: simple(check),
      error: simple(failure),
      file: simple(file),
      scatter: createScatter,
      player: lazy(() => import('../../figures/player.js')),
      chart: lazy(() => import('../../figures/chart.js')),
      grid: lazy(() => import('../../figures/grid.js')),
      heatmap: lazy(() => import('../../figures/heatmap.js')),
      field: lazy(() => import('../../figures/field.js')),
      network: lazy(() => import('../../figures/network.js')),
      controls: (el, props) => {
        const id = Number(el.dataset.display);
        const controls = createControls(el, props, (values) =>
          onInput(id, values, this.#shown.get(id)?.target ?? ''),
        );
        this.#targets.set(id, controls.area);
        return controls;
      },
    };
  }

  /** @param {string} cell @param {HTMLElement} element */
  register(cell, element) {
    this.#targets.set(cell, element);
  }

  /** Empties a cell but keeps its height, so that nothing jumps while it runs again. @param {string} cell */
  clear(cell) {
    const element = this.#targets.get(cell);
    if (!element) return;
    element.style.minHeight = `${element.offsetHeight}px`;
    for (const [id, { element: each }] of this.#shown) if (element.contains(each)) this.#remove(id);
  }

  /** The cell has ended. @param {string} cell */
  settle(cell) {
    this.#targets.get(cell)?.style.removeProperty('min-height');
  }

  /** @param {Message} message */
  handle(message) {
    if (message.type === 'update') this.#update(message.id, message.props);
    else if (message.type === 'show') this.#show(message);
    else if (message.type === 'trim')
      for (const [id, { target, element }] of this.#shown)
        if (target === message.target && Number(element.dataset.at) >= message.count) this.#remove(id);
  }

  /**
   * An error that the page itself reports.
   * @param {string} cell @param {import('../../kernel/protocol.js').CellError} error @param {HTMLElement[]} help what can be done
   */
  showError(cell, error, help = []) {
    const box = h('div', { class: 'display error' }, ...failure(error), ...help);
    this.#targets.get(cell)?.append(box);
    this.#shown.set(-this.#shown.size - 1, {
      element: box,
      figure: { update() {}, destroy() {} },
      target: cell,
      kind: 'error',
      props: {},
    });
  }

  /** @param {Extract<Message, {type: 'show'}>} message */
  #show({ target, id, at, kind, props }) {
    const parent = this.#targets.get(target);
    if (!parent) return;
    for (const [old, shown] of this.#shown)
      if (shown.target === target && shown.element.dataset.at === String(at)) this.#remove(old);
    const state = kind === 'check' ? { 'data-check': props.pass ? 'pass' : 'fail' } : {};
    const element = h('div', { class: `display ${kind}`, 'data-display': id, 'data-at': at, ...state });
    const next = [...parent.children].find(
      (each) => Number(/** @type {HTMLElement} */ (each).dataset.at) > at,
    );
    parent.insertBefore(element, next ?? null);
    const shown = { element, figure: this.#create(kind, element, props), target, kind, props };
    this.#shown.set(id, shown);
    if (FIGURES.has(kind)) element.append(this.#menu(shown));
    if (kind === 'check') this.onCheck(String(target), props.pass);
  }

  /** @param {number} id @param {Props} next */
  #update(id, next) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    shown.props = merged(shown.props, next);
    try {
      shown.figure.update(next);
    } catch (error) {
      shown.figure = undrawable(shown.element, error);
    }
  }

  /** A cell may ask for what cannot be drawn: that is told in its place. @param {string} kind @param {HTMLElement} element @param {Props} props */
  #create(kind, element, props) {
    try {
      return this.kinds[kind](element, props);
    } catch (error) {
      return undrawable(element, error);
    }
  }

  /** What can be saved of a figure. @param {Shown} shown */
  #menu(shown) {
    const items = async () => (await import('./export.js')).itemsFor(shown, this.encodePng);
    return createMenu('Save', items, { name: 'Save this figure' });
  }

  /** @param {number} id */
  #remove(id) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    this.#shown.delete(id);
    this.#targets.delete(id);
    shown.figure.destroy();
    shown.element.remove();
  }
}

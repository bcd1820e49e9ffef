/** A table of numbers as colours: rows from top to bottom, with the scale beside it. */
import { numbered } from './parts/arrays.js';
import { colour, h, short } from './parts/dom.js';
import { createPanel, createPanels } from './parts/panel.js';
import { colourScale, createKey, extent, rangeOf, raster } from './parts/raster.js';
import { createReading, tabular } from './parts/reading.js';
import { got, matrix, named, panelled, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/raster.js').Shaped} Shaped */
/** @typedef {{label: string, range: [number, number]}} Axis what the columns or rows count, and the first and last of them */
/** @typedef {{title?: string, values: Shaped, range?: [number, number], x?: Axis, y?: Axis}} Panel */

/** @param {unknown} value @returns {Axis} */
function axis(value) {
  const { label, range: ends } = named('an axis', value, ['label', 'range']);
  const [first, last, more] = Array.isArray(ends) ? ends : [];
  if (!Number.isFinite(first) || !Number.isFinite(last) || more !== undefined)
    throw new TypeError(`an axis has a range of two numbers, [first, last], got ${got(ends)}`);
  return { label: word('the label of an axis', label), range: [first, last] };
}

const shared = { range: (/** @type {unknown} */ value) => span('range', value), x: axis, y: axis };

const check = panelled('heatmap', ['title', 'values', 'range', 'x', 'y'], shared, (panel, all) => ({
  ...all,
  ...present(panel, { ...shared, title: (title) => word('title', title) }),
  values: matrix('values', panel.values),
}));

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * A matrix as colours, its first row on top. `x` and `y` say what columns and rows count, and their first and last.
   * @param {{title?: string, values?: object, range?: [number, number], x?: Axis, y?: Axis, panels?: object[]}} props
   */
  (props) =>
    show(props, check);

/** Where a number stands, by what columns and rows count. @param {Panel} panel @param {number} i */
function placeOf({ values, x, y }, i) {
  const [rows, columns] = values.shape;
  const count = (/** @type {Axis=} */ axis, /** @type {number} */ k, /** @type {number} */ n) =>
    short(axis ? axis.range[0] + ((axis.range[1] - axis.range[0]) * k) / Math.max(1, n - 1) : k + 1);
  const column = `${x?.label ?? 'column'} ${count(x, i % columns, columns)}`;
  return `${column}, ${y?.label ?? 'row'} ${count(y, Math.floor(i / columns), rows)}`;
}

/** The numbers, for whoever points at one. @param {Panel} panel @param {HTMLCanvasElement} canvas @returns {import('./parts/reading.js').Numbers} */
const numbersOf = (panel, canvas) => ({
  ...tabular(canvas, panel.values.shape),
  name: panel.title || 'the numbers',
  read: (i) => ({ place: placeOf(panel, i), values: [['', panel.values.data[i]]] }),
});

/** @param {Panel} panel */
function inWords(panel) {
  const { title, values, x, y } = panel;
  const [rows, columns] = values.shape;
  const [least, most] = extent(values.data);
  if (Array.prototype.indexOf.call(values.data, most) < 0) return `${title || 'Numbers as colours'}: none.`;
  const at = (/** @type {number} */ value) =>
    `${short(value)} at ${placeOf(panel, Array.prototype.indexOf.call(values.data, value))}`;
  const axes = `${rows} rows${y ? ` (${y.label})` : ''}, ${columns} columns${x ? ` (${x.label})` : ''}`;
  return `${title || 'Numbers as colours'}: ${axes}. The least is ${at(least)}; the most ${at(most)}.`;
}

/** @param {Axis | undefined} axis @param {string} side */
const axisLine = (axis, side) =>
  h(
    'div',
    { class: `axis ${side}`, 'aria-hidden': true },
    ...(axis ? [short(axis.range[0]), axis.label, short(axis.range[1])] : []).map((text) =>
      h('span', {}, text),
    ),
  );

/** @param {HTMLElement} el @param {Panel} options */
function createOne(el, options) {
  let state = options;
  const panel = createPanel(el, 'heat', (g) => {
    const [rows, columns] = state.values.shape;
    const scale = colourScale(panel.root, rangeOf(state.values.data, state.range));
    const wrong = colour(panel.root, 'axis');
    g.imageSmoothingEnabled = false;
    const cells = raster(columns, rows, (x, y) => {
      const value = state.values.data[y * columns + x];
      return Number.isFinite(value) ? scale.at(value) : wrong;
    });
    g.drawImage(cells, 0, 0, g.canvas.width, g.canvas.height);
    key(scale);
  });
  const [rows, columns] = state.values.shape;
  const shape = Math.min(4, Math.max(0.5, columns / rows));
  panel.canvas.style.aspectRatio = String(shape);
  panel.canvas.classList.toggle('oblong', shape > 2);
  const frame = h('div', { class: 'axes' });
  panel.canvas.before(frame);
  frame.append(axisLine(state.y, 'y'), panel.canvas, axisLine(state.x, 'x'));
  const reading = createReading(panel.canvas, () => numbersOf(state, panel.canvas));
  const key = createKey(panel.root);

  /** @param {Partial<Panel>} next */
  function update(next) {
    state = { ...state, ...next };
    panel.say(state.title ?? '', [], inWords(state));
    panel.redraw();
    reading.fit();
  }
  update({});
  return { root: panel.root, update, destroy: panel.destroy };
}

/** @param {HTMLElement} el @param {{panels: Panel[]}} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let { panels } = options;
  const figure = createPanels(el, options, createOne);
  return {
    ...figure,
    /** @param {{panels: Panel[]}} next */
    update(next) {
      panels = next.panels;
      figure.update(next);
    },
    arrays: () => numbered(panels.map(({ values }) => [values])),
  };
}

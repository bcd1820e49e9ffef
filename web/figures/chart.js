/** A line chart that grows while the cell runs (uPlot). */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, framed, h, onLook, short } from './dom.js';

/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {string} x what the axis counts
 * @property {string[]} series
 * @property {string[]} [colors]
 * @property {boolean} [log]
 * @property {ArrayLike<number | null>[]} [data] x, then one list a series
 * @property {(number | null)[][]} [push] rows to add
 */

/** Epochs, steps and timesteps are whole numbers, and so are the marks on their axis. */
const WHOLE = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((p) => n * 10 ** p)).sort((a, b) => a - b);
const COLOURS = ['eps', 'x0', 'xt', 'abar'];

/** @param {Options} o @param {HTMLElement} el where it goes @returns {uPlot.Options} */
function plotOptions(o, el) {
  const rgb = (/** @type {string} */ name) => `rgb(${colour(el, name)})`;
  const font = '12px "Inter Variable", sans-serif';
  const axis = {
    stroke: rgb('axis'),
    grid: { stroke: rgb('grid'), width: 1 },
    ticks: { show: false },
    font,
    labelFont: font,
  };
  return {
    width: el.clientWidth,
    height: el.clientHeight,
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: { x: { time: false }, y: { distr: o.log ? 3 : 1 } },
    axes: [
      { ...axis, label: o.x, labelSize: 20, size: 32, incrs: WHOLE },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((v) => (v === null ? '' : short(v))) },
    ],
    series: [
      {},
      ...o.series.map((label, i) => ({
        label,
        stroke: rgb(o.colors?.[i] ?? COLOURS[i % COLOURS.length]),
        width: i === 0 ? 2 : 1.5,
        points: { show: false },
        spanGaps: true,
      })),
    ],
  };
}

/** @param {Options} o @param {(number | null)[][]} data */
function inWords(o, data) {
  const parts = o.series.map((label, i) => {
    const values = data[i + 1].filter((v) => v !== null);
    if (values.length === 0) return `${label}: nothing yet`;
    const last = short(/** @type {number} */ (values.at(-1)));
    return `${label}: from ${short(/** @type {number} */ (values[0]))} to ${last} in ${values.length} points`;
  });
  return `${o.title || 'Line chart'} over ${o.x}. ${parts.join('; ')}.`;
}

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let o = options;
  /** @type {(number | null)[][]} */
  let data = [];
  const legend = h('span', { class: 'legend' });
  const caption = h('figcaption', { class: 'panel-title' }, o.title ?? '', legend);
  const box = h('div', { class: 'plot', role: 'img' });
  const figure = h('figure', { class: 'lines' }, caption, box);
  el.append(figure);
  /** @type {uPlot | null} */
  let plot = null;

  const alive = () => figure.isConnected && box.clientWidth > 0;
  const rebuild = framed(() => {
    plot?.destroy();
    plot = alive() ? new uPlot(plotOptions(o, box), /** @type {any} */ (data), box) : null;
  });
  const redraw = framed(() => {
    plot?.setData(/** @type {any} */ (data));
    box.setAttribute('aria-label', inWords(o, data));
  });

  /** @param {Partial<Options>} next */
  function update({ push, ...next }) {
    o = { ...o, ...next };
    if (next.data || data.length === 0)
      data = Array.from({ length: o.series.length + 1 }, (_, i) => Array.from(next.data?.[i] ?? []));
    for (const row of push ?? []) for (let i = 0; i < data.length; i++) data[i].push(row[i] ?? null);
    legend.replaceChildren(
      ...o.series.map((label, i) =>
        h('span', { style: `--dot: var(--c-${o.colors?.[i] ?? COLOURS[i % 4]})` }, label),
      ),
    );
    redraw();
  }

  const end = onLook(box, rebuild);
  update(options);
  return {
    update,
    destroy() {
      end();
      plot?.destroy();
      figure.remove();
    },
  };
}

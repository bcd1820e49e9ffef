/** A line chart that grows while the cell runs (uPlot). Its values are read by mouse, touch and keyboard. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, framed, h, onLook, short } from './dom.js';

/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {string} x what the axis counts
 * @property {string[]} series
 * @property {string[]} [colors]
 * @property {boolean} [log] a logarithmic y axis: what is not above zero is left out
 * @property {number} [at] a place on the x axis to mark
 * @property {ArrayLike<number | null>[]} [data] x, then one list a series
 * @property {(number | null)[][]} [push] rows to add
 */

/** Epochs, steps and timesteps are whole numbers, and so are the marks on their axis. */
const WHOLE = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((p) => n * 10 ** p)).sort((a, b) => a - b);
const COLOURS = ['eps', 'x0', 'xt', 'abar'];

/** @param {Options} o @param {number} i */
const colourName = (o, i) => o.colors?.[i] ?? COLOURS[i % COLOURS.length];

/** Powers of ten, at most seven of them. @param {uPlot} _ @param {number} __ @param {number} low @param {number} high */
function decades(_, __, low, high) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first) / 6));
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  return Array.from({ length: count }, (___, k) => 10 ** (last - k * step)).reverse();
}

/** All marks of the axis are labelled. @param {uPlot} _ @param {number[]} ticks */
const filter = (_, ticks) => ticks;

/** A line across the plot at o.at. @param {uPlot} u @param {Options} o @param {string} css */
function markPlace(u, { at }, css) {
  if (at === undefined) return;
  const x = Math.round(u.valToPos(at, 'x', true)) + 0.5;
  u.ctx.save();
  u.ctx.strokeStyle = css;
  u.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(x, u.bbox.top);
  u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
  u.ctx.stroke();
  u.ctx.restore();
}

/** @param {() => Options} now @param {HTMLElement} el where it goes @param {(u: uPlot) => void} onCursor @returns {uPlot.Options} */
function plotOptions(now, el, onCursor) {
  const o = now();
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
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    hooks: { setCursor: [onCursor], draw: [(u) => markPlace(u, now(), rgb('axis'))] },
    scales: { x: { time: false }, y: { distr: o.log ? 3 : 1 } },
    axes: [
      { ...axis, label: o.x, labelSize: 20, size: 32, incrs: WHOLE },
      {
        ...axis,
        size: 52,
        values: (_, ticks) => ticks.map(short),
        ...(o.log ? { splits: decades, filter } : {}),
      },
    ],
    series: [
      {},
      ...o.series.map((label, i) => ({
        label,
        stroke: rgb(colourName(o, i)),
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
  const mark = o.at === undefined ? '' : ` Marked: ${o.x} ${short(o.at)}.`;
  return `${o.title || 'Line chart'} over ${o.x}. ${parts.join('; ')}.${mark}`;
}

/**
 * Reads all values at one place of the x axis: by mouse, by touch, and by a slider that only the keyboard finds.
 * @param {HTMLElement} frame @param {() => {o: Options, data: (number | null)[][], plot: uPlot | null}} now
 */
function createReader(frame, now) {
  const box = h('div', { class: 'readout', hidden: true, 'aria-hidden': true });
  const slider = h('input', { type: 'range', class: 'unseen', min: 0, value: 0 });
  frame.append(box, slider);

  /** @param {number} x @param {number} y */
  const move = (x, y) => now().plot?.setCursor({ left: x, top: y });
  slider.oninput = slider.onfocus = () => {
    const { plot, data } = now();
    if (plot) move(plot.valToPos(data[0][Number(slider.value)] ?? 0, 'x'), plot.over.clientHeight / 2);
  };
  slider.onblur = () => move(-10, -10);
  const byTouch = (/** @type {PointerEvent} */ { pointerType, clientX, clientY }) => {
    const { plot } = now();
    if (!plot || pointerType !== 'touch') return;
    const { left, top } = plot.over.getBoundingClientRect();
    move(clientX - left, clientY - top);
  };
  frame.addEventListener('pointerdown', byTouch);
  frame.addEventListener('pointermove', byTouch);

  return {
    /** The chart has new numbers. */
    fit() {
      const { o, data } = now();
      slider.max = String(Math.max(0, data[0].length - 1));
      slider.setAttribute('aria-label', `Read ${o.title || 'the chart'} at ${o.x}`);
    },
    /** @param {uPlot} u whose cursor has moved */
    show(u) {
      const { o, data } = now();
      const i = u.cursor.idx ?? -1;
      const x = data[0]?.[i];
      box.hidden = x === undefined;
      if (x === undefined) return;
      const place = `${o.x} = ${short(x ?? 0)}`;
      const rows = o.series.map((label, k) => {
        const value = data[k + 1][i];
        return {
          label,
          text: value === null ? 'none' : short(value),
          dot: `--dot: var(--c-${colourName(o, k)})`,
        };
      });
      box.classList.toggle('left', (u.cursor.left ?? 0) > u.over.clientWidth / 2);
      box.replaceChildren(
        h('strong', {}, place),
        ...rows.map(({ label, text, dot }) =>
          h('div', { style: dot }, h('span', {}, label), h('b', {}, text)),
        ),
      );
      slider.value = String(i);
      const said = rows.map(({ label, text }) => `${label} ${text}`).join(', ');
      slider.setAttribute('aria-valuetext', `${place}: ${said}`);
    },
  };
}

/** What the axes and lines depend on: where it changes, the plot is made anew. @param {Options} o */
const looks = ({ x, series, colors, log }) => JSON.stringify([x, series, colors, log]);

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let o = options;
  /** @type {(number | null)[][]} */
  let data = [];
  const legend = h('span', { class: 'legend' });
  const caption = h('figcaption', { class: 'panel-title' });
  const box = h('div', { class: 'plot', role: 'img' });
  const frame = h('div', { class: 'plot-frame' }, box);
  const figure = h('figure', { class: 'lines' }, caption, frame);
  el.append(figure);
  /** @type {uPlot | null} */
  let plot = null;
  const reader = createReader(frame, () => ({ o, data, plot }));

  const alive = () => figure.isConnected && box.clientWidth > 0;
  const drawn = () =>
    /** @type {any} */ (
      o.log ? data.map((list, i) => (i ? list.map((v) => (v !== null && v > 0 ? v : null)) : list)) : data
    );
  const rebuild = framed(() => {
    plot?.destroy();
    plot = alive()
      ? new uPlot(
          plotOptions(() => o, box, reader.show),
          drawn(),
          box,
        )
      : null;
  });
  const redraw = framed(() => {
    plot?.setData(drawn());
    reader.fit();
    box.setAttribute('aria-label', inWords(o, data));
  });

  /** @param {Partial<Options>} next */
  function update({ push, ...next }) {
    const before = looks(o);
    o = { ...o, ...next };
    if (next.data || data.length === 0)
      data = Array.from({ length: o.series.length + 1 }, (_, i) => Array.from(next.data?.[i] ?? []));
    for (const row of push ?? []) for (let i = 0; i < data.length; i++) data[i].push(row[i] ?? null);
    legend.replaceChildren(
      ...o.series.map((label, i) => h('span', { style: `--dot: var(--c-${colourName(o, i)})` }, label)),
    );
    caption.replaceChildren(o.title ?? '', legend);
    if (looks(o) !== before) rebuild();
    redraw();
  }

  const end = onLook(box, rebuild);
  // A size is not observed far from the window.
  rebuild();
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

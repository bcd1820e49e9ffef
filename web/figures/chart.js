/** A line chart that grows while the cell runs (uPlot). Its values are read by mouse, touch and keyboard. */
import { colourName, colourOf, dot } from './parts/colours.js';
import { colour, framed, h, onLook, short } from './parts/dom.js';
import { label } from './parts/label.js';
import { svgFile, svgTitle } from './parts/svg.js';
import { got, listed, named, numbers, present, span, word } from './parts/values.js';

/** @typedef {typeof import('./parts/plot.js')['uPlot']} Plot */
/** @typedef {InstanceType<Plot>} Drawn */
/** @typedef {ConstructorParameters<Plot>[0]} PlotOptions */

/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {string} x what the axis counts
 * @property {string[]} series
 * @property {string[]} [colors]
 * @property {boolean} [log] a logarithmic y axis: what is not above zero is left out
 * @property {number} [at] a place on the x axis to mark
 * @property {[number, number]} [range] of the y axis, where it is not to follow from the numbers
 * @property {[number, number]} [x_range] of the x axis, likewise
 * @property {string} [y] what the y axis counts
 * @property {boolean} [dots] dots with their names beside them, and no lines
 * @property {ArrayLike<number | null>[]} [data] x, then one list a series
 * @property {(number | null)[][]} [push] rows to add
 */

/** A chart that is pushed on for ever would fill the memory. */
const MOST_ROWS = 100_000;

/** x, then one list a series, all equally long. @param {unknown} value @param {number} count */
function columnsOf(value, count) {
  const columns = listed('data', value, (each) => numbers('data', each));
  if (columns.length !== count)
    throw new TypeError(`data needs ${count} lists, x and one for each of series, got ${columns.length}`);
  const odd = columns.find(({ length }) => length !== columns[0].length);
  if (odd)
    throw new TypeError(`the lists of data must be equally long, got ${columns[0].length} and ${odd.length}`);
  if (columns[0].length > MOST_ROWS)
    throw new RangeError(`a chart takes at most ${MOST_ROWS} points a line, got ${columns[0].length}`);
  return columns;
}

/** @param {unknown} value @param {number} count @param {Record<string, any>} before */
function rowsOf(value, count, { data, pushed = 0 }) {
  const rows = listed('push', value, (row) => numbers('a row', row));
  const odd = rows.find(({ length }) => length !== count);
  if (odd)
    throw new TypeError(`push takes ${count} numbers, x and one for each of series, got ${odd.length}`);
  if ((data?.[0].length ?? 0) + pushed + rows.length > MOST_ROWS)
    throw new RangeError(
      `a chart takes at most ${MOST_ROWS} points a line: push every tenth, or give it new data`,
    );
  return rows;
}

const NAMES = ['title', 'x', 'series', 'colors', 'log', 'at', 'range', 'x_range', 'y', 'dots', 'data'];

/** @type {import('./parts/values.js').Check} */
function check(given, before) {
  const props = named('chart', given, before ? [...NAMES, 'push'] : NAMES);
  const { series } = { ...before, ...props };
  if (!before && props.x === undefined) throw new TypeError('chart needs x: what its axis counts');
  const names = listed('series', series, (each) => word('the name of a series', each));
  if (names.length === 0) throw new TypeError('series must name at least one line');
  const count = names.length + 1;
  return present(props, {
    title: (title) => word('title', title),
    x: (x) => word('x', x),
    series: () => names,
    colors: (colors) => listed('colors', colors, colourName),
    log: Boolean,
    at(at) {
      if (!Number.isFinite(at)) throw new TypeError(`at must be a number, got ${got(at)}`);
      return at;
    },
    range: (range) => span('range', range),
    x_range: (range) => span('x_range', range),
    y: (y) => word('y', y),
    dots: Boolean,
    data: (data) => columnsOf(data, count),
    push: (rows) => rowsOf(rows, count, before ?? {}),
  });
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * A line chart; its push() adds points. Point at it, or move along it with the arrow keys, to read all its values.
   * `at` marks a place on the x axis; `range` and `x_range`: where the y axis and the x axis begin and end; `y`: what the y axis counts;
   * `dots`: each series is dots with its name beside them.
   * @param {{title?: string, x: string, series: string[], colors?: string[], log?: boolean, at?: number, range?: [number, number], x_range?: [number, number], y?: string, dots?: boolean, data?: ArrayLike<number>[]}} props
   */
  (props) =>
    show(props, check);

/** Epochs, steps and timesteps are whole numbers, and so are the marks on their axis. */
const WHOLE = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((p) => n * 10 ** p)).sort((a, b) => a - b);

/** Powers of ten, at most seven of them. @param {Drawn} _ @param {number} __ @param {number} low @param {number} high */
function decades(_, __, low, high) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first) / 6));
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  return Array.from({ length: count }, (___, k) => 10 ** (last - k * step)).reverse();
}

/** All marks of the axis are labelled. @param {Drawn} _ @param {number[]} ticks */
const filter = (_, ticks) => ticks;

/** A line across the plot at o.at. @param {Drawn} u @param {Options} o @param {string} css */
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

const MOST_LETTERS = 18;
const RADIUS = 4.5;
const LINE = 14;
/** So far below its dot a name is still its own; the legend has it in any case. */
const MOST_LINES = 8;

/** Text of one line: its left end, the middle of its height, how wide. @typedef {{x: number, y: number, width: number}} Written */

/**
 * Where a dot's name is written: right or left of it, or on a line nearby, where nothing stands yet.
 * @param {{x: number, y: number}} dot @param {number} width @param {Written[]} taken @param {{left: number, width: number}} box @param {number} px
 */
function besideDot(dot, width, taken, box, px) {
  const gap = 2 * RADIUS * px;
  const sides = [dot.x + gap, dot.x - gap - width].filter(
    (x) => x >= box.left && x + width <= box.left + box.width,
  );
  for (let line = 0; line < MOST_LINES; line++)
    for (const x of sides) {
      const y = dot.y + line * LINE * px;
      const meets = (/** @type {Written} */ one) =>
        Math.abs(one.y - y) < LINE * px && one.x < x + width && x < one.x + one.width;
      if (!taken.some(meets)) return { x, y, width };
    }
  return null;
}

/** Dots with their names; a thin line leads to a name that found no place beside its dot. @param {Drawn} u @param {Options} o @param {(name: string) => string} css */
function drawDots({ ctx, bbox, data, valToPos }, { series, colors }, css) {
  const px = devicePixelRatio;
  const radius = RADIUS * px;
  const dots = series.flatMap((name, i) =>
    Array.from(data[i + 1]).flatMap((value, k) =>
      typeof value === 'number'
        ? [{ name, i, x: valToPos(data[0][k], 'x', true), y: valToPos(value, 'y', true) }]
        : [],
    ),
  );
  const taken = dots.map(({ x, y }) => ({ x: x - radius, y, width: 2 * radius }));
  ctx.save();
  ctx.font = `${12 * px}px "Inter Variable", sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.strokeStyle = css('axis');
  ctx.lineWidth = 0.8 * px;
  for (const dot of dots) {
    const text = dot.name.length > MOST_LETTERS ? `${dot.name.slice(0, MOST_LETTERS - 1)}…` : dot.name;
    const place = besideDot(dot, ctx.measureText(text).width, taken, bbox, px);
    if (place) {
      taken.push(place);
      ctx.fillStyle = css('axis');
      ctx.fillText(text, place.x, place.y);
      if (place.y !== dot.y) {
        ctx.beginPath();
        ctx.moveTo(dot.x, dot.y);
        ctx.lineTo(place.x > dot.x ? place.x - 2 * px : place.x + place.width + 2 * px, place.y);
        ctx.stroke();
      }
    }
    ctx.fillStyle = css(colourOf(colors, dot.i));
    ctx.beginPath();
    ctx.arc(dot.x, dot.y, radius, 0, 7);
    ctx.fill();
  }
  ctx.restore();
}

/** @param {() => Options} now @param {HTMLElement} el where it goes @param {(u: Drawn) => void} onCursor @returns {PlotOptions} */
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
  const draw = (/** @type {Drawn} */ u) => {
    markPlace(u, now(), rgb('axis'));
    if (o.dots) drawDots(u, now(), rgb);
  };
  return {
    width: el.clientWidth,
    height: el.clientHeight,
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    hooks: { setCursor: [onCursor], draw: [draw] },
    scales: {
      x: { time: false, ...(o.x_range && { range: o.x_range }) },
      y: { distr: o.log ? 3 : 1, ...(o.range && { range: o.range }) },
    },
    axes: [
      { ...axis, label: o.x, labelSize: 20, size: 32, ...(!o.dots && { incrs: WHOLE }) },
      {
        ...axis,
        ...(o.y && { label: o.y, labelSize: 20 }),
        size: 52,
        values: (_, ticks) => ticks.map(short),
        ...(o.log ? { splits: decades, filter } : {}),
      },
    ],
    series: [
      {},
      ...o.series.map((label, i) => ({
        label,
        stroke: rgb(colourOf(o.colors, i)),
        width: i === 0 ? 2 : 1.5,
        points: { show: false },
        ...(o.dots && { paths: () => null }),
        spanGaps: true,
      })),
    ],
  };
}

/** @param {Options} o @param {(number | null)[][]} data */
function dotsInWords({ title = 'Dots', x, y = 'value', series }, [places, ...columns]) {
  const parts = columns.flatMap((column, i) =>
    column.flatMap((value, k) =>
      value === null ? [] : [`${series[i]}: ${x} ${short(places[k] ?? 0)}, ${y} ${short(value)}`],
    ),
  );
  return `${title}. ${parts.join('; ') || 'Nothing yet'}.`;
}

/** @param {Options} o @param {(number | null)[][]} data */
function inWords(o, data) {
  if (o.dots) return dotsInWords(o, data);
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
 * @param {HTMLElement} frame @param {() => {o: Options, data: (number | null)[][], plot: Drawn | null}} now
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
    /** @param {Drawn} u whose cursor has moved */
    show(u) {
      const { o, data } = now();
      const i = u.cursor.idx ?? -1;
      const x = data[0]?.[i];
      box.hidden = x === undefined;
      if (x === undefined) return;
      const place = `${o.x} = ${short(x ?? 0)}`;
      const rows = o.series.flatMap((label, k) => {
        const value = data[k + 1][i];
        if (o.dots && value === null) return [];
        return {
          label,
          text: value === null ? 'none' : short(value),
          dot: dot(colourOf(o.colors, k)),
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
const looks = ({ title: _, at: __, data: ___, push: ____, ...rest }) => JSON.stringify(rest);

/** What is drawn of a number: on a logarithmic axis what is not above zero is left out, and so is what is no number. @param {boolean | undefined} log */
const drawable = (log) => (/** @type {number | null} */ v) =>
  v !== null && Number.isFinite(v) && (!log || v > 0) ? v : null;

/** @param {(number | null)[][]} data @returns {import('./index.js').Array} rows of x and the lines */
function asArray(data) {
  const [rows, columns] = [data[0].length, data.length];
  const numbers = new Float64Array(rows * columns);
  data.forEach((column, k) => {
    for (let i = 0; i < rows; i++) numbers[i * columns + k] = column[i] ?? Number.NaN;
  });
  return { name: 'lines', shape: [rows, columns], data: numbers };
}

export const needs = () => import('./parts/plot.js');

/** @param {HTMLElement} el @param {Options} options @param {{uPlot: Plot}} needed @returns {import('./index.js').Figure} */
export function create(el, options, { uPlot }) {
  let o = options;
  /** @type {(number | null)[][]} */
  let data = [];
  const legend = h('span', { class: 'legend' });
  const caption = h('figcaption', { class: 'panel-title' });
  const box = h('div', { class: 'plot', role: 'img' });
  const frame = h('div', { class: 'plot-frame' }, box);
  const figure = h('figure', { class: 'lines' }, caption, frame);
  el.append(figure);
  /** @type {Drawn | null} */
  let plot = null;
  const reader = createReader(frame, () => ({ o, data, plot }));

  const alive = () => figure.isConnected && box.clientWidth > 0;
  const drawn = () => /** @type {any} */ (data.map((list, i) => (i ? list.map(drawable(o.log)) : list)));
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
      ...o.series.map((label, i) => h('span', { style: dot(colourOf(o.colors, i)) }, label)),
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
    title: () => o.title ?? '',
    arrays: () => [asArray(data)],
    picture: () => [figure],
    svg: (css) => chartSvg({ ...o, data }, css),
    destroy() {
      end();
      plot?.destroy();
      figure.remove();
    },
  };
}

const [WIDTH, HEIGHT] = [720, 360];
const BOX = { left: 58, right: 16, top: 34, bottom: 44 };

/** About five round numbers from low to high. @param {number} low @param {number} high */
function marks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** @param {(number | null)[][]} lists @returns {[number, number]} */
function extentOf(lists) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists)
    for (const v of list) if (v !== null) [low, high] = [Math.min(low, v), Math.max(high, v)];
  if (low < high) return [low, high];
  return low === high ? [low - 1, low + 1] : [-1, 1];
}

/** @param {number} x @param {number} y @param {string} name @param {string} fill @param {import('./parts/svg.js').Css} css */
const dotSvg = (x, y, name, fill, css) => [
  `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${RADIUS}" fill="${fill}"/>`,
  label(x + 2 * RADIUS, y + 4, name, css('axis')),
];

/** @param {Options & {data: ArrayLike<number | null>[]}} options @param {import('./parts/svg.js').Css} css */
export function chartSvg({ title, x, y, series, colors, log = false, range, x_range, dots, data }, css) {
  const scaled = (/** @type {number | null} */ v) => {
    const value = drawable(log)(v);
    return value !== null && log ? Math.log10(value) : value;
  };
  const xs = Array.from(data[0], drawable(false));
  const lines = data.slice(1).map((list) => Array.from(list, scaled));
  const [[x0, x1], [y0, y1]] = [extentOf([x_range ?? xs]), extentOf(range ? [range.map(scaled)] : lines)];
  const px = (/** @type {number} */ v) => BOX.left + ((v - x0) / (x1 - x0)) * (WIDTH - BOX.left - BOX.right);
  const py = (/** @type {number} */ v) =>
    HEIGHT - BOX.bottom - ((v - y0) / (y1 - y0)) * (HEIGHT - BOX.top - BOX.bottom);
  const colour = (/** @type {number} */ i) => css(colourOf(colors, i));
  const grid = marks(y0, y1).flatMap((v) => [
    `<path d="M${BOX.left} ${py(v).toFixed(1)}H${WIDTH - BOX.right}" stroke="${css('grid')}"/>`,
    label(BOX.left - 6, py(v) + 4, short(log ? 10 ** v : v), css('axis'), 'text-anchor="end"'),
  ]);
  const below = marks(x0, x1).map((v) =>
    label(px(v), HEIGHT - BOX.bottom + 18, short(v), css('axis'), 'text-anchor="middle"'),
  );
  const paths = lines.flatMap((line, i) => {
    const places = line.flatMap((v, k) => {
      const at = xs[k];
      return v === null || at === null ? [] : [[px(at), py(v)]];
    });
    if (dots) return places.flatMap(([left, top]) => dotSvg(left, top, series[i], colour(i), css));
    const points = places.map(([left, top]) => `${left.toFixed(2)},${top.toFixed(2)}`);
    return [`<polyline points="${points.join(' ')}" fill="none" stroke="${colour(i)}" stroke-width="1.8"/>`];
  });
  let at = WIDTH - BOX.right;
  const legend = series.map((text, i) => {
    const end = at;
    at -= text.length * 7 + 18;
    return label(end, 20, text, colour(i), 'text-anchor="end"');
  });
  const words = label((BOX.left + WIDTH - BOX.right) / 2, HEIGHT - 8, x, css('axis'), 'text-anchor="middle"');
  const head = svgTitle(BOX.left, 20, title, css);
  const beside = y ? [label(BOX.left, BOX.top - 2, y, css('axis'))] : [];
  const marked = [...grid, ...below, words, ...beside];
  return svgFile(WIDTH, HEIGHT, css, [head, ...legend, ...marked, ...paths]);
}

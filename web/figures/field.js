/** Arrows in the plane over a picture of a number at every place; one or more panels with the same scales. */
import { numbered, ofPoints } from './parts/arrays.js';
import { arrow } from './parts/arrows.js';
import { colourName } from './parts/colours.js';
import { colour, short } from './parts/dom.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { colourScale, createKey, extent, rangeOf, raster } from './parts/raster.js';
import { createReading, tabular } from './parts/reading.js';
import { got, matrix, panelled, plane, present, sets, span, word } from './parts/values.js';

/** @typedef {import('./parts/raster.js').Shaped} Shaped */
/**
 * @typedef {object} Panel
 * @property {string} [title]
 * @property {Shaped} [points] (n, 2), where the arrows start
 * @property {Shaped} [vectors] (n, 2)
 * @property {Shaped} [background] (rows, columns) over the whole square, its first row at the top
 * @property {[number, number]} [background_range] default: all numbers of all panels
 * @property {import('./parts/points.js').PointSet[]} [sets] points to show as well
 * @property {string} [color] of the arrows
 */
/** @typedef {import('./parts/reading.js').Numbers} Numbers */
/** @typedef {import('./parts/reading.js').Box} Box */
/** @typedef {{panels: Panel[], range?: [number, number]}} Options */
/** @typedef {{unit: number, background: [number, number]}} Scales unit: the length of the longest arrow, in the plane */

/** @param {Record<string, any>} panel @returns {Panel} */
function checkPanel(panel) {
  const own = present(panel, {
    title: (title) => word('title', title),
    points: (points) => plane('points', points),
    vectors: (vectors) => plane('vectors', vectors),
    background: (background) => matrix('background', background),
    background_range: (range) => span('background_range', range),
    sets,
    color: colourName,
  });
  const n = own.vectors?.shape[0];
  if (own.vectors && own.points?.shape[0] !== n)
    throw new TypeError(`${n} vectors for ${own.points ? own.points.shape[0] : 'no'} points`);
  if (own.points && !own.vectors)
    throw new TypeError(`points need vectors that start there, got ${got(panel.vectors)}`);
  return own;
}

const check = panelled(
  'field',
  ['title', 'points', 'vectors', 'background', 'background_range', 'sets', 'color'],
  {
    range: (range) => span('range', range),
    background_range: (range) => span('background_range', range),
  },
  (panel, { background_range }) => ({ ...(background_range && { background_range }), ...checkPanel(panel) }),
);

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Arrows in the plane: `vectors` (n, 2) start at `points` (n, 2), over a `background` (rows, columns) that covers the
   * whole square, and over `sets` of points. Panels share the length of the arrows and the colours of the background.
   * @param {{title?: string, points?: object, vectors?: object, background?: object, background_range?: [number, number], sets?: object[], color?: string, panels?: object[], range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** @param {Panel} panel */
const lengths = ({ vectors }) =>
  Array.from({ length: vectors?.shape[0] ?? 0 }, (_, i) =>
    Math.hypot(vectors?.data[2 * i] ?? 0, vectors?.data[2 * i + 1] ?? 0),
  ).filter(Number.isFinite);

/** What all panels share, so that they can be compared. @param {Panel[]} panels @returns {Scales} */
function scalesOf(panels) {
  const all = panels.flatMap(lengths).sort((a, b) => a - b);
  const backgrounds = panels.flatMap(({ background }) => (background ? Array.from(background.data) : []));
  // One wild arrow must not make the others invisible: the longest twentieth is cut to the same length.
  return {
    unit: all[Math.floor(0.95 * (all.length - 1))] || 1,
    background: panels.find((panel) => panel.background_range)?.background_range ?? rangeOf(backgrounds),
  };
}

/** @param {Panel} panel */
function inWords(panel) {
  const found = lengths(panel);
  const parts = [];
  if (found.length) {
    const [least, most] = extent(found);
    parts.push(`${found.length} arrows, ${short(least)} to ${short(most)} long`);
  }
  if (panel.background) {
    const [least, most] = extent(panel.background.data);
    parts.push(`a background from ${short(least)} to ${short(most)}`);
  }
  return parts.join(' over ');
}

/** Where the arrows start, in CSS pixels. @param {Panel} panel @param {number} size @param {[number, number]} range */
const startsOf = ({ points, vectors }, size, [low, high]) =>
  Array.from({ length: vectors?.shape[0] ?? 0 }, (_, i) => ({
    left: (((points?.data[2 * i] ?? 0) - low) / (high - low)) * size,
    top: ((high - (points?.data[2 * i + 1] ?? 0)) / (high - low)) * size,
  }));

/** Which arrow starts in a box, nearest to its centre; -1: none. @param {ReturnType<typeof startsOf>} starts @param {Box} box */
function startIn(starts, [left, top, width, height]) {
  let [found, least] = [-1, Number.POSITIVE_INFINITY];
  for (const [i, start] of starts.entries()) {
    const [dx, dy] = [start.left - left - width / 2, start.top - top - height / 2].map(Math.abs);
    const far = Math.hypot(dx, dy);
    if (dx <= width / 2 && dy <= height / 2 && far < least) [found, least] = [i, far];
  }
  return found;
}

/** The middle of a box, in the plane. @param {Box} box @param {number} size @param {[number, number]} range */
function placeOf([left, top, width, height], size, [low, high]) {
  // What should be 0 is so but for rounding.
  const step = (high - low) / 1e6;
  const told = (/** @type {number} */ part) => short(Math.round((low + part * (high - low)) / step) * step);
  return `x ${told((left + width / 2) / size)}, y ${told(1 - (top + height / 2) / size)}`;
}

/** @param {Panel} panel @param {number} i @returns {[string, number][]} */
function vectorOf({ vectors }, i) {
  const [x, y] = [vectors?.data[2 * i] ?? 0, vectors?.data[2 * i + 1] ?? 0];
  return [
    ['vector x', x],
    ['vector y', y],
    ['its length', Math.hypot(x, y)],
  ];
}

/**
 * What there is to read: the numbers of the background, each with the arrow that starts there, or else the arrows.
 * @param {Panel} panel @param {HTMLCanvasElement} canvas @param {[number, number]} range @returns {Numbers}
 */
function numbersOf(panel, canvas, range) {
  const { title, background } = panel;
  const size = canvas.clientWidth;
  const starts = startsOf(panel, size, range);
  const name = title || 'the field';
  if (background) {
    const cells = tabular(canvas, background.shape);
    return {
      ...cells,
      name,
      read(i) {
        const arrow = startIn(starts, cells.box(i));
        const vector = arrow < 0 ? [] : vectorOf(panel, arrow);
        return {
          place: placeOf(cells.box(i), size, range),
          values: [['background', background.data[i]], ...vector],
        };
      },
    };
  }
  const room = size / Math.sqrt(starts.length);
  /** @returns {Box} */
  const around = (/** @type {number} */ x, /** @type {number} */ y) => [
    x - room / 2,
    y - room / 2,
    room,
    room,
  ];
  const row = starts.filter(({ top }) => top === starts[0].top).length;
  return {
    name,
    count: starts.length,
    row,
    page: 10 * row,
    find: (x, y) => startIn(starts, around(x, y)),
    box: (i) => around(starts[i].left, starts[i].top),
    read: (i) => ({
      place: placeOf(around(starts[i].left, starts[i].top), size, range),
      values: vectorOf(panel, i),
    }),
  };
}

/** @param {HTMLElement} row @param {Panel} first @param {() => Scales} scales @param {[number, number]} range */
function createOne(row, first, scales, range) {
  let state = first;

  /** @type {import('./parts/points.js').Layer} */
  function below(g) {
    if (!state.background) return;
    const { data, shape } = state.background;
    const scale = colourScale(figure.root, scales().background, 0.6);
    const wrong = colour(figure.root, 'axis');
    const cells = raster(shape[1], shape[0], (x, y) => {
      const value = data[y * shape[1] + x];
      return Number.isFinite(value) ? scale.at(value) : wrong;
    });
    g.imageSmoothingEnabled = false;
    g.drawImage(cells, 0, 0, g.canvas.width, g.canvas.height);
    key?.(scale);
  }

  /** @type {import('./parts/points.js').Layer} */
  function above(g, ratio, [low, high]) {
    const { points, vectors, color = 'xt' } = state;
    if (!points || !vectors) return;
    const size = g.canvas.width;
    const n = points.shape[0];
    const longest = (0.95 * size) / Math.sqrt(n);
    g.strokeStyle = `rgb(${colour(figure.root, color)})`;
    g.lineWidth = 1.2 * ratio;
    g.beginPath();
    for (let i = 0; i < n; i++) {
      const [vx, vy] = [vectors.data[2 * i], vectors.data[2 * i + 1]];
      const scale = longest / Math.max(scales().unit, Math.hypot(vx, vy));
      const x = ((points.data[2 * i] - low) / (high - low)) * size;
      const y = size - ((points.data[2 * i + 1] - low) / (high - low)) * size;
      arrow(g, x, y, vx * scale, -vy * scale, 3.6 * ratio);
    }
    g.stroke();
  }

  const figure = createPoints(row, { ...first, range }, { below, above, words: () => inWords(state) });
  const reading = createReading(figure.canvas, () => numbersOf(state, figure.canvas, range));
  reading.fit();
  const key = first.background && createKey(figure.root);
  return {
    /** @param {Panel} next */
    update(next) {
      state = next;
      figure.update({ title: next.title ?? '', sets: next.sets ?? [] });
      reading.fit();
    },
    root: figure.root,
    destroy: figure.destroy,
  };
}

/** @param {HTMLElement} el @param {Options} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let { panels } = options;
  const range = options.range ?? /** @type {[number, number]} */ ([-3, 3]);
  let scales = scalesOf(options.panels);
  const figure = createPanels(el, options, (row, panel) => createOne(row, panel, () => scales, range));
  return {
    ...figure,
    /** @param {{panels: Panel[]}} next */
    update(next) {
      panels = next.panels;
      scales = scalesOf(panels);
      figure.update(next);
    },
    arrays: () =>
      numbered(
        panels.map(({ sets = [], points, vectors, background }) => [
          ...sets.map(ofPoints),
          points,
          vectors,
          background,
        ]),
      ),
  };
}

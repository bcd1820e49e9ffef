/** Guidance as vectors: at a place that is dragged, the answer without the class, with it, and extrapolated by the guidance scale. */
import { numbered, ofPoints } from './parts/arrays.js';
import { arrow } from './parts/arrows.js';
import { colour, h, short } from './parts/dom.js';
import { arrowSvg, drawLattice, lattice, latticeSvg, vectorAt } from './parts/lattice.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { dotsSvg, squaresSvg } from './parts/svg.js';
import { got, listed, named, present, sets, span, word } from './parts/values.js';

/** @typedef {import('./parts/lattice.js').Shaped} Shaped */
/** @typedef {[number, number]} Pair */
/** @typedef {typeof import('./parts/hold.js')} Hold */
/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {Shaped} without @property {Shaped} with
 * @property {import('./parts/points.js').PointSet[]} [sets] points behind the arrows
 * @property {string[]} labels of the three arrows
 * @property {number} scale where the slider starts @property {Pair} scales its ends
 * @property {Pair} at where the arrows start @property {Pair} range
 */

const COLOURS = ['axis', 'x0', 'eps'];

/** @param {string} what @param {unknown} value */
function numberOf(what, value) {
  if (!Number.isFinite(value)) throw new TypeError(`${what} must be a number, got ${got(value)}`);
  return Number(value);
}

const CHECKS = {
  title: (/** @type {unknown} */ value) => word('title', value),
  without: (/** @type {unknown} */ value) => lattice('without', value),
  with: (/** @type {unknown} */ value) => lattice('with', value),
  sets,
  labels(/** @type {unknown} */ value) {
    const labels = listed('labels', value, (each) => word('a label', each));
    if (labels.length !== 3)
      throw new TypeError(`labels names 3 arrows, without, with and guided, got ${labels.length}`);
    return labels;
  },
  scale: (/** @type {unknown} */ value) => numberOf('scale', value),
  scales: (/** @type {unknown} */ value) => span('scales', value),
  at(/** @type {unknown} */ value) {
    const at = listed('at', value, (each) => numberOf('x and y of at', each));
    if (at.length !== 2) throw new TypeError(`at is a place [x, y], got ${got(value)}`);
    return at;
  },
  range: (/** @type {unknown} */ value) => span('range', value),
};

const DEFAULTS = {
  labels: ['without class', 'with class', 'guided'],
  scale: 2,
  scales: [0, 8],
  range: [-3, 3],
};

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const all = { ...before, ...named('guidance', given, Object.keys(CHECKS)) };
  if (!all.without || !all.with)
    throw new TypeError(`guidance needs ${all.without ? 'with' : 'without'}, a tensor of shape [n * n, 2]`);
  const props = /** @type {Options} */ ({ ...DEFAULTS, ...present(all, CHECKS) });
  if (props.without.shape[0] !== props.with.shape[0])
    throw new TypeError(
      `without and with stand at the same places: ${props.without.shape[0]} vectors and ${props.with.shape[0]}`,
    );
  const inside = (/** @type {number} */ v, /** @type {Pair} */ [low, high]) => v >= low && v <= high;
  if (!inside(props.scale, props.scales))
    throw new RangeError(`scale must be from ${props.scales.join(' to ')}, got ${props.scale}`);
  const [low, high] = props.range;
  const at = props.at ?? [low + 0.7 * (high - low), low + 0.7 * (high - low)];
  if (!at.every((v) => inside(v, props.range)))
    throw new RangeError(`at must lie in the square from ${low} to ${high}, got [${at.join(', ')}]`);
  return { ...props, at };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Two answers at every place of the plane and what guidance makes of them, without + w * (with - without): arrows at a
   * place that the reader drags, and a slider for w. `without` and `with` (n * n, 2) stand at the centres of n x n cells of
   * the square `range`, row after row from the top; the page interpolates between them. `labels` name the three arrows.
   * @param {{title?: string, without: object, with: object, sets?: object[], labels?: string[], scale?: number, scales?: [number, number], at?: [number, number], range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** The three arrows at a place. @param {Options} options @param {Pair} at @param {number} w @returns {Pair[]} */
export function arrowsAt(options, [x, y], w) {
  const [without, asked] = [options.without, options.with].map((v) => vectorAt(v, options.range, x, y));
  return [without, asked, /** @type {Pair} */ (without.map((v, k) => v + w * (asked[k] - v)))];
}

/** The guided field. @param {Options} options @param {number} w @returns {Shaped} */
const guided = (options, w) => ({
  shape: options.without.shape,
  data: options.without.data.map((v, i) => v + w * (options.with.data[i] - v)),
});

/** @param {Options} options @param {Pair} at @param {number} w */
function inWords(options, at, w) {
  const told = arrowsAt(options, at, w).map(([x, y], k) => `${options.labels[k]} (${short(x)}, ${short(y)})`);
  return `at x ${short(at[0])}, y ${short(at[1])} with w = ${short(w)}: ${told.join(', ')}`;
}

/** The ends of the arrows lie on one line, from w = 0 on. @param {Pair[]} arrows @param {Pair} at @returns {[Pair, Pair]} */
function lineOf([without, asked, extrapolated], [x, y]) {
  const far = Math.hypot(extrapolated[0] - without[0], extrapolated[1] - without[1]);
  const near = Math.hypot(asked[0] - without[0], asked[1] - without[1]);
  const end = far > near ? extrapolated : asked;
  return [
    [x + without[0], y + without[1]],
    [x + end[0], y + end[1]],
  ];
}

/** @param {Options} options @param {Pair} at @param {number} w @param {import('./parts/svg.js').Css} css */
export function guidanceSvg(options, at, w, css) {
  return squaresSvg([options], options.range, css, (_, place) => {
    const arrows = arrowsAt(options, at, w);
    const [from, to] = lineOf(arrows, at).map(
      ([x, y]) => `${place.x(x).toFixed(1)} ${place.y(y).toFixed(1)}`,
    );
    const field = latticeSvg(guided(options, w), options.range, place, css);
    return [
      `<g opacity="0.4">${field.join('\n')}</g>`,
      ...dotsSvg(options.sets ?? [], place, css),
      `<path d="M${from}L${to}" stroke="${css('axis')}" stroke-dasharray="3 3"/>`,
      ...arrows.map(([dx, dy], k) => {
        const [x, y] = [place.x(at[0]), place.y(at[1])];
        const [long, tall] = [place.x(at[0] + dx) - x, place.y(at[1] + dy) - y];
        return arrowSvg(x, y, long, tall, css(COLOURS[k]), k === 2 ? 3 : 2);
      }),
    ];
  });
}

/** @param {HTMLElement} row @param {Options} first @param {Hold} hold @param {{at: () => Pair, w: () => number, move: (at: Pair) => void}} held */
function createField(row, first, hold, held) {
  let state = first;
  const { range } = first;
  const [low, high] = range;

  /** @type {import('./parts/points.js').Layer} */
  function below(g, ratio) {
    g.globalAlpha = 0.4;
    drawLattice(g, ratio, range, guided(state, held.w()), figure.root);
    g.globalAlpha = 1;
  }

  /** @type {import('./parts/points.js').Layer} */
  function above(g, ratio) {
    const size = g.canvas.width;
    const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * size;
    const css = (/** @type {string} */ name) => `rgb(${colour(figure.root, name).join(' ')})`;
    const at = held.at();
    const arrows = arrowsAt(state, at, held.w());
    const [from, to] = lineOf(arrows, at);
    g.strokeStyle = css('axis');
    g.lineWidth = ratio;
    g.setLineDash([4 * ratio, 4 * ratio]);
    g.beginPath();
    g.moveTo(place(from[0]), size - place(from[1]));
    g.lineTo(place(to[0]), size - place(to[1]));
    g.stroke();
    g.setLineDash([]);
    const [x, y] = [place(at[0]), size - place(at[1])];
    g.lineCap = 'round';
    for (const [k, [dx, dy]] of arrows.entries()) {
      g.strokeStyle = css(COLOURS[k]);
      g.lineWidth = (k === 2 ? 3.2 : 2.2) * ratio;
      g.beginPath();
      arrow(g, x, y, place(low + dx), -place(low + dy), 9 * ratio);
      g.stroke();
    }
    g.lineCap = 'butt';
    g.fillStyle = css('xt');
    g.strokeStyle = css('figure');
    g.lineWidth = 2 * ratio;
    g.beginPath();
    g.arc(x, y, 6 * ratio, 0, 7);
    g.fill();
    g.stroke();
    aim();
  }

  const figure = createPoints(
    row,
    { title: first.title, sets: first.sets ?? [], range },
    {
      below,
      above,
      words: () => inWords(state, held.at(), held.w()),
      marks: COLOURS.map((color, k) => ({ label: first.labels[k], color })),
    },
  );
  const frame = h('div', { class: 'held' });
  figure.canvas.replaceWith(frame);
  frame.append(figure.canvas);
  const clamped = (/** @type {number} */ v) => Math.min(high, Math.max(low, v));
  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    const size = figure.canvas.clientWidth || 1;
    held.move([clamped(low + (x / size) * (high - low)), clamped(high - (y / size) * (high - low))]);
  };
  const { place: put } = hold.createKnob(frame, {
    move,
    step(dx, dy, far) {
      const by = ((high - low) / 60) * (far ? 5 : 1);
      const [x, y] = held.at();
      held.move([clamped(x + dx * by), clamped(y + dy * by)]);
    },
  });
  figure.canvas.addEventListener('click', ({ clientX, clientY }) => {
    const { left, top } = figure.canvas.getBoundingClientRect();
    move(clientX - left, clientY - top);
  });
  function aim() {
    const size = figure.canvas.clientWidth;
    const [x, y] = held.at().map((v) => ((v - low) / (high - low)) * size);
    const words = inWords(state, held.at(), held.w());
    put({ x, y: size - y, label: 'Where the arrows start', now: held.at()[0], range, words });
  }
  return {
    root: figure.root,
    redraw() {
      figure.update({});
      aim();
    },
    /** @param {Options} next */
    update(next) {
      state = next;
      figure.update({ title: next.title ?? '', sets: next.sets ?? [] });
      aim();
    },
    destroy: figure.destroy,
  };
}

export const needs = () => import('./parts/hold.js');

/** @param {HTMLElement} el @param {Options} options @param {Hold} hold @returns {import('./index.js').Figure} */
export function create(el, options, hold) {
  let state = options;
  let { at, scale: w } = options;
  /** @type {ReturnType<typeof createField> | undefined} */
  let field;
  const held = {
    at: () => at,
    w: () => w,
    /** @param {Pair} to */
    move(to) {
      at = to;
      tell();
    },
  };
  const figure = createPanels(el, { panels: [state] }, (row, first) => {
    field = createField(row, first, hold, held);
    return field;
  });
  const [min, max] = options.scales;
  const output = h('output', { class: 'value' });
  const numbers = h('output', { class: 'value' });
  const slider = h('input', {
    type: 'range',
    min,
    max,
    step: (max - min) / 80,
    oninput() {
      w = Number(slider.value);
      tell();
    },
  });
  slider.value = String(w);
  const control = h('label', { class: 'control' }, h('span', {}, 'guidance scale w'), slider, output);
  const box = h('div', { class: 'player-controls' }, control, numbers);
  el.append(box);

  function tell() {
    output.textContent = short(w);
    const [without, asked, extrapolated] = arrowsAt(state, at, w).map(([x, y]) => short(Math.hypot(x, y)));
    numbers.textContent = `lengths ${without}, ${asked}, ${extrapolated}`;
    field?.redraw();
  }
  tell();
  return {
    title: figure.title,
    picture: figure.picture,
    arrays: () =>
      numbered([[...(state.sets ?? []).map(ofPoints), state.without, state.with, guided(state, w)]]),
    svg: (css) => guidanceSvg(state, at, w, css),
    /** @param {Partial<Options>} next where the place and the scale stand is the reader's */
    update(next) {
      state = { ...state, ...next, range: options.range, scales: options.scales, labels: options.labels };
      figure.update({ panels: [state] });
      tell();
    },
    destroy() {
      figure.destroy();
      box.remove();
    },
  };
}

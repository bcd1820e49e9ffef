/** A schedule whose alpha_bar can be dragged, and samples noised by it. */
import { createPictures } from './grid.js';
import { stacked } from './parts/arrays.js';
import { createCurve, curvesOf, firstOf, tableOf } from './parts/curve.js';
import { short } from './parts/dom.js';
import { betasOf, curveOf, moved, placesOf, pointsOf, roomOf } from './parts/falling.js';
import { createLoop, still } from './parts/loop.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { got, listed, named, pictures, plane, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/values.js').Shaped} Shaped */
/** @typedef {import('./parts/curve.js').Hold} Hold */
/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {Record<string, number[]>} curves alpha_bar of schedules to start from, the first one at first
 * @property {Shaped} [x_0] points (n, 2), or one picture (1, 1 or 3, height, width)
 * @property {Shaped} [eps] as x_0
 * @property {number[]} at the timesteps of the samples
 * @property {[number, number]} [range] of the plane, or of a picture's black and white
 * @property {boolean} [glides] whether the curve goes to the next of those given and back by itself, once
 */

const NAMES = ['title', 'curves', 'x_0', 'eps', 'at', 'range', 'glides'];
const MOST_SAMPLES = 8;
/** Where samples are taken if nothing is said: of all timesteps. */
const SHARES = [0.05, 0.15, 0.3, 0.45, 0.6, 0.8];

const RULE_OF_CURVES = 'an alpha_bar: it lies between 0 and 1 and never rises';

/** @param {unknown} value */
const schedulesOf = (value) =>
  curvesOf(value, 'alpha_bar', (t, list) => list[t] > 0 && list[t] <= (t ? list[t - 1] : 1), RULE_OF_CURVES);

/** @param {unknown} value @param {number} T */
function placesIn(value, T) {
  const list = listed('at', value, (t) => {
    if (!Number.isInteger(t) || t < 0 || t >= T)
      throw new RangeError(`at holds timesteps, whole numbers from 0 to ${T - 1}, got ${got(t)}`);
    return t;
  });
  if (list.length === 0 || list.length > MOST_SAMPLES)
    throw new RangeError(`at must name 1 to ${MOST_SAMPLES} timesteps, got ${list.length}`);
  return list;
}

/** Points, or one picture. @param {string} what @param {any} value */
function sample(what, value) {
  if (value?.shape?.length === 2 && value.shape[1] === 2) return plane(what, value);
  const images = pictures(value, what);
  if (images.shape[0] !== 1)
    throw new TypeError(`${what} must be points [n, 2] or one picture, got ${images.shape[0]} pictures`);
  return images;
}

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const all = { ...before, ...named('schedule_curve', given, NAMES) };
  const curves = schedulesOf(all.curves);
  const T = firstOf({ curves }).length;
  const own = present(all, {
    title: (title) => word('title', title),
    x_0: (x) => sample('x_0', x),
    eps: (x) => sample('eps', x),
    range: (range) => span('range', range),
    glides: Boolean,
  });
  if (own.x_0?.shape.join() !== own.eps?.shape.join())
    throw new TypeError(`x_0 and eps must have one shape, got ${got(all.x_0)} and ${got(all.eps)}`);
  const at = placesIn(all.at ?? SHARES.map((share) => Math.floor(share * T)), T);
  return { ...own, curves, at };
}

/** What code is given. @param {number[]} points @param {number} T */
function valuesOf(points, T) {
  const alpha_bar = curveOf(points, T);
  return { alpha_bar, beta: betasOf(alpha_bar) };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * A schedule whose alpha_bar can be dragged: it starts at the first of `curves` (lists of alpha_bar, by name) and noises
   * `x_0`, points (n, 2) or a picture, with `eps` to the timesteps `at`. `lab.interact(lab.schedule_curve(...), ({ beta,
   * alpha_bar }) => ...)` hands its numbers to code, whenever it is moved. With `glides` the curve goes to the next of `curves`
   * and back once, by itself.
   * @param {{title?: string, curves: Record<string, ArrayLike<number>>, x_0?: object, eps?: object, at?: number[], range?: [number, number], glides?: boolean}} props
   */
  (props) =>
    show(props, check, (o) => valuesOf(pointsOf(firstOf(o)), firstOf(o).length));

/** @typedef {{o: Options, points: number[], alpha_bar: number[], beta: number[], held: number}} State held: the point that was moved last */

/** x_t of the samples, one after the other. @param {State} state @returns {Float32Array[]} */
function noised({ o, alpha_bar }) {
  const [x, eps] = [o.x_0?.data ?? [], o.eps?.data ?? []];
  return o.at.map((t) => {
    const [signal, noise] = [Math.sqrt(alpha_bar[t]), Math.sqrt(1 - alpha_bar[t])];
    return Float32Array.from(x, (v, i) => signal * v + noise * eps[i]);
  });
}

/** Black and white of a noised picture. @type {[number, number]} */
const GREY = [-1, 2];

/** @typedef {{title: string, x: Shaped, range?: [number, number]}} Sample */

/** A sample: points, or a picture. @param {HTMLElement} row @param {Sample} first */
function createSample(row, first) {
  if (first.x.shape.length === 2) {
    const props = (/** @type {Sample} */ { title, x, range }) => ({
      title,
      range,
      sets: [{ points: x.data, color: 'xt' }],
    });
    const figure = createPoints(row, props(first));
    return { ...figure, update: (/** @type {Sample} */ next) => figure.update(props(next)) };
  }
  const props = (/** @type {Sample} */ { title, x, range = GREY }) => ({ title, range, images: x });
  const figure = createPictures(row, props(first));
  return { ...figure, update: (/** @type {Sample} */ next) => figure.update(props(next)) };
}

const percent = (/** @type {number} */ share) =>
  share < 0.001 ? '<0.1%' : share < 0.01 ? `${(100 * share).toFixed(1)}%` : `${Math.round(100 * share)}%`;

/** @param {State} state @returns {{panels: Sample[]}} */
const samplesOf = (state) => ({
  panels: noised(state).map((data, i) => ({
    title: `t = ${state.o.at[i]}: ${percent(state.alpha_bar[state.o.at[i]])}`,
    x: { shape: /** @type {Shaped} */ (state.o.x_0).shape, data },
    range: state.o.range,
  })),
});

/** @param {State} state */
function inWords({ o, alpha_bar }) {
  const T = alpha_bar.length;
  const some = [0, ...o.at, T - 1].map((t) => `${short(alpha_bar[t])} at t = ${t}`);
  return `${o.title ?? 'A schedule'}: alpha_bar falls over ${T} timesteps; it is ${some.join(', ')}. Grey: ${Object.keys(o.curves).join(', ')}.`;
}

/** What keeps a schedule a schedule, said to whoever drags. */
const RULE =
  'A point pushes its neighbours along where it must: alpha_bar never rises, so every beta lies between 0 and 1.';

/** Of the arrow keys, and of Page Up and Page Down. @type {[number, number]} */
const STEPS = [0.01, 0.1];

export const needs = () => import('./parts/hold.js');

/** @param {Options} o @param {number[]} points @param {number} held @returns {State} */
function stateOf(o, points, held) {
  const values = valuesOf(points, firstOf(o).length);
  return { o, points, held, ...values };
}

/** So long a curve takes to the next one and back. */
const GLIDE_MS = 4500;

/** The curve that moves by itself: to the second of those given and back. @param {Element} el @param {() => State} now @param {(points: number[]) => void} put */
function createGlide(el, now, put) {
  const [from, to] = Object.values(now().o.curves).map(pointsOf);
  let gone = 0;
  const loop = createLoop(el, (ms) => {
    gone = Math.min(gone + ms, GLIDE_MS);
    if (gone === GLIDE_MS) loop.stop();
    const share = (1 - Math.cos((2 * Math.PI * gone) / GLIDE_MS)) / 2;
    put(from.map((a, j) => a + share * (to[j] - a)));
  });
  if (to && now().o.glides && !still()) loop.start();
  return loop;
}

/** What the point that was moved last says. @param {State} state */
function tell({ points, alpha_bar, beta, held }) {
  const t = placesOf(alpha_bar.length)[held];
  return `t = ${t}: alpha_bar ${short(points[held])}, beta ${short(beta[t])}, SNR ${short(points[held] / (1 - points[held]))}`;
}

/** @param {State} state @returns {import('./parts/curve.js').Shown} */
function shownOf(state) {
  const { o, points, alpha_bar, beta, held } = state;
  const places = placesOf(alpha_bar.length);
  return {
    title: o.title ?? 'alpha_bar',
    words: inWords(state),
    told: tell(state),
    line: alpha_bar,
    points,
    places,
    held,
    range: [0, 1],
    levels: [0, 0.25, 0.5, 0.75, 1].map((a) => [a, a]),
    // Each name stands where its line has come down so far: they do not meet.
    others: Object.entries(o.curves).map(([name, line], i) => ({
      name,
      line,
      at: line.findIndex((a) => a < 0.7 - 0.1 * i),
    })),
    marks: o.x_0 ? o.at : [],
    point: (j) => ({
      label: `alpha_bar at t = ${places[j]}`,
      words: `${short(points[j])}, beta ${short(beta[places[j]])}`,
      range: roomOf(j, points.length),
    }),
  };
}

/** @param {State} state @returns {import('./index.js').Array[]} */
function arraysOf(state) {
  const { o, alpha_bar, beta } = state;
  const samples = o.x_0 ? samplesOf(state).panels.map(({ x }) => x) : [];
  const x_t = samples.length ? stacked('x_t', samples) : [];
  return [tableOf('alpha_bar', alpha_bar), tableOf('beta', beta), ...x_t];
}

/**
 * @param {HTMLElement} el @param {Options} options @param {Hold} hold
 * @param {(values: Record<string, any>) => void} [change] @returns {import('./index.js').Figure}
 */
export function create(el, options, hold, change = () => {}) {
  let state = stateOf(options, pointsOf(firstOf(options)), 0);
  const curve = createCurve(el, {
    hold,
    steps: STEPS,
    rule: RULE,
    now: () => shownOf(state),
    move: (j, to) => put(moved(state.points, j, to), j),
    start: (name) => put(pointsOf(state.o.curves[name]), state.held),
  });
  const samples = options.x_0 ? createPanels(el, samplesOf(state), createSample) : null;

  function show() {
    curve.show();
    samples?.update(samplesOf(state));
  }

  /** @param {number[]} points @param {number} held */
  function put(points, held) {
    glide.stop();
    state = stateOf(state.o, points, held);
    show();
    change({ alpha_bar: state.alpha_bar, beta: state.beta });
  }

  /** @param {Options} next what the reader has moved stays, unless there is another curve to start from */
  function update(next) {
    const same = firstOf(next).join() === firstOf(state.o).join();
    state = stateOf(next, same ? state.points : pointsOf(firstOf(next)), same ? state.held : 0);
    curve.offer();
    show();
  }
  update(options);
  // It ends where it began, so code hears nothing of it.
  const glide = createGlide(
    curve.root,
    () => state,
    (points) => {
      state = stateOf(state.o, points, state.held);
      show();
    },
  );
  return {
    update(/** @type {Partial<Options>} */ next) {
      glide.stop();
      update({ ...state.o, ...next });
    },
    title: () => state.o.title ?? 'alpha_bar',
    arrays: () => arraysOf(state),
    picture: () => [curve.root, ...(samples?.picture() ?? [])],
    svg: curve.svg,
    destroy() {
      glide.destroy();
      curve.destroy();
      samples?.destroy();
    },
  };
}

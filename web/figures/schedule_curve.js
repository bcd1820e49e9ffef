/** A schedule whose alpha_bar can be dragged, and samples noised by it. */
import { createPictures } from './grid.js';
import { stacked } from './parts/arrays.js';
import { h, short } from './parts/dom.js';
import { createDrawing } from './parts/drawing.js';
import { betasOf, curveOf, moved, placesOf, pointsOf, roomOf } from './parts/falling.js';
import { label } from './parts/label.js';
import { createLoop, still } from './parts/loop.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { svgFile, svgTitle } from './parts/svg.js';
import { got, listed, named, numbers, pictures, plane, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/values.js').Shaped} Shaped */
/** @typedef {typeof import('./parts/hold.js')} Hold */
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
const MOST_STEPS = 10_000;
const MOST_SAMPLES = 8;
/** Where samples are taken if nothing is said: of all timesteps. */
const SHARES = [0.05, 0.15, 0.3, 0.45, 0.6, 0.8];

/** @param {string} name @param {unknown} value */
function curve(name, value) {
  const list = /** @type {number[]} */ (numbers(`the curve ${name}`, value));
  if (list.length < 2 || list.length > MOST_STEPS)
    throw new RangeError(`the curve ${name} must have 2 to ${MOST_STEPS} numbers, got ${list.length}`);
  const t = list.findIndex((a, i) => !(a > 0 && a <= (i ? list[i - 1] : 1)));
  if (t >= 0)
    throw new RangeError(
      `the curve ${name} must be an alpha_bar: it lies between 0 and 1 and never rises, but at t = ${t} it is ${list[t]}`,
    );
  return list;
}

/** @param {unknown} value @returns {Record<string, number[]>} */
function curvesOf(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new TypeError(`curves must be lists of alpha_bar by their names, got ${got(value)}`);
  const curves = Object.entries(value).map(
    ([name, list]) => /** @type {const} */ ([name, curve(name, list)]),
  );
  if (curves.length === 0) throw new TypeError('curves must name at least one list of alpha_bar');
  const odd = curves.find(([, { length }]) => length !== curves[0][1].length);
  if (odd)
    throw new RangeError(
      `all curves have as many timesteps: got ${curves[0][1].length} and ${odd[1].length}`,
    );
  return Object.fromEntries(curves);
}

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
  const curves = curvesOf(all.curves);
  const T = Object.values(curves)[0].length;
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

/** @param {Pick<Options, 'curves'>} o */
const firstOf = ({ curves }) => Object.values(curves)[0];

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

/** Room around the plot, in CSS pixels. */
const ROOM = { left: 40, right: 14, top: 10, bottom: 36 };

/** Where things lie in a frame of that size. @param {number} width @param {number} height @param {number} T */
function scalesOf(width, height, T) {
  const [wide, tall] = [width - ROOM.left - ROOM.right, height - ROOM.top - ROOM.bottom];
  return {
    x: (/** @type {number} */ t) => ROOM.left + (wide * t) / (T - 1),
    y: (/** @type {number} */ a) => ROOM.top + tall * (1 - a),
    value: (/** @type {number} */ y) => 1 - (y - ROOM.top) / tall,
  };
}

/** @typedef {{o: Options, points: number[], alpha_bar: number[], beta: number[], held: number}} State held: the point that was moved last */

/** So many points a line is drawn through, about. */
const DRAWN = 400;

/** @param {State} state @param {import('./parts/svg.js').Css} css @param {number} width @param {number} height */
function drawing({ o, points, alpha_bar, held }, css, width, height) {
  const T = alpha_bar.length;
  const { x, y } = scalesOf(width, height, T);
  const step = Math.ceil(T / DRAWN);
  const shown = Array.from({ length: Math.ceil((T - 1) / step) + 1 }, (_, i) => Math.min(i * step, T - 1));
  const line = (/** @type {number[]} */ list) =>
    shown.map((t) => `${x(t).toFixed(1)},${y(list[t]).toFixed(1)}`).join(' ');
  const [grid, axis] = [css('grid'), css('axis')];
  const levels = [0, 0.25, 0.5, 0.75, 1].flatMap((a) => [
    `<path d="M${ROOM.left} ${y(a)}H${width - ROOM.right}" stroke="${grid}"/>`,
    label(ROOM.left - 6, y(a) + 4, a, axis, 'text-anchor="end"'),
  ]);
  const samples = o.x_0 ? o.at : [];
  const marks = samples.map(
    (t) =>
      `<path d="M${x(t)} ${y(1)}V${y(0)}" stroke="${axis}" stroke-dasharray="3 4" stroke-opacity="0.7"/>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const t = Math.min(Math.round(share * T), T - 1);
    return label(x(t), y(0) + 16, t, axis, 'text-anchor="middle"');
  });
  const others = Object.entries(o.curves).flatMap(([name, list], i) => {
    // Each name stands where its line has come down so far: they do not meet.
    const t = list.findIndex((a) => a < 0.7 - 0.1 * i);
    return [
      `<polyline points="${line(list)}" fill="none" stroke="${css('faint')}" stroke-width="1.5"/>`,
      ...(t < 0 ? [] : [label(x(t) + 6, y(list[t]) - 5, name, axis)]),
    ];
  });
  const places = placesOf(T);
  const knobs = points.map(
    (a, j) =>
      `<circle cx="${x(places[j])}" cy="${y(a)}" r="${j === held ? 7.5 : 5.5}" fill="${css('abar')}" stroke="${css('figure')}" stroke-width="1.5"/>`,
  );
  const mine = `<polyline points="${line(alpha_bar)}" fill="none" stroke="${css('abar')}" stroke-width="2.5"/>`;
  const below = label(
    (ROOM.left + width - ROOM.right) / 2,
    height - 4,
    'timestep t',
    axis,
    'text-anchor="middle"',
  );
  return [...levels, ...marks, ...ticks, below, ...others, mine, ...knobs];
}

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

const KEY_STEP = 0.01;
const PAGE_STEP = 0.1;

/** The points, to be taken hold of; all of them one stop for the Tab key. @param {HTMLElement} frame @param {Hold} hold @param {() => State} now @param {(j: number, to: number) => void} move */
function createKnobs(frame, { createKnob }, now, move) {
  const scales = () => scalesOf(frame.clientWidth, frame.clientHeight, now().alpha_bar.length);
  const knobs = now().points.map((_, j) =>
    createKnob(frame, {
      move: (_x, y) => move(j, scales().value(y)),
      step(dx, dy, far) {
        if (dy) return move(j, now().points[j] + dy * (far ? PAGE_STEP : KEY_STEP));
        knobs[j + dx]?.knob.focus();
      },
    }),
  );
  return () => {
    const { points, alpha_bar, beta, held } = now();
    const { x, y } = scales();
    const places = placesOf(alpha_bar.length);
    for (const [j, each] of knobs.entries()) {
      const t = places[j];
      const words = `${short(points[j])}, beta ${short(beta[t])}`;
      const label = `alpha_bar at t = ${t}`;
      each.knob.tabIndex = j === held ? 0 : -1;
      each.place({ x: x(t), y: y(points[j]), label, now: points[j], range: roomOf(j, points.length), words });
    }
  };
}

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

/** @param {State} state @param {import('./parts/svg.js').Css} css */
function curveSvg(state, css) {
  const [width, height, top] = [720, 300, 30];
  const parts = drawing(state, css, width, height);
  const body = `<g transform="translate(0 ${top})">${parts.join('\n')}</g>`;
  return svgFile(width, height + top, css, [svgTitle(ROOM.left, 20, state.o.title, css), body]);
}

/** @param {State} state @returns {import('./index.js').Array[]} */
function arraysOf(state) {
  const { o, alpha_bar, beta } = state;
  const table = (/** @type {string} */ name, /** @type {number[]} */ list) => ({
    name,
    shape: [list.length],
    data: Float64Array.from(list),
  });
  const samples = o.x_0 ? samplesOf(state).panels.map(({ x }) => x) : [];
  const x_t = samples.length ? stacked('x_t', samples) : [];
  return [table('alpha_bar', alpha_bar), table('beta', beta), ...x_t];
}

/**
 * @param {HTMLElement} el @param {Options} options @param {Hold} hold
 * @param {(values: Record<string, any>) => void} [change] @returns {import('./index.js').Figure}
 */
export function create(el, options, hold, change = () => {}) {
  let state = stateOf(options, pointsOf(firstOf(options)), 0);
  const [starts, told] = [h('span', { class: 'starts' }), h('output', {})];
  const curve = createDrawing(
    el,
    'curve',
    (css, width, height) => ({ width, height, parts: drawing(state, css, width, height) }),
    () => place(),
  );
  const place = createKnobs(
    curve.frame,
    hold,
    () => state,
    (j, to) => put(moved(state.points, j, to), j),
  );
  const below = h('div', { class: 'holding' }, starts, told, h('span', {}, RULE));
  el.append(below);
  const samples = options.x_0 ? createPanels(el, samplesOf(state), createSample) : null;

  function show() {
    const { o } = state;
    const marks = [{ label: 'yours', color: 'abar' }];
    curve.say(o.title ?? 'alpha_bar', marks, inWords(state));
    told.textContent = tell(state);
    curve.redraw();
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
    const start = (/** @type {string} */ name, /** @type {number[]} */ list) =>
      h('button', { type: 'button', onclick: () => put(pointsOf(list), state.held) }, name);
    starts.replaceChildren('Start from: ', ...Object.entries(next.curves).map((each) => start(...each)));
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
    svg: (css) => curveSvg(state, css),
    destroy() {
      glide.destroy();
      curve.destroy();
      below.remove();
      samples?.destroy();
    },
  };
}

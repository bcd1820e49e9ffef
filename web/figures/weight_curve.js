/** The weight of the loss at each timestep, as a curve that is dragged. */
import { createCurve, curvesOf, firstOf, tableOf } from './parts/curve.js';
import { short } from './parts/dom.js';
import { placesOf } from './parts/falling.js';
import { named, present, word } from './parts/values.js';

/** @typedef {import('./parts/curve.js').Hold} Hold */
/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {Record<string, number[]>} curves weights to start from, the first one at first
 */

/** Of a weight: as far as the trainer goes, and as far down as it matters. */
const [LEAST, MOST] = [1e-6, 1e6];

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const all = { ...before, ...named('weight_curve', given, ['title', 'curves']) };
  const fits = (/** @type {number} */ t, /** @type {number[]} */ list) => list[t] >= LEAST && list[t] <= MOST;
  const curves = curvesOf(all.curves, 'weights', fits, `weights from ${LEAST} to ${MOST}`);
  return { ...present(all, { title: (title) => word('title', title) }), curves };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * The weight of the loss at each timestep, on a logarithmic axis, to be dragged: it starts at the first of `curves` (lists of
   * a weight each timestep, by name). `lab.interact(lab.weight_curve(...), ({ weight }) => ...)` hands its numbers to code whenever
   * it is moved; lab.Trainer takes them as its loss_weight.
   * @param {{title?: string, curves: Record<string, ArrayLike<number>>}} props
   */
  (props) =>
    show(props, check, (o) => ({ weight: [...firstOf(o)] }));

/** @typedef {{o: Options, base: string, points: number[], weight: number[], held: number}} State base: the curve that was started from; points: logarithms */

/**
 * What lies on the curve that was started from stays on it: between two points, their distances from it pass into one another.
 * @param {number[]} base @param {number[]} points logarithms to base 10 at placesOf
 */
export function weightsOf(base, points) {
  const places = placesOf(base.length);
  const away = points.map((p, j) => p - Math.log10(base[places[j]]));
  let k = 0;
  return base.map((w, t) => {
    while (k < places.length - 2 && t > places[k + 1]) k++;
    const share = (t - places[k]) / (places[k + 1] - places[k]);
    return Math.min(MOST, w * 10 ** (away[k] + share * (away[k + 1] - away[k])));
  });
}

/** @param {number[]} curve */
const pointsOf = (curve) => placesOf(curve.length).map((t) => Math.log10(curve[t]));

/** The decades that all curves lie in, with one for the reader above and below. @param {Options} o @returns {[number, number]} */
export function decadesOf({ curves }) {
  const all = Object.values(curves).flat().map(Math.log10);
  const [low, high] = all.reduce(([low, high], w) => [Math.min(low, w), Math.max(high, w)], [0, 0]);
  const decade = (/** @type {number} */ v) => Math.max(Math.log10(LEAST), Math.min(v, Math.log10(MOST)));
  return [decade(Math.floor(low + 1e-9) - 1), decade(Math.ceil(high - 1e-9) + 1)];
}

/** @param {Options} o @param {string} base @param {number} held @returns {State} */
const startOf = (o, base, held) => ({
  o,
  base,
  points: pointsOf(o.curves[base]),
  weight: [...o.curves[base]],
  held,
});

/** @param {State} state */
function inWords({ o, weight }) {
  const some = placesOf(weight.length).map((t) => `${short(weight[t])} at t = ${t}`);
  return `${o.title ?? 'Weights'}: over ${weight.length} timesteps; the weight is ${some.join(', ')}. Grey: ${Object.keys(o.curves).join(', ')}.`;
}

/** Where a name stands: each where its line is farthest from the others. @param {number[][]} lines @param {number} i */
function placeOf(lines, i) {
  const T = lines[i].length;
  const places = [0.1, 0.2, 0.35, 0.5, 0.65, 0.75].map((share) => Math.floor(share * T));
  const far = (/** @type {number} */ t) =>
    Math.min(
      ...lines.map((line, k) => (k === i ? Number.POSITIVE_INFINITY : Math.abs(line[t] - lines[i][t]))),
    );
  return places.reduce((best, t) => (far(t) > far(best) ? t : best));
}

/** Of the arrow keys, and of Page Up and Page Down: parts of a decade. @type {[number, number]} */
const STEPS = [0.1, 1];
const RULE = 'Each line across is ten times the one below.';

/** @param {State} state @returns {import('./parts/curve.js').Shown} */
function shownOf(state) {
  const { o, points, weight, held } = state;
  const places = placesOf(weight.length);
  const range = decadesOf(o);
  const [low, high] = range;
  const lines = Object.values(o.curves).map((list) => list.map(Math.log10));
  return {
    title: o.title ?? 'weight',
    words: inWords(state),
    told: `t = ${places[held]}: weight ${short(weight[places[held]])}`,
    line: weight.map((w) => Math.log10(w)),
    points,
    places,
    held,
    range,
    levels: Array.from({ length: high - low + 1 }, (_, i) => [low + i, short(10 ** (low + i))]),
    others: Object.keys(o.curves).map((name, i) => ({ name, line: lines[i], at: placeOf(lines, i) })),
    point: (j) => ({
      label: `weight at t = ${places[j]}`,
      words: short(weight[places[j]]),
      range,
    }),
  };
}

export const needs = () => import('./parts/hold.js');

/**
 * @param {HTMLElement} el @param {Options} options @param {Hold} hold
 * @param {(values: Record<string, any>) => void} [change] @returns {import('./index.js').Figure}
 */
export function create(el, options, hold, change = () => {}) {
  let state = startOf(options, Object.keys(options.curves)[0], 0);
  const curve = createCurve(el, {
    hold,
    steps: STEPS,
    rule: RULE,
    now: () => shownOf(state),
    move(j, to) {
      const [low, high] = decadesOf(state.o);
      const points = [...state.points];
      points[j] = Math.max(low, Math.min(to, high));
      put({ ...state, points, held: j, weight: weightsOf(state.o.curves[state.base], points) });
    },
    start: (name) => put(startOf(state.o, name, state.held)),
  });

  /** @param {State} next */
  function put(next) {
    state = next;
    curve.show();
    change({ weight: state.weight });
  }

  /** @param {Options} next what the reader has moved stays, unless there is another curve to start from */
  function update(next) {
    const same = firstOf(next).join() === firstOf(state.o).join() && next.curves[state.base];
    state = same ? { ...state, o: next } : startOf(next, Object.keys(next.curves)[0], 0);
    curve.offer();
    curve.show();
  }
  update(options);
  return {
    update: (/** @type {Partial<Options>} */ next) => update({ ...state.o, ...next }),
    title: () => state.o.title ?? 'weight',
    arrays: () => [tableOf('weight', state.weight)],
    picture: () => [curve.root],
    svg: curve.svg,
    destroy: curve.destroy,
  };
}

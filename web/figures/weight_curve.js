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

/** Of a letter: the part of the width and of the height, on a phone. */
const [WIDE, TALL] = [0.022, 0.06];

/**
 * Where names stand, above or below their lines: each as far as it can from all lines and from the names before it.
 * @param {{name: string, line: number[]}[]} others @param {[number, number]} range
 */
export function namesBeside(others, [low, high]) {
  const T = others[0].line.length;
  /** @type {{from: number, to: number, height: number}[]} */
  const taken = [];
  return others.map(({ name, line }) => {
    const places = [0.04, 0.1, 0.2, 0.35, 0.5, 0.6, 0.7].flatMap((share) =>
      [false, true].map((below) => {
        const at = Math.floor(share * T);
        const to = Math.min(T - 1, Math.ceil(at + WIDE * name.length * T));
        const height = line[at] / (high - low) + (below ? -TALL : TALL);
        const inTheWay = others.flatMap((other) =>
          [0, 0.25, 0.5, 0.75, 1].map((k) => other.line[Math.round(at + k * (to - at))] / (high - low)),
        );
        const names = taken.filter((each) => each.from < to && each.to > at).map((each) => each.height);
        const free = Math.min(...[...inTheWay, ...names].map((each) => Math.abs(each - height)));
        return { at, to, below, height, free };
      }),
    );
    const best = places.reduce((a, b) => (b.free > a.free + 1e-9 ? b : a));
    taken.push({ from: best.at, to: best.to, height: best.height });
    return { name, line, at: best.at, below: best.below };
  });
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
  const lines = Object.entries(o.curves).map(([name, list]) => ({ name, line: list.map(Math.log10) }));
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
    others: namesBeside(lines, range),
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

/** A curve over timesteps that is dragged by a few of its points, by mouse, finger and keys; what it means is its figure's. */
import { h } from './dom.js';
import { createDrawing } from './drawing.js';
import { label } from './label.js';
import { svgFile, svgTitle } from './svg.js';
import { got, numbers } from './values.js';

/** @typedef {typeof import('./hold.js')} Hold */
/**
 * @typedef {object} Shown all of it in the unit that points are moved in
 * @property {string} title
 * @property {string} words the curve, to be read out
 * @property {string} told of the point that was moved last
 * @property {number[]} line at every timestep
 * @property {number[]} points @property {number[]} places their timesteps @property {number} held the point that was moved last
 * @property {[number, number]} range from the bottom to the top
 * @property {(readonly [number, number | string])[]} levels lines across, and what stands beside them
 * @property {{name: string, line: number[], at: number, below?: boolean}[]} others to start from; at: where its name stands, above the line or below it, or -1
 * @property {number[]} [marks] timesteps
 * @property {(j: number) => {label: string, words: string, range: [number, number]}} point what is read out of it
 */

const MOST_STEPS = 10_000;

/** Curves of as many numbers each, by their names. @param {unknown} value @param {string} what they are lists of @param {(t: number, list: number[]) => boolean} fits @param {string} rule */
export function curvesOf(value, what, fits, rule) {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new TypeError(`curves must be lists of ${what} by their names, got ${got(value)}`);
  const curves = Object.entries(value).map(([name, each]) => {
    const list = /** @type {number[]} */ (numbers(`the curve ${name}`, each));
    if (list.length < 2 || list.length > MOST_STEPS)
      throw new RangeError(`the curve ${name} must have 2 to ${MOST_STEPS} numbers, got ${list.length}`);
    const t = list.findIndex((_, i) => !fits(i, list));
    if (t >= 0) throw new RangeError(`the curve ${name} must be ${rule}, but at t = ${t} it is ${list[t]}`);
    return /** @type {const} */ ([name, list]);
  });
  if (curves.length === 0) throw new TypeError(`curves must name at least one list of ${what}`);
  const odd = curves.find(([, { length }]) => length !== curves[0][1].length);
  if (odd)
    throw new RangeError(
      `all curves have as many timesteps: got ${curves[0][1].length} and ${odd[1].length}`,
    );
  return Object.fromEntries(curves);
}

/** The first of the curves. @param {{curves: Record<string, number[]>}} o */
export const firstOf = ({ curves }) => Object.values(curves)[0];

/** Room around the plot, in CSS pixels. */
const ROOM = { left: 40, right: 14, top: 10, bottom: 36 };

/** Where things lie in a frame of that size. @param {number} width @param {number} height @param {Shown} shown */
function scalesOf(width, height, { line, range: [low, high] }) {
  const [wide, tall] = [width - ROOM.left - ROOM.right, height - ROOM.top - ROOM.bottom];
  return {
    x: (/** @type {number} */ t) => ROOM.left + (wide * t) / (line.length - 1),
    y: (/** @type {number} */ a) => ROOM.top + tall * (1 - (a - low) / (high - low)),
    value: (/** @type {number} */ y) => low + (1 - (y - ROOM.top) / tall) * (high - low),
  };
}

/** So many points a line is drawn through, about. */
const DRAWN = 400;

/** @param {Shown} shown @param {import('./svg.js').Css} css @param {number} width @param {number} height */
function drawing(shown, css, width, height) {
  const T = shown.line.length;
  const { x, y } = scalesOf(width, height, shown);
  const step = Math.ceil(T / DRAWN);
  const drawn = Array.from({ length: Math.ceil((T - 1) / step) + 1 }, (_, i) => Math.min(i * step, T - 1));
  const line = (/** @type {number[]} */ list) =>
    drawn.map((t) => `${x(t).toFixed(1)},${y(list[t]).toFixed(1)}`).join(' ');
  const [grid, axis] = [css('grid'), css('axis')];
  const [bottom] = shown.range;
  const levels = shown.levels.flatMap(([a, text]) => [
    `<path d="M${ROOM.left} ${y(a)}H${width - ROOM.right}" stroke="${grid}"/>`,
    label(ROOM.left - 6, y(a) + 4, text, axis, 'text-anchor="end"'),
  ]);
  const marks = (shown.marks ?? []).map(
    (t) =>
      `<path d="M${x(t)} ${ROOM.top}V${y(bottom)}" stroke="${axis}" stroke-dasharray="3 4" stroke-opacity="0.7"/>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const t = Math.min(Math.round(share * T), T - 1);
    return label(x(t), y(bottom) + 16, t, axis, 'text-anchor="middle"');
  });
  const others = shown.others.map(
    (other) =>
      `<polyline points="${line(other.line)}" fill="none" stroke="${css('faint')}" stroke-width="1.5"/>`,
  );
  // Lines end before the letters that stand on them.
  const halo = `stroke="${css('figure')}" stroke-width="4" paint-order="stroke"`;
  const names = shown.others.flatMap(({ name, line: list, at, below }) =>
    at < 0 ? [] : [label(x(at) + 6, y(list[at]) + (below ? 15 : -5), name, axis, halo)],
  );
  const knobs = shown.points.map(
    (a, j) =>
      `<circle cx="${x(shown.places[j])}" cy="${y(a)}" r="${j === shown.held ? 7.5 : 5.5}" fill="${css('abar')}" stroke="${css('figure')}" stroke-width="1.5"/>`,
  );
  const mine = `<polyline points="${line(shown.line)}" fill="none" stroke="${css('abar')}" stroke-width="2.5"/>`;
  const below = label(
    (ROOM.left + width - ROOM.right) / 2,
    height - 4,
    'timestep t',
    axis,
    'text-anchor="middle"',
  );
  return [...levels, ...marks, ...ticks, below, ...others, ...names, mine, ...knobs];
}

/** The points, to be taken hold of; all of them one stop for the Tab key. @param {HTMLElement} frame @param {Parts} parts */
function createKnobs(frame, { hold: { createKnob }, steps: [near, far], now, move }) {
  const scales = () => scalesOf(frame.clientWidth, frame.clientHeight, now());
  const knobs = now().points.map((_, j) =>
    createKnob(frame, {
      move: (_x, y) => move(j, scales().value(y)),
      step(dx, dy, page) {
        if (dy) return move(j, now().points[j] + dy * (page ? far : near));
        knobs[j + dx]?.knob.focus();
      },
    }),
  );
  return () => {
    const { points, places, held, point } = now();
    const { x, y } = scales();
    for (const [j, each] of knobs.entries()) {
      each.knob.tabIndex = j === held ? 0 : -1;
      each.place({ x: x(places[j]), y: y(points[j]), now: points[j], ...point(j) });
    }
  };
}

/**
 * @typedef {object} Parts
 * @property {Hold} hold
 * @property {[number, number]} steps of an arrow key, and of Page Up and Page Down
 * @property {string} rule said to whoever drags
 * @property {() => Shown} now
 * @property {(j: number, to: number) => void} move
 * @property {(name: string) => void} start from a curve of that name
 */

/** @param {HTMLElement} el @param {Parts} parts */
export function createCurve(el, parts) {
  const { now } = parts;
  const [starts, told] = [h('span', { class: 'starts' }), h('output', {})];
  const curve = createDrawing(
    el,
    'curve',
    (css, width, height) => ({ width, height, parts: drawing(now(), css, width, height) }),
    () => place(),
  );
  const place = createKnobs(curve.frame, parts);
  const below = h('div', { class: 'holding' }, starts, told, h('span', {}, parts.rule));
  el.append(below);
  return {
    root: curve.root,
    /** Draws what is now, and says it. */
    show() {
      const { title, words, told: last } = now();
      curve.say(title, [{ label: 'yours', color: 'abar' }], words);
      told.textContent = last;
      curve.redraw();
    },
    /** Offers the curves to start from. */
    offer() {
      const start = (/** @type {string} */ name) =>
        h('button', { type: 'button', onclick: () => parts.start(name) }, name);
      starts.replaceChildren('Start from: ', ...now().others.map(({ name }) => start(name)));
    },
    /** @param {import('./svg.js').Css} css */
    svg(css) {
      const [width, height, top] = [720, 300, 30];
      const lines = drawing(now(), css, width, height);
      const body = `<g transform="translate(0 ${top})">${lines.join('\n')}</g>`;
      return svgFile(width, height + top, css, [svgTitle(ROOM.left, 20, now().title, css), body]);
    },
    destroy() {
      curve.destroy();
      below.remove();
    },
  };
}

/** @param {string} name @param {number[]} list @returns {import('../index.js').Array} */
export const tableOf = (name, list) => ({ name, shape: [list.length], data: Float64Array.from(list) });

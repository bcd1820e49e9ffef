/**
 * What a cell hands to a figure, checked and made ready for the page. All of it runs in the kernel's worker, so that a
 * mistake is an error of the cell; nothing here may touch a document.
 */
import { colourName } from './colours.js';

/** @typedef {Record<string, any>} Props */
/** @typedef {{shape: number[], data: Float32Array}} Shaped a tensor as figures get it */
/** @typedef {{points: Float32Array, label?: string, color?: string}} PointSet */
/**
 * Makes the page's props out of what a cell hands over; at an update `given` is what changes, and `before` what the figure
 * was given until then.
 * @typedef {(given: Props, before?: Props) => Props} Check
 */
/** The values in a figure that a reader moves and code can take (lab.interact), where they start. @typedef {(props: any) => Props} Hands */
/** Shows a figure and gives back its display. @typedef {(props: Props, check: Check, hands?: Hands) => any} Show */

/** @param {unknown} value a tensor, whatever its class: a shape, and as many numbers @returns {value is {shape: number[], data: Float32Array}} */
function isTensor(value) {
  const { shape, data } = /** @type {any} */ (value ?? {});
  return (
    Array.isArray(shape) &&
    ArrayBuffer.isView(data) &&
    shape.reduce((a, b) => a * b, 1) === listOf(data)?.length
  );
}

/** @param {any} value numbers in a list or a typed array */
const listOf = (value) =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
    ? /** @type {ArrayLike<any>} */ (value)
    : null;

/** What a reader passed. @param {unknown} value */
export function got(value) {
  if (isTensor(value)) return `a tensor of shape [${value.shape}]`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === null) return 'null';
  return typeof value === 'number' || typeof value === 'string' ? JSON.stringify(value) : typeof value;
}

/** @param {string} what @param {unknown} given @param {string[]} names that it may have @returns {Props} */
export function named(what, given, names) {
  if (given === null || typeof given !== 'object' || listOf(given) || isTensor(given))
    throw new TypeError(`${what} takes an object with some of ${names.join(', ')}, got ${got(given)}`);
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined) throw new TypeError(`${what} knows no ${strange}: it takes ${names.join(', ')}`);
  return /** @type {Props} */ (given);
}

/** @template T @param {string} what @param {unknown} value @param {(each: any, i: number) => T} each @returns {T[]} */
export function listed(what, value, each) {
  if (!Array.isArray(value)) throw new TypeError(`${what} must be a list, got ${got(value)}`);
  return value.map(each);
}

/** @param {string} what @param {unknown} value */
export function word(what, value) {
  if (!['string', 'number'].includes(typeof value))
    throw new TypeError(`${what} must be a text, got ${got(value)}`);
  return String(value);
}

/** @param {string} what @param {unknown} value numbers; null stands for none @returns {(number | null)[]} */
export function numbers(what, value) {
  const list = isTensor(value) ? listOf(value.data) : listOf(value);
  const all = list && Array.from(list, (each) => each ?? null);
  if (!all?.every((each) => each === null || typeof each === 'number'))
    throw new TypeError(`${what} must be numbers, or null where there is none, got ${got(value)}`);
  return all;
}

/** The lowest and the highest. @param {string} what @param {unknown} value @returns {[number, number]} */
export function span(what, value) {
  const [low, high, more] = Array.from(listOf(value) ?? []);
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high) || more !== undefined)
    throw new TypeError(
      `${what} must be two numbers [low, high], low below high, got ${listOf(value) ? `[${Array.from(listOf(value) ?? []).join(', ')}]` : got(value)}`,
    );
  return [low, high];
}

/** The parts of props that are there, each through its check. @param {Props} props @param {Record<string, (value: any) => unknown>} checks @returns {Props} */
export const present = (props, checks) =>
  Object.fromEntries(
    Object.entries(checks).flatMap(([name, check]) =>
      props[name] === undefined ? [] : [[name, check(props[name])]],
    ),
  );

/** @param {{shape: number[], data: ArrayLike<number>}} tensor @param {number[]} [shape] @returns {Shaped} */
const shaped = ({ shape: own, data }, shape = own) => ({ shape: [...shape], data: Float32Array.from(data) });

/** @param {string} what @param {unknown} value @returns {Shaped} (rows, columns), one of each at least */
export function matrix(what, value) {
  if (!isTensor(value) || value.shape.length !== 2 || value.data.length === 0)
    throw new TypeError(
      `${what} must be a tensor of shape [rows, columns], at least 1 of each, got ${got(value)}`,
    );
  return shaped(value);
}

/** @param {string} what @param {unknown} value @returns {Shaped} (n, 2) */
export function plane(what, value) {
  if (!isTensor(value) || value.shape.length !== 2 || value.shape[1] !== 2)
    throw new TypeError(`${what} must be a tensor of shape [n, 2], got ${got(value)}`);
  return shaped(value);
}

/** Points of the plane, as a tensor or a list of their numbers. @param {string} what @param {unknown} value x, y, x, y, ... */
export function points(what, value) {
  const list = isTensor(value) ? null : listOf(value);
  if (!list) return plane(what, value).data;
  if (list.length % 2 || !Array.prototype.every.call(list, (each) => typeof each === 'number'))
    throw new TypeError(
      `${what} must be a tensor of shape [n, 2] or a list x, y, x, y, ..., got ${got(value)}`,
    );
  return Float32Array.from(list);
}

/** @param {unknown} value @returns {PointSet[]} */
export const sets = (value) =>
  listed('sets', value, (given) => {
    const set = named('a set of points', given, ['points', 'label', 'color']);
    return {
      points: points('points', set.points),
      ...present(set, { label: (label) => word('label', label), color: colourName }),
    };
  });

/** One picture (height, width), several (n, 1 or 3, height, width), or a list of single ones. @param {unknown} value @param {string} [what] its name @returns {Shaped} */
export function pictures(value, what = 'images') {
  const say = () =>
    new TypeError(
      `${what} must be a tensor of shape [height, width] or [n, 1 or 3, height, width], or a list of the first, at least 1 of each, got ${got(value)}`,
    );
  if (Array.isArray(value)) {
    const [first] = value;
    if (
      value.length === 0 ||
      !value.every((each) => isTensor(each) && each.shape.length === 2 && each.data.length > 0)
    )
      throw say();
    if (!value.every((each) => each.shape.join() === first.shape.join()))
      throw new TypeError('all images of a list must have the same shape');
    const data = new Float32Array(value.length * first.data.length);
    for (const [i, each] of value.entries()) data.set(each.data, i * first.data.length);
    return { shape: [value.length, 1, ...first.shape], data };
  }
  if (!isTensor(value) || value.data.length === 0) throw say();
  if (value.shape.length === 2) return shaped(value, [1, 1, ...value.shape]);
  if (value.shape.length !== 4 || (value.shape[1] !== 1 && value.shape[1] !== 3)) throw say();
  return shaped(value);
}

/** @param {unknown} value whether a frame is of pictures, and not of points */
export const isPictures = (value) => isTensor(value) && value.shape.length === 4;

/**
 * The check of a figure of panels. A single panel can be given without the list; what all panels share stands beside it.
 * @param {string} what the figure @param {string[]} own what a panel may have
 * @param {Record<string, (value: any) => unknown>} shared what may stand beside the panels, each with its check
 * @param {(panel: Props, all: Props) => Props} check of one panel; all: what stands beside it @returns {Check}
 */
export const panelled = (what, own, shared, check) => {
  const names = [...new Set(['panels', ...own, ...Object.keys(shared)])];
  return (given, before = {}) => {
    const { panels, ...rest } = { ...before, ...named(what, given, names) };
    const list =
      panels === undefined ? [rest] : listed('panels', panels, (panel) => named('a panel', panel, own));
    if (list.length === 0) throw new TypeError(`${what} has no panels: give at least one`);
    const all = present(rest, shared);
    return { ...all, panels: list.map((panel) => check(panel, all)) };
  };
};

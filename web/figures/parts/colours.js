/** The colours of tokens.css, by name: a figure's lines, points and arrows take no other. */

/** `one` to `four` are for what is no symbol of the formulas: several schedules, say. */
const NAMES = ['x0', 'xt', 'eps', 'abar', 'one', 'two', 'three', 'four', 'faint', 'axis', 'grid', 'figure'];

/** What a chart's lines take in turn. */
const TURN = ['eps', 'x0', 'xt', 'abar'];

/** @param {string[] | undefined} given @param {number} i */
export const colourOf = (given, i) => given?.[i] ?? TURN[i % TURN.length];

/** @param {unknown} name @returns {string} the name, if it is one */
export function colourName(name) {
  if (typeof name !== 'string' || !NAMES.includes(name))
    throw new TypeError(`a color is one of ${NAMES.join(', ')}, got ${String(JSON.stringify(name))}`);
  return name;
}

/** As style sheets write it. @param {string} name */
export const cssColour = (name) => `var(--c-${colourName(name)})`;

/** A legend's dot. @param {string} name */
export const dot = (name) => `--dot: ${cssColour(name)}`;

/** Which names a cell declares and uses, as the build found them: of an edited cell, those of the lesson's own text. */

/** @typedef {import('./cell.js').Cell} Cell */
/** @typedef {import('../../kernel/evaluate.js').Prepared} Prepared */
/** @typedef {{declares: Set<string>, uses: Set<string>}} Names */

/** @param {Prepared} prepared @returns {Names} */
export function namesIn({ code, names }) {
  // What cells share is a field of $ (rewrite.js).
  const uses = [...code.matchAll(/(?<![\w$.])\$\.([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu)];
  return { declares: new Set(names), uses: new Set(uses.map(([, name]) => name)) };
}

/** @type {WeakMap<Cell, Names>} */
const known = new WeakMap();

/** @param {Cell} cell @returns {Names} */
export function namesOf(cell) {
  const text = cell.element.querySelector('.prepared')?.textContent;
  const names = known.get(cell) ?? namesIn(text ? JSON.parse(text) : { code: '', names: [] });
  known.set(cell, names);
  return names;
}

/** Whether a cell uses what another one declares. @param {Cell} cell @param {Cell} other */
export const usesOf = (cell, other) =>
  [...namesOf(other).declares].some((name) => namesOf(cell).uses.has(name));

/**
 * The cells among `list` that use a name which only cells of `missing` declare, and those that use what these declare.
 * @template T @param {T[]} list in the page's order @param {T[]} missing @param {(cell: T) => Names} names @returns {T[]}
 */
export function dependents(list, missing, names) {
  const gone = [...missing];
  /** @type {Set<string>} */
  const provided = new Set();
  return list.filter((cell) => {
    if (gone.includes(cell)) return false;
    const { declares, uses } = names(cell);
    const lacks = (/** @type {string} */ name) =>
      !provided.has(name) && !declares.has(name) && gone.some((each) => names(each).declares.has(name));
    if ([...uses].some(lacks)) {
      gone.push(cell);
      return true;
    }
    for (const name of declares) provided.add(name);
    return false;
  });
}

/** Rows of numbers, from a table or an array, become points or series; words become classes. */
import { heldOf, mixed, scaled } from '../../../kernel/studio/dataset.js';

/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** A data set and what the reader should know of how it was read. @typedef {Data & {note?: string}} Read */
/** @typedef {{classes: string[], labels: number[]}} Known of each row the number of its class */

export const LEAST_ROWS = 10;
export const MOST_ROWS = 100_000;
const LONGEST = 4096;
const MOST_CLASSES = 1000;

/** What the file is called without its ending. @param {string} file */
export const nameOf = (file) => file.replace(/\.\w+$/, '').slice(0, 60);

/** @param {string[]} words one a row @param {string} file @param {'column' | 'array'} where they stand @returns {Known} throws a sentence */
export function classesOf(words, file, where) {
  const classes = [...new Set(words)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (classes.length < 2 || classes.length > MOST_CLASSES || classes.length === words.length)
    throw new RangeError(
      `${file}: the ${where} of labels has ${classes.length} of them for ${words.length} rows: it takes 2 to ${MOST_CLASSES.toLocaleString('en')}, and fewer than rows`,
    );
  const places = new Map(classes.map((name, i) => [name, i]));
  return {
    classes: classes.map((name) => name.slice(0, 60)),
    labels: words.map((word) => places.get(word) ?? 0),
  };
}

/** In an order that mixes them. @param {{numbers: ArrayLike<number>, length: number, known: Known | null, file: string}} read length: numbers a row @returns {Data} throws a sentence */
export function tableData({ numbers, length, known, file }) {
  if (length < 2 || length > LONGEST)
    throw new RangeError(
      `${file} has ${length} number${length === 1 ? '' : 's'} a row: a point takes 2, a series 3 to ${LONGEST.toLocaleString('en')}`,
    );
  const places = mixed(numbers.length / length);
  const inOrder = Float64Array.from(
    numbers,
    (_, i) => numbers[places[Math.floor(i / length)] * length + (i % length)],
  );
  const { values, offset, scale } = scaled(inOrder, length === 2 ? 2 : 1);
  if (!(scale > 0) || !Number.isFinite(scale))
    throw new RangeError(`${file}: all rows are the same, so there is nothing to learn`);
  return {
    kind: length === 2 ? 'points' : 'series',
    shape: length === 2 ? [2] : [1, length],
    values,
    labels: known ? Int32Array.from(places, (i) => known.labels[i]) : null,
    classes: known?.classes ?? [],
    name: nameOf(file),
    transform: { offset, scale },
    held: heldOf(places.length),
  };
}

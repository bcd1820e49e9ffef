/** Data of a table: CSV as spreadsheets write it, a point or a series a row, a column of labels where there is one. */
import Papa from 'papaparse';
import { classesOf, LEAST_ROWS, MOST_ROWS, tableData } from './samples.js';

/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */

export const MOST_BYTES = 20 * 2 ** 20;

/** A cell as a number; with another sign between columns a comma is a decimal point. @param {string} cell @param {boolean} commas */
function numberOf(cell, commas) {
  const text = commas ? cell.trim().replace(',', '.') : cell.trim();
  return text !== '' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

/** @param {string} text @param {string} file */
function rowsOf(text, file) {
  if (text.length > MOST_BYTES)
    throw new RangeError(`${file} has more than ${MOST_BYTES / 2 ** 20} MB: take a part of it`);
  if (text.includes('\0')) throw new TypeError(`${file} is no text: a table is a .csv file`);
  const { data, meta } = Papa.parse(text.trim().replace(/\r\n?/g, '\n'), {
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  });
  const rows = /** @type {string[][]} */ (data);
  if (rows.length > MOST_ROWS)
    throw new RangeError(
      `${file} has ${rows.length.toLocaleString('en')} rows, and at most ${MOST_ROWS.toLocaleString('en')} are taken: take a part of it`,
    );
  return { rows, commas: meta.delimiter !== ',' };
}

/** The column that has words in all of its rows, or is called so; -1 without one. @param {string[][]} rows @param {string[] | null} header @param {boolean} commas @param {string} file */
function labelColumn(rows, header, commas, file) {
  const named = header?.findIndex((name) => /^(label|labels|class|target)$/i.test(name.trim())) ?? -1;
  if (named >= 0) return named;
  const wordy = rows[0]
    .map((_, column) => column)
    .filter((column) =>
      rows.every((row) => row[column].trim() !== '' && Number.isNaN(numberOf(row[column], commas))),
    );
  if (wordy.length > 1)
    throw new TypeError(
      `${file}: columns ${wordy.map((column) => column + 1).join(' and ')} have words, and one column of labels is taken`,
    );
  return wordy[0] ?? -1;
}

/** @param {string[][]} rows @param {number} labelled @param {boolean} commas @param {string} file @param {number} first the first row's number in the file */
function numbersOf(rows, labelled, commas, file, first) {
  const width = rows[0].length;
  const numbers = new Float64Array(rows.length * (width - (labelled >= 0 ? 1 : 0)));
  let at = 0;
  for (const [r, row] of rows.entries()) {
    if (row.length !== width)
      throw new TypeError(
        `${file}, row ${r + first}: it has ${row.length} columns, and the first has ${width}`,
      );
    for (const [c, cell] of row.entries()) {
      if (c === labelled) continue;
      const value = numberOf(cell, commas);
      if (!Number.isFinite(value))
        throw new TypeError(
          `${file}, row ${r + first}, column ${c + 1}: ${cell.trim() === '' ? 'nothing stands there' : `“${cell.trim().slice(0, 30)}” is no number`}. Each row takes numbers, and one column may have labels`,
        );
      numbers[at++] = value;
    }
  }
  return numbers;
}

/** @param {string} text @param {string} file its name, for messages @returns {Data} throws a sentence */
export function readTable(text, file) {
  const { rows: all, commas } = rowsOf(text, file);
  const isNumber = (/** @type {string} */ cell) => !Number.isNaN(numberOf(cell, commas));
  const headed = all.length > 1 && all[0].some((cell, c) => !isNumber(cell) && isNumber(all[1][c] ?? ''));
  const rows = headed ? all.slice(1) : all;
  if (rows.length < LEAST_ROWS)
    throw new RangeError(
      `${file} has ${rows.length} row${rows.length === 1 ? '' : 's'} of data: it takes ${LEAST_ROWS} or more`,
    );
  const ragged = rows.findIndex((row) => row.length !== rows[0].length);
  const labelled = ragged < 0 ? labelColumn(rows, headed ? all[0] : null, commas, file) : -1;
  const numbers = numbersOf(rows, labelled, commas, file, headed ? 2 : 1);
  const length = numbers.length / rows.length;
  const words = labelled >= 0 ? rows.map((row) => row[labelled].trim()) : null;
  return tableData({ numbers, length, known: words && classesOf(words, file, 'column'), file });
}

/** What a reader brings becomes data: tables, arrays, pictures, and pictures in a .zip. Loaded when somebody does. */
import { MOST_BYTES as MOST_ARRAY, readArrays } from './numpy.js';
import { readPictures } from './pictures.js';
import { MOST_BYTES as MOST_TABLE, readTable } from './table.js';
import { textOf } from './text.js';
import { MOST_BYTES as MOST_ZIP, picturesIn } from './zip.js';

/** @typedef {import('./dropped.js').Found} Found */
/** @typedef {import('./samples.js').Read} Read */
/** @typedef {{side: number, channels: 1 | 3, told: (sentence: string) => void, openRun: (file: File) => void}} Wish openRun: of a .zip that is a saved run */

const TABLE = /\.(csv|tsv|txt)$/i;
const ARRAY = /\.npy$/i;

/** @param {File} file @param {number} most @returns {Promise<Uint8Array>} */
async function bytesOf(file, most) {
  if (file.size > most)
    throw new RangeError(`${file.name} has more than ${most / 2 ** 20} MB: take a part of it`);
  return new Uint8Array(await file.arrayBuffer());
}

/** @param {File} file @returns {Promise<Read>} */
async function tableOf(file) {
  const { text, note } = textOf(await bytesOf(file, MOST_TABLE));
  return { ...readTable(text, file.name), note };
}

/** @param {Found[]} files @param {Wish} wish @returns {Promise<Read>} */
const picturesOf = (files, wish) =>
  readPictures(files, wish, (done) => wish.told(`Reading picture ${done} of ${files.length}.`));

/** @param {File} file @param {Wish} wish @returns {Promise<Read | null>} */
async function zipOf(file, wish) {
  wish.told(`Unpacking ${file.name}.`);
  const told = (/** @type {number} */ part) =>
    wish.told(`Unpacking ${file.name}: ${Math.round(100 * part)}%.`);
  const inside = await picturesIn(await bytesOf(file, MOST_ZIP), file.name, { told });
  if (!inside) {
    wish.openRun(file);
    return null;
  }
  const read = await picturesOf(inside.found, wish);
  return { ...read, note: inside.note };
}

/** @param {Found[]} files @param {Wish} wish @returns {Promise<Read | null>} null where there are no data to take, but a run; throws a sentence without its full stop */
export async function readData(files, wish) {
  const zip = files.find(({ file }) => /\.zip$/i.test(file.name))?.file;
  if (zip && files.length > 1)
    throw new RangeError(`${zip.name} and ${files.length - 1} more: one .zip is taken at a time`);
  if (zip) return zipOf(zip, wish);
  const table = files.find(({ file }) => TABLE.test(file.name))?.file;
  if (table && files.length > 1)
    throw new RangeError(`${table.name} and ${files.length - 1} more: one table is taken, or pictures`);
  if (table) return tableOf(table);
  const arrays = files.filter(({ file }) => ARRAY.test(file.name));
  if (arrays.length > 0 && arrays.length < files.length)
    throw new RangeError(
      `${arrays[0].file.name} and ${files.length - 1} more: .npy files are taken without others`,
    );
  if (arrays.length > 0)
    return readArrays(
      await Promise.all(
        arrays.map(async ({ file }) => ({ name: file.name, bytes: await bytesOf(file, MOST_ARRAY) })),
      ),
    );
  return picturesOf(files, wish);
}

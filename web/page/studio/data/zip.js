/** Pictures in a .zip, as if its folders had been dropped. */
import { unpacked } from '../open/unzip.js';

/** @typedef {import('./dropped.js').Found} Found */

export const MOST_BYTES = 256 * 2 ** 20;
const MOST_UNPACKED = 512 * 2 ** 20;

/** What a file is by its name, as a browser says it of files that are chosen. @type {Record<string, string>} */
const TYPES = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  avif: 'image/avif',
};
/** What systems put beside files: in no folder that one sees, or under a name that one does not. */
const HIDDEN = /^__MACOSX\/|(?:^|\/)\.|(?:^|\/)(?:Thumbs\.db|desktop\.ini)$/i;

const typeOf = (/** @type {string} */ path) => TYPES[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? '';

/** @param {number} n @param {string} one @param {string} several */
const left = (n, one, several) =>
  n > 0 ? [`${n} ${n === 1 ? `${one} was` : `${several} were`} left out.`] : [];

/**
 * @param {Uint8Array} zip @param {string} title its name, for messages
 * @param {{most?: number, told?: (part: number) => void}} [given] most: bytes that come out, in all; told: which part is unpacked
 * @returns {Promise<{found: Found[], note: string} | null>} null: it is a saved run; rejects with a sentence
 */
export async function picturesIn(zip, title, { most = MOST_UNPACKED, told } = {}) {
  let isRun = false;
  const without = { hidden: 0, zips: 0, others: 0 };
  const wanted = (/** @type {string} */ path) => {
    if (path.endsWith('/')) return false;
    // In the .zip itself or in the one folder that it is packed in.
    if (/^(?:[^/]+\/)?run\.json$/.test(path)) isRun = true;
    else if (HIDDEN.test(path)) without.hidden++;
    else if (typeOf(path)) return true;
    else if (/\.zip$/i.test(path)) without.zips++;
    else without.others++;
    return false;
  };
  const files = await unpacked(zip, { wanted, most, title, told, folders: true, isEnough: () => isRun });
  return files && { found: foundIn(files), note: noteOf(without) };
}

/** @param {Map<string, Uint8Array>} files @returns {Found[]} */
const foundIn = (files) =>
  [...files].map(([path, bytes]) => {
    const [name = '', folder = ''] = path.split('/').reverse();
    return { file: new File([/** @type {any} */ (bytes)], name, { type: typeOf(path) }), folder };
  });

/** @param {{hidden: number, zips: number, others: number}} without */
const noteOf = ({ hidden, zips, others }) =>
  [
    ...left(hidden, 'hidden file', 'hidden files'),
    ...left(zips, '.zip in it', '.zips in it'),
    ...left(others, 'file that is no picture', 'files that are no pictures'),
  ].join(' ');

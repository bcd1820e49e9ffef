/** What a kernel asks its page for, since its worker has neither network nor storage: data of the site, kept models. */
import { memoryStorage, openStorage, shelfIn } from '../../kernel/storage.js';
import { SITE } from '../common/memory.js';
import { readAsset } from './assets.js';

/** @typedef {import('../../kernel/protocol.js').Wanted} Wanted */
/** @typedef {import('../../kernel/protocol.js').Answer} Answer */

/** What finds no room lives as long as the page. IndexedDB can be switched off: then that is said of all. */
let shelf = /** @type {Promise<import('../../kernel/storage.js').Shelf> | null} */ (null);
const openShelf = () => {
  shelf ??= openStorage(SITE)
    .catch(() => ({ ...memoryStorage(), fleeting: true }))
    .then(shelfIn);
  return shelf;
};

/** @param {Wanted} wanted */
async function obtain(wanted) {
  // A cell can have a hand in what the kernel asks for.
  if (typeof wanted.name !== 'string') throw new TypeError('a name is a text');
  if (wanted.want === 'asset') return readAsset(wanted.name);
  const { get, keep } = await openShelf();
  return wanted.want === 'model' ? get(wanted.name) : keep(wanted.name, wanted.saved, wanted.known);
}

/** @param {number} id @param {Wanted} wanted @returns {Promise<Answer>} */
export async function answer(id, wanted) {
  try {
    return { id, value: await obtain(wanted), failure: null };
  } catch (error) {
    return { id, value: null, failure: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Changes that others bring, until the reader has decided: by a link, whose offer lasts as long as the tab, or by a progress
 * file, whose cells wait here for their lesson to be opened.
 */
import { keys, recall, remember } from '../common/memory.js';
import { hasChanges } from './text.js';

/** @typedef {import('./share.js').Changes} Changes */
/**
 * `changes` is null if there is a fault, which is a sentence.
 * @typedef {{by: 'link' | 'file', changes: Changes | null, fault: string, forget: () => void}} Offer
 */

const HASH = 'shared link';
const IMPORTED = 'imported:';
const DAMAGED = 'This link is damaged. The lesson is as you left it. Ask for the link once more.';

/** @param {(storage: Storage) => string | null | void} act */
function inTab(act) {
  try {
    return act(sessionStorage) ?? null;
  } catch {
    return null; // Closed to us: then the offer lasts as long as its address.
  }
}

/** @param {string} place */
const keyOf = (place) => `${HASH} ${place}`;

/** What a link brought to this page in this tab. @returns {Promise<Offer | null>} */
async function linked() {
  const { pathname, search } = location;
  if (hasChanges(location.hash)) {
    const { hash } = location;
    inTab((tab) => tab.setItem(keyOf(pathname), hash));
  }
  // A link to a cell has another hash; what was offered stays.
  const hash = hasChanges(location.hash) ? location.hash : inTab((tab) => tab.getItem(keyOf(pathname)));
  if (!hash) return null;
  const forget = () => {
    inTab((tab) => tab.removeItem(keyOf(pathname)));
    if (hasChanges(location.hash)) history.replaceState(null, '', pathname + search);
  };
  const { decodeChanges, tooMuch } = await import('./share.js');
  const changes = await decodeChanges(hash);
  const fault = changes ? tooMuch(changes.cells) : DAMAGED;
  return { by: 'link', changes: fault ? null : changes, fault, forget };
}

/** Cells of a progress file, which nobody has looked at yet. @param {string} lesson @returns {Promise<Offer | null>} */
async function imported(lesson) {
  const prefix = `${IMPORTED}${lesson}:`;
  const waiting = keys().filter((key) => key.startsWith(prefix));
  if (waiting.length === 0) return null;
  const cells = Object.fromEntries(waiting.map((key) => [key.slice(prefix.length), recall(key) ?? '']));
  const forget = () => {
    for (const key of waiting) remember(key, null);
  };
  const { tooMuch } = await import('./share.js');
  const fault = tooMuch(cells);
  return { by: 'file', changes: fault ? null : { cells, controls: {} }, fault, forget };
}

/** @param {string} lesson @returns {Promise<Offer | null>} */
export const offerFor = async (lesson) => (await linked()) ?? imported(lesson);

/** A progress file's cell waits until the reader has seen it. @param {string} edit its key there: edit:LESSON:CELL @param {string} source @returns {boolean} whether it is kept */
export const offerLater = (edit, source) => remember(edit.replace(/^edit:/, IMPORTED), source);

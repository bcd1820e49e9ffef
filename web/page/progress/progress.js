/** What the reader has done: tasks solved, lessons finished. Kept in this browser, to export and reset. */
import { keys, recall, remember } from '../common/memory.js';
import { offerLater } from '../share/offers.js';
import { isCards } from './spaced.js';

/** @typedef {{checks: string[], tasks: string[], of: number}} Progress ids of cells; of: how many checks the lesson's tasks have */

const PREFIX = 'progress:';
const CARDS = 'cards';
/** Of each task, a hash of the code that solved it. */
const SOLVED = 'solved:';
const EDIT = 'edit:';
/** What moves to another browser: progress, cards, edited cells. */
const MOVABLE = /^(?:progress:[\w-]+|cards|edit:[\w-]+:[\w-]+)$/;
const FORMAT = 'noisebook progress 1';

/** @param {any} value @returns {value is Progress} */
const isProgress = (value) =>
  value !== null &&
  typeof value === 'object' &&
  [value.checks, value.tasks].every(
    (list) => Array.isArray(list) && list.every((id) => typeof id === 'string'),
  ) &&
  Number.isInteger(value.of) &&
  value.of >= 0;

/** @param {string} text @returns {unknown} undefined if it is no JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} lesson @returns {Progress} */
export function progressOf(lesson) {
  const value = parse(recall(PREFIX + lesson) ?? '');
  return isProgress(value) ? value : { checks: [], tasks: [], of: 0 };
}

/** @param {Progress} progress */
export const isFinished = ({ checks, of }) => of > 0 && checks.length >= of;

/**
 * A task's check passed; what was done stays done. @param {string} lesson @param {string} check @param {string | undefined} task whose
 * check it is @param {string[]} all checks of the lesson's tasks: what an earlier version kept of others goes
 */
export function notePassed(lesson, check, task, all) {
  const { checks, tasks } = progressOf(lesson);
  const progress = {
    checks: [...new Set([...checks, check])].filter((id) => all.includes(id)),
    tasks: [...new Set([...tasks, ...(task ? [task] : [])])],
    of: all.length,
  };
  remember(PREFIX + lesson, JSON.stringify(progress));
}

/** @param {string} lesson @param {string} task @param {string | null} hash of the code that solves it; null: none does */
export const noteSolution = (lesson, task, hash) => remember(`${SOLVED}${lesson}:${task}`, hash);

/** @param {string} lesson @param {string} task @param {string} hash of code */
export const isSolution = (lesson, task, hash) => recall(`${SOLVED}${lesson}:${task}`) === hash;

/** Of all pages; what stands beside the lessons is no lesson to finish. */
export function summary() {
  const names = keys().flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : []));
  const all = names.map(progressOf);
  const lessons = names.filter((name) => /^\d/.test(name)).map(progressOf);
  const sum = (/** @type {(progress: Progress) => number} */ of) =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    finished: lessons.filter(isFinished).length,
    tasks: sum(({ tasks }) => tasks.length),
  };
}

/** @returns {string} a file */
export function exportProgress() {
  const items = Object.fromEntries(
    keys()
      .filter((key) => MOVABLE.test(key))
      .map((key) => [key, recall(key)]),
  );
  return `${JSON.stringify({ format: FORMAT, items }, null, 1)}\n`;
}

/** Whether it is what stands under such a name. @param {string} key @param {unknown} value @returns {value is string} */
function isItem(key, value) {
  if (!MOVABLE.test(key) || typeof value !== 'string') return false;
  if (key.startsWith(PREFIX)) return isProgress(parse(value));
  return key === CARDS ? isCards(parse(value)) : true;
}

/**
 * Adds a file's items to what is here, in place of those of the same name; edited cells wait until their lesson has shown
 * them. A file with any fault changes nothing.
 * @param {string} text @returns {{items: number, edits: number}} how many, and how many of them are edited cells that are
 *   not here already; throws a sentence
 */
export function importProgress(text) {
  const file = /** @type {any} */ (parse(text));
  const entries = Object.entries(file?.items ?? {});
  if (file?.format !== FORMAT)
    throw new Error('This is no file that “Export” made here. Nothing was changed.');
  for (const [key, value] of entries)
    if (!isItem(key, value)) throw new Error(`The file is damaged at “${key}”. Nothing was changed.`);
  const edits = entries.filter(([key, value]) => key.startsWith(EDIT) && recall(key) !== value);
  const others = entries.filter(([key]) => !key.startsWith(EDIT));
  const kept =
    others.every(([key, value]) => remember(key, /** @type {string} */ (value))) &&
    edits.every(([key, value]) => offerLater(key, /** @type {string} */ (value)));
  if (!kept) throw new Error('This browser’s storage is full or closed: not all of the file could be kept.');
  return { items: entries.length, edits: edits.length };
}

/** Progress and cards; edited cells stay. */
export function resetProgress() {
  for (const key of keys())
    if (key.startsWith(PREFIX) || key.startsWith(SOLVED) || key === CARDS) remember(key, null);
}

/** What the reader has done: checks passed, tasks solved, lessons finished. Kept in this browser, to export and reset. */
import { keys, recall, remember } from '../common/memory.js';

/** @typedef {{checks: string[], tasks: string[], of: number}} Progress ids of cells; of: how many checks the lesson has */

const PREFIX = 'progress:';
const CARDS = 'cards';
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
  Number.isInteger(value.of);

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
 * A check passed; what was done stays done. @param {string} lesson @param {string} check @param {string | undefined} task whose
 * check it is @param {number} of
 */
export function notePassed(lesson, check, task, of) {
  const { checks, tasks } = progressOf(lesson);
  const progress = {
    checks: [...new Set([...checks, check])],
    tasks: [...new Set([...tasks, ...(task ? [task] : [])])],
    of,
  };
  remember(PREFIX + lesson, JSON.stringify(progress));
}

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
    checks: sum(({ checks }) => checks.length),
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

/**
 * Adds a file's items to what is here, in place of those of the same name. A file with any fault changes nothing.
 * @param {string} text @returns {number} how many; throws a sentence
 */
export function importProgress(text) {
  const file = /** @type {any} */ (parse(text));
  const entries = Object.entries(file?.items ?? {});
  if (file?.format !== FORMAT)
    throw new Error('This is no file that “Export” made here. Nothing was changed.');
  for (const [key, value] of entries) {
    const sound =
      MOVABLE.test(key) &&
      typeof value === 'string' &&
      (!key.startsWith(PREFIX) || isProgress(parse(value))) &&
      (key !== CARDS || typeof parse(value) === 'object');
    if (!sound) throw new Error(`The file is damaged at “${key}”. Nothing was changed.`);
  }
  for (const [key, value] of entries)
    if (!remember(key, /** @type {string} */ (value)))
      throw new Error('This browser’s storage is full or closed: not all of the file could be kept.');
  return entries.length;
}

/** Progress and cards; edited cells stay. */
export function resetProgress() {
  for (const key of keys()) if (key.startsWith(PREFIX) || key === CARDS) remember(key, null);
}

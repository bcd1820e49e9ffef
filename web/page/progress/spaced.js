/** When a card comes back: Leitner's boxes. A card moves up a box when it was known, and starts anew when missed. */

/** @typedef {{box: number, due: number}} State due: in milliseconds since 1970 */
/** @typedef {'missed' | 'partly' | 'knew'} Rating */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** What is kept of all cards, by their ids. @param {any} value @returns {value is Record<string, State>} */
export const isCards = (value) =>
  value !== null &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Object.values(value).every(
    (state) => Number.isInteger(state?.box) && state.box >= 0 && Number.isFinite(state.due),
  );

/** How long a card stays away, by its box. */
const INTERVALS = [10 * MINUTE, DAY, 3 * DAY, 7 * DAY, 16 * DAY, 35 * DAY];

/** @param {State | undefined} state undefined: never rated @param {Rating} rating @param {number} now @returns {State} */
export function rate(state, rating, now) {
  const before = state?.box ?? 0;
  const box = rating === 'missed' ? 0 : rating === 'partly' ? 1 : Math.min(before + 1, INTERVALS.length - 1);
  return { box, due: now + INTERVALS[box] };
}

/** @param {State | undefined} state @param {number} now */
export const isDue = (state, now) => !state || state.due <= now;

/** @param {State | undefined} state @param {number} now */
export function dueWords(state, now) {
  if (!state) return 'new';
  const left = state.due - now;
  if (left <= 0) return 'due now';
  if (left < DAY / 2) return `due in ${Math.ceil(left / MINUTE)} minutes`;
  const days = Math.round(left / DAY);
  return days <= 1 ? 'due tomorrow' : `due in ${days} days`;
}

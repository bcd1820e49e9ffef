/** Small things kept in this browser: theme, edited cells, progress. localStorage may be full, or closed to us. */

/** Sent to the document when something could not be kept. */
export const UNKEPT = 'unkept';

/** @param {string} key @param {string | null} value null forgets it @returns {boolean} whether it is kept */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    // Full, or forbidden as in private windows of some browsers.
    document.dispatchEvent(new Event(UNKEPT));
    return false;
  }
}

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @returns {string[]} */
export function keys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/** Another tab has changed something. @param {(key: string, value: string | null) => void} act */
export function onOtherTab(act) {
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key !== null) act(key, newValue);
  });
}

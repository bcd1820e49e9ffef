/**
 * Small things kept in this browser: theme, edited cells, progress. localStorage may be full, or closed to us. It belongs to
 * an origin, on which several versions of the site can lie under paths of their own: each has its own keys.
 */

/** The path of the start page. */
export const SITE =
  typeof document === 'undefined'
    ? '/'
    : new URL(document.documentElement.dataset.root ?? './', location.href).pathname;
const PREFIX = `noisebook ${SITE} `;
/** How the page looks and in which language its code stands, which its first line (shell.js) must find. */
const SHARED = new Set(['theme', 'language']);
/** What versions before this one kept, without a path. */
const EARLIER = /^(?:progress:[\w-]+|cards|mode|edit:[\w-]+:[\w-]+)$/;

const placeOf = (/** @type {string} */ key) => (SHARED.has(key) ? key : PREFIX + key);

/** Sent to the document when something could not be kept. */
export const UNKEPT = 'unkept';

/** @param {string} key @param {string | null} value null forgets it @returns {boolean} whether it is kept */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(placeOf(key));
    else localStorage.setItem(placeOf(key), value);
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
    return localStorage.getItem(placeOf(key));
  } catch {
    return null;
  }
}

/** @returns {string[]} */
export function keys() {
  try {
    return Object.keys(localStorage).flatMap((key) =>
      key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : [],
    );
  } catch {
    return [];
  }
}

/** Another tab has changed something. @param {(key: string, value: string | null) => void} act */
export function onOtherTab(act) {
  window.addEventListener('storage', ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) act(key.slice(PREFIX.length), newValue);
  });
}

/** What an earlier version kept goes to the path that is opened first; what is here already stays. */
function takeOver() {
  try {
    for (const key of Object.keys(localStorage).filter((each) => EARLIER.test(each))) {
      const value = localStorage.getItem(key);
      if (value !== null && recall(key) === null) localStorage.setItem(placeOf(key), value);
      localStorage.removeItem(key);
    }
  } catch {
    // Full or closed: it stays where it is.
  }
}
takeOver();

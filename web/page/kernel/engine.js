/** How the reader wants the kernel to compute: `?mode=fast` or `?threads=1` in the address, or what was chosen before. */
import { recall, remember } from '../common/memory.js';

/** @typedef {import('../../kernel/protocol.js').Wish} Wish */

/** Where something was measured: other browsers, and other versions of this one, do it anew. */
const here = () => `${navigator.hardwareConcurrency} ${navigator.userAgent}`;

/** Another program may have been busy at that moment. */
const GOOD_FOR_MS = 7 * 24 * 3600 * 1000;

/** How many threads were of use when that was measured; 0 if it was not, or long ago. */
function measured() {
  const [threads, when, where] = (recall('threads') ?? '').split(/ (\d+) (.*)/s);
  return where === here() && Date.now() - Number(when) < GOOD_FOR_MS ? Number(threads) : 0;
}

/** @param {number} threads */
export const noteMeasured = (threads) => remember('threads', `${threads} ${Date.now()} ${here()}`);

/** @returns {Wish} */
export function engineWish() {
  const query = new URLSearchParams(location.search);
  const threads = Number(query.get('threads') ?? measured());
  return {
    mode: (query.get('mode') ?? recall('mode')) === 'fast' ? 'fast' : 'exact',
    threads: Number.isInteger(threads) && threads > 0 ? threads : undefined,
  };
}

/** Counts from the kernel's next start. @param {Wish['mode']} mode */
export function chooseMode(mode) {
  const url = new URL(location.href);
  url.searchParams.delete('mode');
  history.replaceState(null, '', url);
  remember('mode', mode);
}

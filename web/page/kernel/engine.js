/** How the reader wants the kernel to compute: `?mode=fast` or `?threads=1` in the address, or what was chosen before. */
import { recall, remember } from '../common/memory.js';

/** @typedef {import('../../kernel/protocol.js').Wish} Wish */

/** @returns {Wish} */
export function engineWish() {
  const query = new URLSearchParams(location.search);
  const threads = Number(query.get('threads'));
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

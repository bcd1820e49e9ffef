/** How the address of a link that carries a run is told from any other: all of it that the page needs before one comes. */

export const RUN = '#run=';

/** @param {string} hash */
export const hasRun = (hash) => hash.startsWith(RUN);

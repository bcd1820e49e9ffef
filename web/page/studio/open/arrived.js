/** How the address of a link that carries a run is told from any other: all of it that the page needs before one comes. */

export const RUN = '#run=';

/** Of a link to a lesson's model. */
export const MODEL = '#model=';

/** @param {string} hash */
export const hasRun = (hash) => hash.startsWith(RUN);

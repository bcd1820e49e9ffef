/** How the address of a link that carries changes is told from any other: all of it that a page needs before one comes. */

export const MARK = '#share=';

/** @param {string} hash */
export const hasChanges = (hash) => hash.startsWith(MARK);

/** Addresses of the studio that open a model there: one that ships, or one that a lesson has trained and this browser keeps, by its name. */

export const MODEL = '#model=';
export const KEPT = '#kept=';
/** One of the playground's, whose drawing has come: as its link has it. */
export const DRAWN = '#drawn=';

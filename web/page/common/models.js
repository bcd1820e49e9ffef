/** Addresses of the studio that open a model there: one that ships, or one that a lesson has trained and this browser keeps. */

export const MODEL = '#model=';
export const KEPT = '#kept=';

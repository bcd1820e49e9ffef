/** A drawing in the address, and the model that learned it, by which the playground hands them on to the studio. */
import { MOST_PLACES } from './drawing.js';
import { RANGE } from './shapes.js';

/** @typedef {import('./shapes.js').Stroke} Stroke */

export const DRAWING = '#drawing=';
/** Before the model, as a link of the playground's has it. */
const LEARNED = '&learned=';
/** Places are told in hundredths. */
const UNIT = 100;

/** @param {Stroke[]} strokes @param {string} [code] of a model @returns {string} the hash of an address */
export const drawingHash = (strokes, code = '') =>
  DRAWING +
  strokes.map((stroke) => stroke.map((place) => place.map((v) => Math.round(v * UNIT))).join('_')).join('.') +
  (code && LEARNED + code);

/** The model's code; '' where there is none. @param {string} hash */
export const learnedIn = (hash) => hash.split(LEARNED)[1] ?? '';

/** @param {string} hash @returns {Stroke[]} throws a sentence where it is none */
export function readDrawing(hash) {
  const text = hash.slice(DRAWING.length).split(LEARNED)[0];
  const strokes = text.split('.').map((stroke) =>
    stroke.split('_').map((place) => {
      if (!/^-?\d{1,3},-?\d{1,3}$/.test(place)) throw new Error('damaged');
      const [x, y] = place.split(',').map((v) => Number(v) / UNIT);
      if (Math.max(Math.abs(x), Math.abs(y)) > RANGE) throw new Error('beyond the board');
      return /** @type {[number, number]} */ ([x, y]);
    }),
  );
  if (strokes.flat().length > MOST_PLACES) throw new Error('too long');
  return strokes;
}

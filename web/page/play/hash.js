/** A drawing in the address, by which the playground hands it on to the studio. */
import { MOST_PLACES } from './drawing.js';
import { RANGE } from './shapes.js';

/** @typedef {import('./shapes.js').Stroke} Stroke */

export const DRAWING = '#drawing=';
/** Places are told in hundredths. */
const UNIT = 100;

/** @param {Stroke[]} strokes @returns {string} the hash of an address */
export const drawingHash = (strokes) =>
  DRAWING +
  strokes.map((stroke) => stroke.map((place) => place.map((v) => Math.round(v * UNIT))).join('_')).join('.');

/** @param {string} hash @returns {Stroke[]} throws a sentence where it is none */
export function readDrawing(hash) {
  const text = hash.slice(DRAWING.length);
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

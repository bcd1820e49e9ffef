/** A drawing that comes from the start page's playground, in the address: the points are made of it here, as they are there. */
import { say } from '../common/say.js';
import { MOST_PLACES } from '../play/drawing.js';
import { pointsOf, RANGE } from '../play/shapes.js';

/** @typedef {import('../play/shapes.js').Stroke} Stroke */

export const DRAWING = '#drawing=';
/** Places are told in hundredths. */
const UNIT = 100;
const HELD = 0.1;

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

/** The data set that the address brings, if it does; the address is as without it then. @returns {import('./studio.js').Dataset | null} */
export function arrivedPoints() {
  if (!location.hash.startsWith(DRAWING)) return null;
  const { hash } = location;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const values = pointsOf(readDrawing(hash));
    return {
      kind: 'points',
      shape: [2],
      values,
      labels: null,
      classes: [],
      name: 'My drawing',
      transform: { offset: 0, scale: 1 },
      held: Math.round((HELD * values.length) / 2),
    };
  } catch {
    say('The drawing in this address is not whole. Draw again, here or on the start page.');
    return null;
  }
}

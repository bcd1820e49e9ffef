/** A drawing that comes from the start page's playground, in the address: the points are made of it here, as they are there. */
import { heldOf } from '../../kernel/studio/dataset.js';
import { DRAWN } from '../common/models.js';
import { say } from '../common/say.js';
import { DRAWING, learnedIn, readDrawing } from '../play/hash.js';
import { pointsOf } from '../play/shapes.js';

/** Points that were drawn, as a data set. @param {Float32Array} values @param {string} name @returns {import('./studio.js').Dataset} */
export const drawn = (values, name) => ({
  kind: 'points',
  shape: [2],
  values,
  labels: null,
  classes: [],
  name,
  transform: { offset: 0, scale: 1 },
  held: heldOf(values.length / 2),
});

/** The data set that the address brings, if it does; what is left in the address then is the model that learned it, where that comes along. @returns {import('./studio.js').Dataset | null} */
export function arrivedPoints() {
  if (!location.hash.startsWith(DRAWING)) return null;
  const { hash } = location;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const dataset = drawn(pointsOf(readDrawing(hash)), 'My drawing');
    const code = learnedIn(hash);
    if (code) history.replaceState(null, '', DRAWN + code);
    else say('Your drawing came along. Nothing has learned it yet: Train makes a model of it in seconds.');
    return dataset;
  } catch {
    say('The drawing in this address is not whole. Draw again, here or on the start page.');
    return null;
  }
}

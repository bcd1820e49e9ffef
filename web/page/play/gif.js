/** The walk from noise to samples as a GIF that runs for ever. */
import { download } from '../common/save.js';
import { say } from '../common/say.js';
import { encodeGif } from '../outputs/gif.js';
import { paint } from './painter.js';

const SIZE = 320;
const FRAMES = 32;
const FRAME_MS = 70;
const REST_MS = 1400;

/** @param {Element} root for its colours @param {import('./painter.js').Scene} scene with particles whose walk is whole */
export async function saveGif(root, scene) {
  const { particles } = scene;
  const g = new OffscreenCanvas(SIZE, SIZE).getContext('2d', { willReadFrequently: true });
  if (!g || !particles?.isWhole) return say('There are no samples yet: draw something, or choose a figure.');
  const frames = Array.from({ length: FRAMES }, (_, i) => {
    const place = particles.placeOf(i / (FRAMES - 1));
    paint(/** @type {any} */ (g), root, { ...scene, field: null, pen: null, place });
    return g.getImageData(0, 0, SIZE, SIZE).data;
  });
  const delays = frames.map((_, i) => (i === FRAMES - 1 ? REST_MS : FRAME_MS));
  say('The GIF is being made.');
  try {
    download('noisebook.gif', await encodeGif({ width: SIZE, height: SIZE, frames, delays }), 'image/gif');
    say(`Saved an animation of ${FRAMES} frames.`);
  } catch (error) {
    say(`The animation could not be made: ${error instanceof Error ? error.message : error}.`);
  }
}

/** The walk from noise to samples as a GIF that runs for ever. */
import { download } from '../common/save.js';
import { say } from '../common/say.js';
import { paint } from './painter.js';

const SIZE = 320;
const FRAMES = 32;
const FRAME_MS = 70;
const REST_MS = 1400;

/** @param {Element} root for its colours @param {import('./painter.js').Scene} scene with particles whose walk is whole */
export function saveGif(root, scene) {
  const { particles } = scene;
  const g = new OffscreenCanvas(SIZE, SIZE).getContext('2d', { willReadFrequently: true });
  if (!g || !particles?.isWhole) return say('There are no samples yet: draw something, or choose a figure.');
  const frames = Array.from({ length: FRAMES }, (_, i) => {
    const place = particles.placeOf(i / (FRAMES - 1));
    paint(/** @type {any} */ (g), root, { ...scene, field: null, pen: null, place });
    return g.getImageData(0, 0, SIZE, SIZE).data;
  });
  const delays = frames.map((_, i) => (i === FRAMES - 1 ? REST_MS : FRAME_MS));
  const worker = new Worker(new URL('../outputs/gif-worker.js', import.meta.url), { type: 'module' });
  worker.onerror = () => say('The animation could not be made: its encoder did not load.');
  worker.onmessage = ({ data: { done, file } }) => {
    if (!file) return done === 1 ? say('The GIF is being made.') : undefined;
    worker.terminate();
    download('noisebook.gif', file, 'image/gif');
    say(`Saved an animation of ${FRAMES} frames.`);
  };
  worker.postMessage(
    { width: SIZE, height: SIZE, frames, delays },
    frames.map(({ buffer }) => buffer),
  );
}

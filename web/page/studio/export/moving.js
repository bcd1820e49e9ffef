/** Samples as files to look at: a sheet, and their way out of noise as a GIF or a video. */
import { encodeGif } from '../../outputs/gif.js';
import { paintingOf } from './painting.js';

/** @typedef {import('../show.js').Like} Like */
/** @typedef {{x: Float32Array}[]} Frames */

const SHEET = 768;
const MOVING = 384;
const FRAME_MS = 70;
const REST_MS = 1400;

/** @param {Like} like @param {Float32Array} samples @returns {Promise<Blob>} */
export function sheetOf(like, samples) {
  const painting = paintingOf(like, [samples], SHEET);
  const canvas = new OffscreenCanvas(painting.width, painting.height);
  painting.paint(/** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d')), samples);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** @param {Like} like @param {Frames} given @returns {Promise<Uint8Array<ArrayBuffer>>} */
export function gifOf(like, given) {
  const all = given.map(({ x }) => x);
  const painting = paintingOf(like, all, MOVING);
  const { width, height } = painting;
  const canvas = new OffscreenCanvas(width, height);
  const g = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  );
  const frames = all.map((x) => {
    painting.paint(g, x);
    return g.getImageData(0, 0, width, height).data;
  });
  const delays = frames.map((_, i) => (i === frames.length - 1 ? REST_MS : FRAME_MS));
  return encodeGif({ width, height, frames, delays });
}

const TYPES = ['video/mp4', 'video/webm;codecs=vp9', 'video/webm'];

/** Of those that this browser can record: '' where it can none. */
export const videoType = () =>
  typeof MediaRecorder === 'undefined' || !('captureStream' in HTMLCanvasElement.prototype)
    ? ''
    : (TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? '');

const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Recorded as it plays: it takes as long as it shows. @param {Like} like @param {Frames} frames @param {string} type @returns {Promise<Blob>} */
export async function videoOf(like, frames, type) {
  const all = frames.map(({ x }) => x);
  const painting = paintingOf(like, all, MOVING);
  const canvas = document.createElement('canvas');
  // Encoders take even sides.
  canvas.width = painting.width + (painting.width % 2);
  canvas.height = painting.height + (painting.height % 2);
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  painting.paint(g, all[0]);
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: type });
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = () => reject(new Error('this browser could not encode the video: take the GIF'));
  });
  recorder.start();
  for (const x of all) {
    painting.paint(g, x);
    await wait(FRAME_MS);
  }
  // A canvas that does not change gives no more frames, so the last one would not rest.
  for (let rest = 0; rest < REST_MS; rest += FRAME_MS) {
    painting.paint(g, all[all.length - 1]);
    await wait(FRAME_MS);
  }
  recorder.stop();
  await stopped;
  return new Blob(parts, { type });
}

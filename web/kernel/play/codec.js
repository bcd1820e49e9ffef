/** A trained model in a link: its weights in eight bits each, in the address' hash. Nothing is uploaded. */

import { crc32 } from '../crc32.js';

export const MARK = '#model=';
/** Also says which network it is for: another one gets another letter. */
const VERSION = 1;
const STEP_BYTES = 4;
const CRC_BYTES = 4;
/** Weights of a trained network are below 10; what is far beyond is no link of ours. */
const MOST_WEIGHT = 100;
const LEVELS = 127;

const CUT =
  'This link is not whole: it was cut or changed on its way. Ask for it again, or draw something yourself.';

/** @param {Uint8Array} bytes */
const toBase64 = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

/** How long a code is. @param {number[]} sizes */
const bytesFor = (sizes) => 1 + STEP_BYTES + sizes.reduce((sum, size) => sum + 4 + size, 0) + CRC_BYTES;

/**
 * Each parameter has the largest of its weights, then all of them in parts of that.
 * @param {{weights: Float32Array, step: number}} model @param {number[]} sizes of its parameters @returns {string} without the mark
 */
export function encodeModel({ weights, step }, sizes) {
  const bytes = new Uint8Array(bytesFor(sizes));
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setUint32(1, step, true);
  let [at, first] = [1 + STEP_BYTES, 0];
  for (const size of sizes) {
    const part = weights.subarray(first, first + size);
    const most = part.reduce((max, each) => Math.max(max, Math.abs(each)), 0);
    view.setFloat32(at, most, true);
    at += 4;
    for (const each of part) view.setInt8(at++, most > 0 ? Math.round((each / most) * LEVELS) : 0);
    first += size;
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return toBase64(bytes);
}

/** @param {string} code @returns {Uint8Array | null} */
function fromBase64(code) {
  if (!/^[\w-]*$/.test(code)) return null;
  try {
    return Uint8Array.from(atob(code.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * Throws a sentence for the reader where the code is damaged, hostile or of another version.
 * @param {string} code @param {number[]} sizes @param {number} lastStep the most steps that a model is trained for
 */
export function decodeModel(code, sizes, lastStep) {
  // Looked at before anything is unpacked: a link may be of any length.
  if (code.length !== Math.ceil((bytesFor(sizes) * 4) / 3)) throw new Error(CUT);
  const bytes = fromBase64(code);
  if (!bytes || bytes.length !== bytesFor(sizes)) throw new Error(CUT);
  const view = new DataView(bytes.buffer);
  const end = bytes.length - CRC_BYTES;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) throw new Error(CUT);
  const step = view.getUint32(1, true);
  if (bytes[0] !== VERSION || step > lastStep)
    throw new Error('This link was made by another version of Noisebook, which this one cannot read.');
  const weights = [];
  let at = 1 + STEP_BYTES;
  for (const size of sizes) {
    const most = view.getFloat32(at, true);
    if (!(most >= 0 && most <= MOST_WEIGHT))
      throw new Error('The model in this link has weights beyond all bounds: it is none of ours.');
    at += 4;
    for (let i = 0; i < size; i++) weights.push((view.getInt8(at++) / LEVELS) * most);
  }
  return { weights: Float32Array.from(weights), step };
}

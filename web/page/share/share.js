/** A link that carries what a reader changed: edited cells and moved controls, compressed into the address' hash. */

import { linesOf, MARK } from './text.js';

/** @typedef {Record<string, number | string>} Values of the controls of a cell, by name */
/** @typedef {{cells: Record<string, string>, controls: Record<string, Values>}} Changes both by the cell's id */

/** A lesson's cells are some ten thousand characters; what unpacks to more than this is no link of ours. */
const MOST_BYTES = 1 << 20;

/** What a person can read before keeping it. */
const MOST_LINES = 2000;
const MOST_CHARACTERS = 100_000;

/** @param {Record<string, string>} cells someone else's @returns {string} a sentence if that is more than can be shown, or nothing */
export function tooMuch(cells) {
  for (const [id, source] of Object.entries(cells)) {
    const lines = linesOf(source).length;
    if (lines <= MOST_LINES && source.length <= MOST_CHARACTERS) continue;
    const size = `${lines.toLocaleString('en')} lines with ${source.length.toLocaleString('en')} characters`;
    return `What is brought for the cell “${id.slice(0, 40)}” has ${size}: more than anybody reads. At most ${MOST_LINES.toLocaleString('en')} lines and ${MOST_CHARACTERS.toLocaleString('en')} characters are taken. The lesson is as you left it.`;
  }
  return '';
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionStream | DecompressionStream} transform */
async function through(bytes, transform) {
  const parts = [];
  let size = 0;
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) throw new Error('too long');
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** @param {unknown} value @param {(each: unknown) => boolean} fits */
const isRecord = (value, fits) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(fits);

/** @param {any} value @returns {value is Changes} */
function isChanges(value) {
  const isValue = (/** @type {unknown} */ v) => typeof v === 'string' || Number.isFinite(v);
  return (
    isRecord(value, () => true) &&
    isRecord(value.cells, (source) => typeof source === 'string') &&
    isRecord(value.controls, (values) => isRecord(values, isValue))
  );
}

/** @param {Changes} changes @returns {Promise<string>} the hash */
export async function encodeChanges(changes) {
  const bytes = new TextEncoder().encode(JSON.stringify(changes));
  const packed = await through(bytes, new CompressionStream('deflate-raw'));
  const base64 = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(''));
  return MARK + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @param {string} hash @returns {Promise<Changes | null>} null if it is damaged */
export async function decodeChanges(hash) {
  try {
    const base64 = hash.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/');
    const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bytes = await through(packed, new DecompressionStream('deflate-raw'));
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return isChanges(value) ? value : null;
  } catch {
    return null;
  }
}

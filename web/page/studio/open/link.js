/** A link to the studio that carries the settings of a run, and its data where they are few, or what they are called where they ship. */
import { deflateSync, Inflate } from 'fflate';
import { defaults, readConfig } from '../../../kernel/studio/config.js';
import { RUN } from './arrived.js';
import { readableCode } from './foreign.js';
import { BITS, packData, unpackData } from './packed_data.js';

/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** `shipped`: the key of a set that ships. @typedef {{config: RunConfig, data: Data | null, shipped: string | null}} Shared */

/** Longer addresses are cut off by some who pass them on. */
export const LONGEST = 6000;
const LONGEST_READ = 4 * LONGEST;
const MOST_BYTES = 1 << 21;
const SLICE = 1 << 9;

/** Only what is not as a run begins; what a network is called when traced follows from the rest. @param {RunConfig} config */
function shortened(config) {
  const begins = /** @type {any} */ (defaults());
  const { kind, code } = config.network;
  const whole = /** @type {any} */ ({
    ...config,
    network: { ...config.network, text: '', code: kind === 'code' ? code : '' },
  });
  /** @type {Record<string, any>} */
  const short = { noisebook_run: config.noisebook_run, ...(config.name && { name: config.name }) };
  for (const section of ['data', 'network', 'training', 'sampling']) {
    const changed = Object.entries(whole[section]).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(begins[section][name]),
    );
    if (changed.length) short[section] = Object.fromEntries(changed);
  }
  return short;
}

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

/** @param {RunConfig} config @param {Record<string, unknown>} more @param {Uint8Array} bytes */
function hashOf(config, more, bytes) {
  const text = new TextEncoder().encode(JSON.stringify({ run: shortened(config), ...more }));
  // JSON has no zero byte: what follows one are the data.
  const whole = new Uint8Array(text.length + 1 + bytes.length);
  whole.set(text);
  whole.set(bytes, text.length + 1);
  return RUN + base64url(deflateSync(whole, { level: 9 }));
}

/**
 * With the data in it where they fit. @param {RunConfig} config @param {Data | null} data @param {string | null} shipped the key of the set that the data are
 * @returns {{hash: string, carries: 'data' | 'shipped' | 'settings', bits: number}}
 */
export function encodeRun(config, data, shipped) {
  if (shipped !== null)
    return { hash: hashOf(config, { shipped }, new Uint8Array()), carries: 'shipped', bits: 0 };
  // So many numbers never fit: they are not even tried.
  for (const bits of data && data.values.length < 200_000 ? BITS[data.kind] : []) {
    const { head, bytes } = packData(/** @type {Data} */ (data), bits);
    const hash = hashOf(config, { data: head }, bytes);
    if (hash.length <= LONGEST) return { hash, carries: 'data', bits };
  }
  return { hash: hashOf(config, {}, new Uint8Array()), carries: 'settings', bits: 0 };
}

/** @param {Uint8Array} packed */
function inflated(packed) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  const stream = new Inflate((part) => {
    size += part.length;
    if (size > MOST_BYTES) throw new RangeError('it unpacks to more than any link of the studio');
    parts.push(part);
  });
  for (let at = 0; at < packed.length; at += SLICE)
    stream.push(packed.subarray(at, at + SLICE), at + SLICE >= packed.length);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param {string} hash */
function unpacked(hash) {
  const base64 = hash.slice(RUN.length).replaceAll('-', '+').replaceAll('_', '/');
  const bytes = inflated(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  const end = bytes.indexOf(0);
  if (end < 0) throw new Error('cut off');
  const said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end)));
  return { said, bytes: bytes.subarray(end + 1) };
}

/** @param {string} hash @returns {Shared} throws a sentence without its full stop */
export function decodeRun(hash) {
  if (hash.length > LONGEST_READ)
    throw new RangeError(
      `this link has ${hash.length.toLocaleString('en')} characters, and one of the studio's has at most ${LONGEST.toLocaleString('en')}`,
    );
  let parts;
  try {
    parts = unpacked(hash);
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`this link is damaged: ${error.message}`);
    throw new TypeError('this link is damaged: ask for it once more');
  }
  const { said, bytes } = parts;
  const config = readableCode(readConfig(said?.run));
  const shipped = typeof said.shipped === 'string' ? said.shipped.slice(0, 40) : null;
  if (said.data === undefined || shipped !== null) return { config, data: null, shipped };
  try {
    return { config, data: unpackData(said.data, bytes, config.data), shipped: null };
  } catch {
    throw new TypeError('this link is damaged: its data are not whole. Ask for it once more');
  }
}

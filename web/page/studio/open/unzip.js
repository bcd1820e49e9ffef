/** Files of a .zip, inflated within bounds: by what it declares, and by what really comes out. */
import { Unzip, UnzipInflate } from 'fflate';

/** @typedef {{wanted: (name: string) => boolean, most: number, title: string, folders?: boolean}} Wish wanted: by the name, without folders unless `folders`; most: bytes, in all; title: the .zip's name, for messages */

/** So much is inflated before one looks: deflate makes a thousand times as much of it, at most. */
const SLICE = 1 << 16;
const MOST_FILES = 20_000;

/** @param {number} bytes */
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

/** What packers of some systems add. @param {string} path */
const isOfPacker = (path) => path.startsWith('__MACOSX/');

class Unpacking {
  /** @type {Map<string, Uint8Array[]>} */
  parts = new Map();
  #bytes = 0;
  #files = 0;

  /** @param {Wish} wish */
  constructor(wish) {
    this.wish = wish;
  }

  /** @param {number} more */
  #count(more) {
    const { most, title } = this.wish;
    this.#bytes += more;
    if (this.#bytes > most)
      throw new RangeError(
        `${title} unpacks to more than ${megabytes(most)}, and that is the most that is taken`,
      );
  }

  /** @param {import('fflate').UnzipFile} file */
  meet(file) {
    const { wanted, most, title, folders = false } = this.wish;
    if (++this.#files > MOST_FILES)
      throw new RangeError(`${title} holds more than ${MOST_FILES.toLocaleString('en')} files`);
    const name = folders ? file.name : (file.name.split('/').at(-1) ?? '');
    if ((!folders && isOfPacker(file.name)) || !wanted(name)) return;
    if (this.parts.has(name)) throw new TypeError(`${title} holds two files named ${name.slice(0, 60)}`);
    if ((file.originalSize ?? 0) > most) this.#count(/** @type {number} */ (file.originalSize));
    /** @type {Uint8Array[]} */
    const parts = [];
    this.parts.set(name, parts);
    file.ondata = (error, part) => {
      if (error) throw error;
      this.#count(part.length);
      parts.push(part);
    };
    file.start();
  }
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The wanted files by their names, piece by piece: who must stay quick to answer rests between two.
 * @param {Uint8Array} zip @param {Wish} wish @returns {Generator<void, Map<string, Uint8Array>>} throws a sentence without its full stop
 */
export function* unpacking(zip, wish) {
  const work = new Unpacking(wish);
  const stream = new Unzip((file) => work.meet(file));
  stream.register(UnzipInflate);
  try {
    for (let at = 0; at < zip.length; at += SLICE) {
      stream.push(zip.subarray(at, at + SLICE), at + SLICE >= zip.length);
      yield;
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw error;
    throw new Error(`${wish.title} is damaged, or no .zip: it does not unpack`);
  }
  return new Map([...work.parts].map(([name, parts]) => [name, joined(parts)]));
}

/** The same at once. @param {Uint8Array} zip @param {Wish} wish @returns {Map<string, Uint8Array>} throws a sentence without its full stop */
export function unpacked(zip, wish) {
  const pieces = unpacking(zip, wish);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** Files of a .zip, inflated within bounds, by what it declares and by what really comes out, held to its checksums, and a little at a time: a page stays quick to answer. */
import { strFromU8, Unzip, UnzipInflate } from 'fflate';
import { crc32 } from '../../../kernel/crc32.js';

/**
 * @typedef {{wanted: (name: string) => boolean, most: number, title: string, folders?: boolean, told?: (part: number) => void,
 *   isEnough?: () => boolean}} Wish wanted: by the name, without folders unless `folders`; most: bytes, in all; title: the .zip's name, for
 *   messages; told: which part is unpacked, of 1, now and then; isEnough: it need go no further
 */

/** So much is inflated before one looks: deflate makes a thousand times as much of it, at most. */
const [LEAST_SLICE, MOST_SLICE] = [1 << 12, 1 << 15];
/** A slice that made no more than that may be followed by a larger one. */
const QUICK = 1 << 20;
/** So long it unpacks before others have their turn. */
const TURN_MS = 14;
/** Nobody listens to more. */
const TELL_MS = 300;
const MOST_FILES = 20_000;

/** @param {number} bytes */
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

/** What packers of some systems add. @param {string} path */
const isOfPacker = (path) => path.startsWith('__MACOSX/');

const damaged = (/** @type {string} */ title) =>
  new Error(`${title} is damaged, or no .zip: it does not unpack`);

// Of the directory at a .zip's end: signatures, and where the fields lie.
const END = { signature: 0x06054b50, size: 22, count: 10, bytes: 12, mostComment: 65_535 };
const ENTRY = { signature: 0x02014b50, size: 46, flags: 8, crc: 16, lengths: [28, 30, 32], utf8: 0x800 };

/** The checksums of its files by their paths, of the directory at its end. @param {Uint8Array} zip @param {string} title @returns {Map<string, number>} */
function checksumsOf(zip, title) {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let end = zip.length - END.size;
  const first = Math.max(0, end - END.mostComment);
  while (end >= first && view.getUint32(end, true) !== END.signature) end--;
  if (end < first) throw damaged(title);
  const count = view.getUint16(end + END.count, true);
  if (count > MOST_FILES)
    throw new RangeError(`${title} holds more than ${MOST_FILES.toLocaleString('en')} files`);
  /** @type {Map<string, number>} */
  const sums = new Map();
  let at = end - view.getUint32(end + END.bytes, true);
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + ENTRY.size > end || view.getUint32(at, true) !== ENTRY.signature) throw damaged(title);
    const [name, ...others] = ENTRY.lengths.map((place) => view.getUint16(at + place, true));
    const isUtf8 = view.getUint16(at + ENTRY.flags, true) & ENTRY.utf8;
    const path = strFromU8(zip.subarray(at + ENTRY.size, at + ENTRY.size + name), !isUtf8);
    sums.set(path, view.getUint32(at + ENTRY.crc, true));
    at += ENTRY.size + name + others[0] + others[1];
  }
  return sums;
}

class Unpacking {
  /** What came of each file, by its path. @type {Map<string, {name: string, parts: Uint8Array[], crc: number, isWhole: boolean}>} */
  files = new Map();
  bytes = 0;
  /** Why it went no further, where that was not the .zip's fault. @type {Error | null} */
  refusal = null;
  /** @type {Set<string>} */
  #met = new Set();
  /** @type {Set<string>} */
  #names = new Set();

  /** @param {Wish} wish @param {Map<string, number>} sums */
  constructor(wish, sums) {
    this.wish = wish;
    this.sums = sums;
  }

  /** @param {number} more */
  #count(more) {
    const { most, title } = this.wish;
    this.bytes += more;
    if (this.bytes > most)
      this.#refuse(`${title} unpacks to more than ${megabytes(most)}, and that is the most that is taken`);
  }

  /** @param {string} why @returns {never} */
  #refuse(why) {
    this.refusal = new RangeError(why);
    throw this.refusal;
  }

  /** @param {import('fflate').UnzipFile} file */
  meet(file) {
    const { wanted, most, title, folders = false } = this.wish;
    const path = file.name;
    // What the directory does not name was deleted.
    if (!this.sums.has(path) || this.#met.has(path)) return;
    this.#met.add(path);
    const name = folders ? path : (path.split('/').at(-1) ?? '');
    if ((!folders && isOfPacker(path)) || !wanted(name)) return;
    if (this.#names.has(name)) this.#refuse(`${title} holds two files named ${name.slice(0, 60)}`);
    this.#names.add(name);
    if ((file.originalSize ?? 0) > most) this.#count(/** @type {number} */ (file.originalSize));
    const own = { name, parts: /** @type {Uint8Array[]} */ ([]), crc: 0, isWhole: false };
    this.files.set(path, own);
    file.ondata = (error, part, isLast) => {
      if (error) throw error;
      this.#count(part.length);
      own.parts.push(part);
      own.crc = crc32(part, own.crc);
      own.isWhole = isLast;
    };
    file.start();
  }

  /** Files by their names; throws where one is not as it was packed, or was not met. */
  whole() {
    const { title } = this.wish;
    if (this.#met.size < this.sums.size) throw damaged(title);
    for (const [path, { name, crc, isWhole }] of this.files)
      if (!isWhole || crc !== this.sums.get(path))
        throw new Error(`${title} is damaged: ${name.slice(0, 60)} in it is not what was packed`);
    return new Map([...this.files.values()].map(({ name, parts }) => [name, joined(parts)]));
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
 * The wanted files by their names, piece by piece; what it yields is the part of the .zip that is unpacked, and how many bytes that made.
 * @param {Uint8Array} zip @param {Wish} wish @returns {Generator<{part: number, bytes: number}, Map<string, Uint8Array>>} throws a sentence without its full stop
 */
export function* unpacking(zip, wish) {
  const work = new Unpacking(wish, checksumsOf(zip, wish.title));
  const stream = new Unzip((file) => work.meet(file));
  stream.register(UnzipInflate);
  let slice = LEAST_SLICE;
  try {
    for (let at = 0; at < zip.length; ) {
      const [end, before] = [Math.min(at + slice, zip.length), work.bytes];
      stream.push(zip.subarray(at, end), end === zip.length);
      at = end;
      slice = work.bytes - before > QUICK ? LEAST_SLICE : Math.min(2 * slice, MOST_SLICE);
      yield { part: at / zip.length, bytes: work.bytes };
    }
  } catch {
    throw work.refusal ?? damaged(wish.title);
  }
  return work.whole();
}

/** The same, with turns for others in between. @param {Uint8Array} zip @param {Wish} wish @returns {Promise<Map<string, Uint8Array> | null>} null: it was enough; rejects with a sentence without its full stop */
export async function unpacked(zip, wish) {
  const pieces = unpacking(zip, wish);
  let last = performance.now();
  let toldAt = last;
  for (;;) {
    const { done, value } = pieces.next();
    if (wish.isEnough?.()) return null;
    if (done) return value;
    if (performance.now() - last < TURN_MS) continue;
    if (last - toldAt > TELL_MS) {
      wish.told?.(value.part);
      toldAt = last;
    }
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  }
}

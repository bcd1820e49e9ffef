/**
 * Calls the exported functions: values into the block that the core reads, results out of it. What each takes and gives
 * stands in build/bridge/table.js, which web/build/bridge.mjs makes of noisebook.h.
 */
import { FUNCTIONS, NAMES } from '../../build/bridge/table.js';

/** @typedef {import('../../build/bridge/table.js').Api} Api */
/** @typedef {import('../../build/bridge/table.js').Code} Code */
/** @typedef {{wasmMemory: WebAssembly.Memory, PThread?: unknown, [name: `_nbw_${string}`]: (bytes?: number) => number}} Wasm what createNoisebook() gives */
/** @typedef {Float32Array | Float64Array | Int32Array | Uint8Array} Numbers */
/** @typedef {{name: string, type: string, optional: boolean, fields: Part[] | null}} Part of what a function takes or gives */

const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array };
/** Where the results and the message lie in the block: after 32 arguments, and after 32 results and a status. */
const RESULTS = 32;
const MESSAGE = 2 * 32 * 8 + 4;
const MESSAGE_BYTES = 256;
const MOST_BYTES = 2 ** 31 - 1;

/** What the core refuses: its sentence, and why by name ("argument", "memory", "shape", "format", "nonfinite"). */
export class CoreError extends Error {
  /** @param {string} message @param {string} why */
  constructor(message, why) {
    super(message);
    this.why = why;
  }
}
CoreError.prototype.name = 'Error';

/** @param {Code} code @returns {Part} */
function partOf(code) {
  if (typeof code !== 'string')
    return {
      name: code[0].replace('?', ''),
      type: 'struct',
      optional: code[0].endsWith('?'),
      fields: code.slice(1).map(partOf),
    };
  const [name, type] = code.split(':');
  return { name: name.replace('?', ''), type, optional: name.endsWith('?'), fields: null };
}

const WHOLE = /** @type {Record<string, [number, number]>} */ ({
  size: [0, MOST_BYTES],
  int: [-(2 ** 31), 2 ** 31 - 1],
  uint: [0, 2 ** 32 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
});

/** A number as its type has it, 0 for an object that may be left out; throws where it is none. @param {Part} part @param {any} value @returns {number} */
function numberOf({ name, type, optional }, value) {
  if (optional && value === null) return 0;
  const shown = typeof value === 'string' ? `"${value}"` : String(value);
  if (WHOLE[type]) {
    const [least, most] = WHOLE[type];
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new RangeError(`${name} = ${shown}: it takes a whole number from ${least} to ${most}`);
  }
  if (type === 'bool') {
    if (typeof value === 'boolean') return Number(value);
    throw new TypeError(`${name} = ${shown}: it takes true or false`);
  }
  if (NAMES[type]) {
    const index = NAMES[type].indexOf(value);
    if (index >= 0) return index;
    throw new RangeError(`${name} = ${shown}: it takes ${NAMES[type].join(', ')}`);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${name} = ${shown}: it takes a finite number`);
}

/** How many places of the block a value takes. @param {Part} part */
const placesOf = ({ type }) =>
  type in ARRAYS || type === 'text' || type === 'file'
    ? 2
    : type.startsWith('list')
      ? Number(type.slice(4))
      : 1;

/** The block, the scratch memory, and a function of JavaScript for each one of the core. */
export class Bridge {
  #wasm;
  #io;
  #scratch = 0;
  #doubles = new Float64Array();
  #makeRoom;

  /**
   * @param {Wasm} wasm @param {() => boolean} [makeRoom] called where there is no memory: whether there is more now, and
   * the call is worth a second try (one that fails for memory has changed nothing)
   */
  constructor(wasm, makeRoom = () => false) {
    this.#wasm = wasm;
    this.#makeRoom = makeRoom;
    this.#io = wasm._nbw_io() >>> 0;
    const functions = Object.entries(FUNCTIONS).map(([name, [takes, gives]]) => [
      name,
      this.#function(name, takes.map(partOf), gives.map(partOf)),
    ]);
    this.api = /** @type {Api} */ (Object.freeze(Object.fromEntries(functions)));
  }

  /** The core's version. */
  get version() {
    const bytes = new Uint8Array(this.#wasm.wasmMemory.buffer, this.#wasm._nbw_version(), 32).slice();
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Ends an object; throws while another uses it. @param {number} id */
  destroy(id) {
    this.#block()[0] = id;
    this.#end(this.#wasm._nbw_destroy());
  }

  /** What the module has taken so far. It never gives memory back to the browser, but uses it again. */
  get memoryBytes() {
    return this.#wasm.wasmMemory.buffer.byteLength;
  }

  /** How many objects of the core live. @returns {number} */
  get objects() {
    return this.#wasm._nbw_objects();
  }

  /** The block as doubles: looked at anew where the memory has grown. */
  #block() {
    const { buffer } = this.#wasm.wasmMemory;
    if (this.#doubles.buffer !== buffer) this.#doubles = new Float64Array(buffer, this.#io, 2 * RESULTS);
    return this.#doubles;
  }

  /** @param {number} status */
  #end(status) {
    if (status === 0) return;
    const bytes = new Uint8Array(this.#wasm.wasmMemory.buffer, this.#io + MESSAGE, MESSAGE_BYTES).slice();
    throw new CoreError(
      new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))),
      (NAMES.status[status] ?? '').replace('err_', ''),
    );
  }

  /** @param {string} name @param {Part[]} takes @param {Part[]} gives */
  #function(name, takes, gives) {
    const call = this.#wasm[`_nbw_${name}`];
    const flat = takes.flatMap((part) => part.fields ?? part);
    const hasArrays = flat.some(({ type }) => type in ARRAYS || type === 'text');
    /** @type {number[]} */
    const places = [];
    let next = 0;
    for (const part of flat) {
      places.push(next);
      next += placesOf(part);
    }
    const results = this.#results(gives);
    /** @param {any[]} values */
    const attempt = (values) => {
      const all = takes.flatMap(({ fields }, i) =>
        fields ? fields.map((field) => values[i]?.[field.name] ?? null) : [values[i]],
      );
      const numbers = hasArrays ? this.#place(name, flat, all) : null;
      const block = this.#block();
      for (let i = 0; i < flat.length; i++) {
        const array = numbers?.[i];
        if (array === undefined) block[places[i]] = numberOf(flat[i], all[i]);
        else {
          block[places[i]] = array.address;
          block[places[i] + 1] = array.count;
        }
      }
      this.#end(call());
      return results();
    };
    return (/** @type {any[]} */ ...values) => {
      try {
        return attempt(values);
      } catch (error) {
        if (!(error instanceof CoreError && error.why === 'memory' && this.#makeRoom())) throw error;
        return attempt(values);
      }
    };
  }

  /**
   * Arrays and texts one after the other in the core's memory; undefined for what is none.
   * @param {string} name @param {Part[]} parts @param {any[]} values
   */
  #place(name, parts, values) {
    const data = parts.map((part, i) => this.#bytes(name, part, values[i]));
    const total = data.reduce((sum, each) => sum + (((each ? each.byteLength : 0) + 15) & ~15), 0);
    this.#reserve(total);
    const memory = new Uint8Array(this.#wasm.wasmMemory.buffer);
    let at = this.#scratch;
    return data.map((each) => {
      if (each === undefined) return undefined;
      if (each === null) return { address: 0, count: 0 };
      const address = at;
      memory.set(new Uint8Array(each.buffer, each.byteOffset, each.byteLength), address);
      at += (each.byteLength + 15) & ~15;
      return { address, count: each.length };
    });
  }

  /** @param {string} name @param {Part} part @param {any} value @returns {Numbers | null | undefined} undefined for no array */
  #bytes(name, { name: argument, type, optional }, value) {
    if (type === 'text') {
      if (typeof value !== 'string') throw new TypeError(`${name}: ${argument} must be a text, got ${value}`);
      return new TextEncoder().encode(`${value}\0`);
    }
    if (!(type in ARRAYS)) return undefined;
    const wanted = ARRAYS[/** @type {keyof typeof ARRAYS} */ (type)];
    if (value instanceof wanted) return value;
    if (optional && (value === null || value === undefined)) return null;
    throw new TypeError(
      `${name}: ${argument} must be a ${wanted.name}, got ${value?.constructor?.name ?? value}`,
    );
  }

  /** @param {number} bytes */
  #reserve(bytes) {
    if (bytes > MOST_BYTES) throw new CoreError(`no room for ${bytes} bytes`, 'memory');
    // Asked for each time: the core gives a large block back once it is too large.
    this.#scratch = this.#wasm._nbw_scratch(bytes) >>> 0;
    if (this.#scratch === 0) throw new CoreError(`not enough memory for ${bytes} bytes`, 'memory');
  }

  /** What reads the results: nothing, one value, or an object of them. @param {Part[]} gives */
  #results(gives) {
    let next = 0;
    /** @param {Part} part @returns {() => any} */
    const reader = (part) => {
      if (part.fields) {
        const there = part.optional ? RESULTS + next++ : 0;
        const fields = part.fields.map((field) => /** @type {const} */ ([field.name, reader(field)]));
        return () => {
          if (there && this.#block()[there] === 0) return null;
          return Object.fromEntries(fields.map(([name, read]) => [name, read()]));
        };
      }
      const place = RESULTS + next;
      next += placesOf(part);
      return this.#reader(part.type, place);
    };
    const readers = gives.map((part) => /** @type {const} */ ([part.name, reader(part)]));
    if (readers.length === 0) return () => undefined;
    if (readers.length === 1) return readers[0][1];
    return () => Object.fromEntries(readers.map(([name, read]) => [name, read()]));
  }

  /** @param {string} type @param {number} place @returns {() => any} */
  #reader(type, place) {
    const memory = this.#wasm.wasmMemory;
    const numbers = ARRAYS[/** @type {keyof typeof ARRAYS} */ (type === 'file' ? 'u8' : type)];
    if (numbers)
      return () => {
        const block = this.#block();
        return new numbers(memory.buffer, block[place], block[place + 1]).slice();
      };
    if (type === 'text')
      return () => {
        const block = this.#block();
        const [address, count] = [block[place], block[place + 1]];
        return address === 0
          ? null
          : new TextDecoder().decode(new Uint8Array(memory.buffer, address, count).slice());
      };
    if (type.startsWith('list'))
      return () => Array.from(this.#block().subarray(place, place + Number(type.slice(4))));
    if (type === 'bool') return () => this.#block()[place] === 1;
    if (NAMES[type]) return () => NAMES[type][this.#block()[place]];
    return () => this.#block()[place];
  }
}

/** Numbers in and out of the wasm memory, errors, and the lives of its objects. */
import { Tensor } from './tensor.js';

/** @typedef {import('./tensor.js').Data} Data */
/** @typedef {{address: number, destroy: (address: number) => void, borrows: Handle[]}} Held */
/** @typedef {{wasmMemory: WebAssembly.Memory, [name: string]: any}} Wasm what createNoisebook() gives */

/**
 * A scratch block that grows: every call of the core puts its arrays there, one after the other, and copies the
 * results out. `call` empties it first.
 */
export class Memory {
  /** @param {Wasm} wasm */
  constructor(wasm) {
    this.wasm = wasm;
    this.block = 0;
    this.size = 0;
    this.used = 0;
    /** Ends what JavaScript has forgotten. */
    this.registry = new FinalizationRegistry((/** @type {Held} */ held) => held.destroy(held.address));
  }

  /** The text at an address. @param {number} address */
  text(address) {
    const bytes = new Uint8Array(this.wasm.wasmMemory.buffer, address);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }

  /** @returns {Error} what the core said last */
  error() {
    return new Error(this.text(this.wasm._nbw_error()));
  }

  /** Throws unless status is NB_OK. @param {number} status */
  ok(status) {
    if (status !== 0) throw this.error();
  }

  /** A new object's handle; throws if it is 0. @param {number} handle */
  made(handle) {
    if (handle === 0) throw this.error();
    return handle;
  }

  /**
   * Room for the arrays of one call: call it once, with all of them, since it may move the block.
   * @param {number[]} sizes in bytes @returns {number[]} their addresses
   */
  room(...sizes) {
    const total = sizes.reduce((sum, size) => sum + ((size + 15) & ~15), 0);
    if (total > this.size) {
      if (this.block) this.wasm._free(this.block);
      this.size = Math.max(total, 2 * this.size, 1 << 16);
      this.block = this.wasm._malloc(this.size);
      if (this.block === 0) {
        this.size = 0;
        throw new Error(`no room for ${total} bytes`);
      }
    }
    let next = this.block;
    return sizes.map((size) => {
      const address = next;
      next += (size + 15) & ~15;
      return address;
    });
  }

  /**
   * What one call of the core takes: arrays to copy in, and room for results, given in bytes. Call it once for all.
   * @param {(Data | Uint8Array | number | null | undefined)[]} parts @returns {number[]} their addresses; 0 for nothing
   */
  place(...parts) {
    const sizes = parts.map((part) => (typeof part === 'number' ? part : (part?.byteLength ?? 0)));
    const addresses = this.room(...sizes);
    parts.forEach((part, i) => {
      if (part && typeof part !== 'number') this.put(addresses[i], part);
    });
    return addresses.map((address, i) => (parts[i] === null || parts[i] === undefined ? 0 : address));
  }

  /** @param {number} address @param {Data | Uint8Array} data */
  put(address, data) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.wasm.wasmMemory.buffer).set(bytes, address);
  }

  /** A file's bytes, in a room of their own. @param {Uint8Array} file @returns {number} their address */
  bytes(file) {
    return this.place(file)[0];
  }

  /** @param {number} address @param {number} n */
  f32(address, n) {
    return new Float32Array(this.wasm.wasmMemory.buffer, address, n).slice();
  }
  /** @param {number} address @param {number} n */
  f64(address, n) {
    return new Float64Array(this.wasm.wasmMemory.buffer, address, n).slice();
  }
  /** @param {number} address @param {number} n */
  i32(address, n) {
    return new Int32Array(this.wasm.wasmMemory.buffer, address, n).slice();
  }
  /** @param {number} address @param {number} n */
  u8(address, n) {
    return new Uint8Array(this.wasm.wasmMemory.buffer, address, n).slice();
  }

  /** A file that the core malloc'ed; nbw_size has its size. @param {number} address */
  file(address) {
    const bytes = this.u8(this.made(address), this.wasm._nbw_size());
    this.wasm._free(address);
    return bytes;
  }
}

/** An object of the core: ended by dispose(), or when nothing refers to it any more. */
export class Handle {
  /**
   * @param {Memory} memory @param {number} address @param {(address: number) => void} destroy
   * @param {Handle[]} borrows what it was created from: kept until it has ended
   */
  constructor(memory, address, destroy, borrows = []) {
    this.memory = memory;
    this.wasm = memory.wasm;
    this.address = memory.made(address);
    this.held = { address, destroy, borrows };
    memory.registry.register(this, this.held, this);
  }

  dispose() {
    if (!this.address) return;
    this.memory.registry.unregister(this);
    this.held.destroy(this.address);
    this.address = 0;
  }
}

/** @param {Tensor} x @param {string} name @returns {Float32Array} */
export function float32(x, name) {
  if (!(x instanceof Tensor)) throw new TypeError(`${name} must be a tensor`);
  if (!(x.data instanceof Float32Array)) throw new TypeError(`${name} must be float32: use ${name}.float()`);
  return x.data;
}

/**
 * Labels, timesteps: whole numbers as the core takes them.
 * @param {Tensor | ArrayLike<number>} values @param {string} name @param {number} [n] how many there must be
 */
export function int32(values, name, n) {
  const list = values instanceof Tensor ? values.data : values;
  if (typeof list?.length !== 'number') throw new TypeError(`${name} must be a tensor or a list of numbers`);
  if (n !== undefined && list.length !== n) throw new Error(`${list.length} ${name} for ${n} samples`);
  const out = Int32Array.from(list);
  out.forEach((value, i) => {
    if (value !== list[i]) throw new RangeError(`${name}[${i}] = ${list[i]} is not a whole number`);
  });
  return out;
}

/** @param {Tensor} x @param {string} name */
export function float64(x, name) {
  if (!(x instanceof Tensor)) throw new TypeError(`${name} must be a tensor`);
  return Float64Array.from(x.data);
}

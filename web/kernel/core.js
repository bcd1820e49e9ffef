/** The C core (src/noisebook.h) as JavaScript; core/ has its classes. Works in a worker and in Node. */
import { Handle, Memory } from './memory.js';

/** @typedef {import('./bridge.js').Wasm} Wasm */
/** @typedef {{threads?: number, mode?: 'exact' | 'fast'}} EngineOptions */

/** One wasm module, its memory and its engine. */
export class Core {
  /** @param {Wasm} wasm @param {EngineOptions} [options] */
  constructor(wasm, { threads = 1, mode = 'exact' } = {}) {
    this.wasm = wasm;
    this.memory = new Memory(wasm);
    const { api } = this.memory;
    this.api = api;
    /** @type {Handle<'engine'>} */
    this.engine = new Handle(this.memory, api.engine_create(mode, threads));
    this.mode = mode;
  }

  /** A PNG file. @param {number} width @param {number} height @param {Uint8Array} pixels red, green and blue of each, row by row */
  encode_png(width, height, pixels) {
    return this.api.png_encode(width, height, 3, pixels);
  }

  get version() {
    return this.memory.bridge.version;
  }

  /** What computes: the kernels' name, how many threads, and whether every bit is the same everywhere. */
  get engineInfo() {
    return {
      kernels: this.api.engine_kernels(this.engine.id),
      threads: this.api.engine_threads(this.engine.id),
      mode: this.mode,
    };
  }
}

/** The C core (src/noisebook.h) as JavaScript; core/ has its classes. Works in a worker and in Node. */
import { Handle, Memory } from './memory.js';

/** @typedef {import('./memory.js').Wasm} Wasm */
/** @typedef {{threads?: number, mode?: 'exact' | 'fast'}} EngineOptions */

/** One wasm module, its memory and its engine. */
export class Core {
  /** @param {Wasm} wasm @param {EngineOptions} [options] */
  constructor(wasm, { threads = 1, mode = 'exact' } = {}) {
    this.wasm = wasm;
    this.memory = new Memory(wasm);
    const engine = wasm._nbw_engine_create(mode === 'fast' ? 1 : 0, threads);
    this.engine = new Handle(this.memory, engine, wasm._nbw_engine_destroy);
    this.mode = mode;
  }

  /** A PNG file. @param {number} width @param {number} height @param {Uint8Array} pixels red, green and blue of each, row by row */
  encode_png(width, height, pixels) {
    if (pixels.length !== 3 * width * height) throw new Error('a PNG needs three bytes a pixel');
    return this.memory.file(this.wasm._nbw_png_encode(width, height, 3, this.memory.bytes(pixels)));
  }

  get version() {
    return this.memory.text(this.wasm._nbw_version());
  }

  /** What computes: the kernels' name, how many threads, and whether every bit is the same everywhere. */
  get engineInfo() {
    return {
      kernels: this.memory.text(this.wasm._nbw_engine_kernels(this.engine.address)),
      threads: /** @type {number} */ (this.wasm._nbw_engine_threads(this.engine.address)),
      mode: this.mode,
    };
  }
}

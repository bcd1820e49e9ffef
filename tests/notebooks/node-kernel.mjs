/** The pages' kernel in Node, for the tests. */
import { readFile } from 'node:fs/promises';
import { Core } from '../../web/kernel/core.js';
import { Kernel } from '../../web/kernel/kernel.js';
import { memoryStorage, shelfIn } from '../../web/kernel/storage.js';

/** @typedef {import('../../web/kernel/protocol.js').Message} Message */

const wasm = new URL('../../build/wasm/noisebook-simd128.mjs', import.meta.url);

/** @param {typeof Core} [Made] the class, where it is another than the source's */
export async function loadCore(Made = Core) {
  const { default: createNoisebook } = await import(wasm.href);
  return new Made(await createNoisebook());
}

/** A file of web/data. @param {string} name */
export async function readAsset(name) {
  return new Uint8Array(await readFile(new URL(`../../web/data/${name}`, import.meta.url)));
}

/**
 * @param {{core?: Core, storage?: import('../../web/kernel/storage.js').Storage,
 *   readAsset?: (name: string) => Promise<Uint8Array>, generation?: number}} [parts]
 */
export async function createKernel({
  core,
  storage = memoryStorage(),
  readAsset: read = readAsset,
  generation,
} = {}) {
  /** @type {Message[]} */
  const messages = [];
  const kernel = new Kernel({
    core: core ?? (await loadCore()),
    shelf: shelfIn(storage),
    post: (message) => messages.push(message),
    readAsset: read,
    generation,
  });
  return { kernel, messages };
}

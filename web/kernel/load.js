/** Loads the wasm module that suits this browser, and a simpler one if that does not start. */
import relaxedUrl from '@wasm/noisebook-relaxed.wasm?url';
import relaxedThreadsUrl from '@wasm/noisebook-relaxed-threads.wasm?url';
import simdUrl from '@wasm/noisebook-simd128.wasm?url';
import simdThreadsUrl from '@wasm/noisebook-simd128-threads.wasm?url';
import { choose, detect, startFirst } from './features.js';
import { watched } from './trap.js';

/** @typedef {import('./features.js').Choice} Choice */
/** @typedef {import('./memory.js').Wasm} Wasm */
/**
 * onLoaded: all has come over the network, and from here on it is a matter of moments; onTrap: it must not be used any more
 * @typedef {{onLoaded: () => void, onTrap: (why: string) => void}} Listeners
 */

const FILES = {
  simd128: simdUrl,
  relaxed: relaxedUrl,
  'simd128-threads': simdThreadsUrl,
  'relaxed-threads': relaxedThreadsUrl,
};

/** Compiles while it loads, where the server names the type right. @param {string} url */
async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded (status ${response.status})`);
  const streams = response.headers.get('Content-Type')?.startsWith('application/wasm');
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** build-wasm.sh sees to it that a script serves both instruction sets. @param {boolean} threads */
const script = (threads) =>
  threads ? import('@wasm/noisebook-simd128-threads.mjs') : import('@wasm/noisebook-simd128.mjs');

/** @param {Choice} choice @param {Listeners} listeners @returns {Promise<Wasm>} */
async function start({ name, threads }, { onLoaded, onTrap }) {
  const [{ default: createNoisebook }, module] = await Promise.all([
    script(name.endsWith('-threads')),
    compile(FILES[name]),
  ]);
  onLoaded();
  /** @type {(reason: Error) => void} */
  let fail = () => {};
  const failure = new Promise((_, reject) => {
    fail = reject;
  });
  /** @type {Record<string, any>} */
  const options = {
    workers: threads - 1,
    printErr: () => {},
    onAbort: (/** @type {unknown} */ why) => fail(new Error(String(why))),
    instantiateWasm(
      /** @type {WebAssembly.Imports} */ imports,
      /** @type {(instance: {exports: WebAssembly.Exports}, module: WebAssembly.Module) => void} */ receive,
    ) {
      WebAssembly.instantiate(module, imports).then(
        ({ exports }) => receive({ exports: watched(exports, onTrap) }, module),
        fail,
      );
      return {};
    },
  };
  // Emscripten throws a thread's error once more, here.
  const onError = (/** @type {ErrorEvent} */ event) => {
    event.preventDefault();
    fail(new Error(event.message || 'a thread did not start'));
  };
  addEventListener('error', onError);
  try {
    const wasm = /** @type {Wasm} */ (await Promise.race([createNoisebook(options), failure]));
    // Its workers are nothing for cells, and whoever ends the kernel ends them.
    delete wasm.PThread;
    return wasm;
  } catch (error) {
    options.PThread?.terminateAllThreads();
    throw error;
  } finally {
    removeEventListener('error', onError);
  }
}

/** @param {number | undefined} threads how many; as many as are of use here if left out @param {Listeners} listeners */
export const load = (threads, listeners) =>
  startFirst(choose(detect(), threads), (choice) => start(choice, listeners));

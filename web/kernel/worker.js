/** The kernel's worker: one wasm module, one kernel, messages in and out. */

import createNoisebook from '@wasm/noisebook-simd128.mjs';
import wasmUrl from '@wasm/noisebook-simd128.wasm?url';
import { createStore, get, set } from 'idb-keyval';
import { readAsset } from './assets.js';
import { Core } from './core.js';
import { Kernel } from './kernel.js';
import { memoryStorage } from './store.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Request} Request */

const post = (/** @type {Message} */ message) => postMessage(message);

/** IndexedDB can be switched off: then models live as long as the page. */
async function openStorage() {
  try {
    const database = createStore('noisebook', 'models');
    await get('probe', database);
    return {
      get: (/** @type {string} */ key) => get(key, database),
      set: (/** @type {string} */ key, /** @type {any} */ value) => set(key, value, database),
    };
  } catch {
    return memoryStorage();
  }
}

async function start() {
  const [wasm, storage] = await Promise.all([createNoisebook({ locateFile: () => wasmUrl }), openStorage()]);
  const core = new Core(wasm);
  const kernel = new Kernel({ core, storage, post, readAsset });
  post({ type: 'ready', version: core.version });
  return kernel;
}

/** @param {Kernel} kernel @param {Extract<Request, {type: 'png'}>} request */
function encodePng({ core }, { id, width, height, pixels }) {
  try {
    post({ type: 'png', id, file: core.encode_png(width, height, pixels), message: '' });
  } catch (error) {
    post({ type: 'png', id, file: null, message: error instanceof Error ? error.message : String(error) });
  }
}

const starting = start();
starting.catch((error) => post({ type: 'failed', message: error.message }));

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  const kernel = await starting;
  if (request.type === 'run')
    await kernel.run(request.cell, request.source, request.prepared, request.values);
  else if (request.type === 'input') await kernel.input(request.id, request.values);
  else if (request.type === 'png') encodePng(kernel, request);
  else kernel.flow.act(request.action);
};

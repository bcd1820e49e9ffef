/** The kernel's worker: one wasm module, one kernel, messages in and out. */

import { readAsset } from './assets.js';
import { Core } from './core.js';
import { Kernel } from './kernel.js';
import { load } from './load.js';
import { memoryStorage, openStorage } from './storage.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Request} Request */

const post = (/** @type {Message} */ message) => postMessage(message);

/** IndexedDB can be switched off: then models live as long as the page. */
const storageHere = () => openStorage().catch(() => ({ ...memoryStorage(), fleeting: true }));

/** @param {import('./protocol.js').Wish} wish */
async function start({ mode, threads: wanted }) {
  const onLoaded = () => post({ type: 'loaded' });
  const [{ wasm, name, threads, passed }, storage] = await Promise.all([
    load(wanted, onLoaded),
    storageHere(),
  ]);
  const core = new Core(wasm, { threads, mode });
  const kernel = new Kernel({ core, storage, post, readAsset });
  post({ type: 'ready', version: core.version, engine: { ...core.engineInfo, module: name } });
  // For whoever wonders why it is slow.
  for (const why of passed) console.info(`not started: ${why}`);
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

/** Nothing, once the page has been told that it does not start. @type {Promise<Kernel | undefined>} */
let starting;

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  if (request.type === 'start') {
    starting = start(request).catch((error) => void post({ type: 'failed', message: error.message }));
    return;
  }
  const kernel = await starting;
  if (!kernel) return;
  if (request.type === 'run')
    await kernel.run(request.cell, request.source, request.prepared, request.values);
  else if (request.type === 'input') await kernel.input(request.id, request.values);
  else if (request.type === 'png') encodePng(kernel, request);
  else kernel.flow.act(request.action);
};

/** The kernel's worker: one wasm module, one kernel, messages in and out. */

import { Asking } from './ask.js';
import { Core } from './core.js';
import { Kernel } from './kernel.js';
import { load } from './load.js';
import { lockDown } from './lockdown.js';
import { measureThreads } from './threads.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Request} Request */

/** @type {(message: Message) => void} */
const post = postMessage.bind(self);
const asking = new Asking(post);

/** @param {Extract<Request, {type: 'start'}>} request */
async function start({ mode, threads: wanted, generation }) {
  /** @type {Kernel | null} */
  let kernel = null;
  const { wasm, name, threads, passed } = await load(wanted, {
    onLoaded: () => post({ type: 'loaded' }),
    onTrap: (why) => kernel?.trapped(why),
  });
  lockDown(self);
  const measured = wanted === undefined && threads > 1 ? measureThreads(wasm, threads, mode) : undefined;
  const core = new Core(wasm, { threads: measured ?? threads, mode });
  kernel = new Kernel({ core, shelf: asking.shelf, post, readAsset: asking.readAsset, generation });
  post({ type: 'ready', version: core.version, engine: { ...core.engineInfo, module: name }, measured });
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

self.addEventListener('message', async ({ data, isTrusted }) => {
  // A cell can send an event, too, but not one of the browser's.
  if (!isTrusted) return;
  const request = /** @type {Request} */ (data);
  if (request.type === 'start') {
    starting = start(request).catch((error) => void post({ type: 'failed', message: error.message }));
    return;
  }
  if (request.type === 'answer') return asking.receive(request);
  const kernel = await starting;
  if (!kernel) return;
  if (request.type === 'run')
    await kernel.run(request.cell, request.source, request.prepared, request.values);
  else if (request.type === 'input') await kernel.input(request.id, request.values);
  else if (request.type === 'png') encodePng(kernel, request);
  else kernel.flow.act(request.action);
});

// noisebook-bench in WebAssembly, with the objects of the pages' modules: what `build/native/noisebook-bench` tells natively.
//
//   ./build-wasm.sh --bench && node tests/bench/wasm-bench.mjs [--chromium] OPTIONS of noisebook-bench
//
// In Node, or in a worker of a page in Chromium, whose V8 is newer. --mode exact are the kernels of noisebook-simd128,
// --mode fast those of noisebook-relaxed. One thread.

import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { closeBrowser, openTab } from './contestants.mjs';
import { runBench } from './wasm-program.mjs';

const words = process.argv.slice(2);
const args = words.filter((word) => word !== '--chromium');
/** @type {Record<string, string>} */
const files = {};
const at = args.indexOf('--network');
if (at >= 0 && at + 1 < args.length) {
  files['/network'] = readFileSync(args[at + 1], 'utf8');
  args[at + 1] = '/network';
}

/**
 * In a worker of an empty page.
 * @param {import('./wasm-program.mjs').Call} call
 */
async function inChromium(call) {
  const tab = await openTab('page.html');
  await tab.exposeFunction('print', console.log);
  const status = await tab.evaluate(
    (c) =>
      new Promise((resolve) => {
        const { print } = /** @type {any} */ (globalThis);
        const worker = new Worker('bench-worker.mjs', { type: 'module' });
        worker.onerror = ({ message: text }) =>
          print(text || 'the worker did not start').then(() => resolve(1));
        worker.onmessage = ({ data }) => ('line' in data ? print(data.line) : resolve(data.status));
        worker.postMessage(c);
      }),
    call,
  );
  await closeBrowser();
  return /** @type {number} */ (status);
}

if (words.includes('--chromium')) {
  process.exitCode = await inChromium({ args, files });
} else {
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 asks for it
  process.exitCode = await runBench({ args, files }, console.log);
}

// noisebook-bench in WebAssembly, in a page's worker: a message has its arguments and files, the answers are its lines and then
// its exit status.

import { runBench } from './wasm-program.mjs';

self.onmessage = async ({ data }) => {
  const print = (/** @type {string} */ line) => self.postMessage({ line });
  const status = await runBench(data, print).catch((/** @type {unknown} */ error) => {
    print(String(error));
    return 1;
  });
  self.postMessage({ status });
};

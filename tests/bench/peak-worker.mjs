// One more thread of peak.mjs, in Node and in a page alike: each message, a mode, is answered by GFLOP/s.

import { madPeak } from './peak.mjs';

/** @type {(() => number) | undefined} */
let peak;

const port = /** @type {MessagePort} */ (
  /** @type {unknown} */ (
    'postMessage' in globalThis ? globalThis : (await import('node:worker_threads')).parentPort
  )
);
port.addEventListener('message', ({ data }) => {
  peak ??= madPeak(data);
  port.postMessage(peak());
});
port.postMessage('ready');

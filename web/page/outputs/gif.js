/** An animated GIF, encoded in a worker that is there for it only. */

/** @typedef {import('./gif-worker.js').Job} Job */

/** @param {Job} job its frames go along @param {(done: number) => void} [tell] of frames @returns {Promise<Uint8Array<ArrayBuffer>>} */
export function encodeGif(job, tell) {
  const worker = new Worker(new URL('./gif-worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onerror = () => reject(new Error('its encoder did not load'));
    worker.onmessage = ({ data: { done, file } }) => (file ? resolve(file) : tell?.(done));
    worker.postMessage(
      job,
      job.frames.map(({ buffer }) => buffer),
    );
  }).finally(() => worker.terminate());
}

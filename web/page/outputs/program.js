/** A program for PyTorch, written in a worker that is there for it only. */

/** @param {Uint8Array} weights @param {import('../../kernel/program.js').Program | null} program @returns {Promise<Uint8Array<ArrayBuffer>>} */
export function programFor(weights, program = null) {
  const worker = new Worker(new URL('../../kernel/pytorch.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    const end = (/** @type {string} */ why) => reject(new Error(why));
    worker.onerror = () => end('what writes it did not load');
    worker.onmessage = ({ data: { file, message } }) => (file ? resolve(file) : end(message));
    worker.postMessage({ weights, program });
  }).finally(() => worker.terminate());
}

/** A name that Python can import. @param {string} name */
export const moduleOf = (name) => name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');

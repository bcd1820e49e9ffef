/**
 * The scripts that start the WebAssembly modules, without what only Node runs: the tests load them from build/wasm as they are. What is
 * cut stands here word for word, so that another Emscripten fails the build.
 */

const NODE =
  'var ENVIRONMENT_IS_NODE=typeof process=="object"&&typeof process.versions=="object"&&typeof process.versions.node=="string"&&process.type!="renderer";';

/** At the end of those with threads. */
const NODE_THREAD = `var isNode = typeof globalThis.process?.versions?.node == 'string';
if (isNode) isPthread = (await import('worker_threads')).workerData === 'em-pthread';`;

/** @param {string} code */
export function withoutNode(code) {
  const parts = code.split(NODE);
  if (parts.length !== 2)
    throw new Error(`Emscripten's script is another: ${NODE} stands there ${parts.length - 1} times`);
  if (code.includes('isPthread') !== code.includes(NODE_THREAD))
    throw new Error(`Emscripten's script is another: ${NODE_THREAD} does not stand there`);
  return parts.join('').replace(NODE_THREAD, '').replaceAll('ENVIRONMENT_IS_NODE', 'false');
}

/** @returns {import('vite').Plugin} */
export const cutGlue = () => ({
  name: 'noisebook-glue',
  apply: 'build',
  enforce: 'pre',
  transform: {
    filter: { id: /\/build\/wasm\/noisebook-[\w-]+\.mjs$/ },
    handler: (code) => ({ code: withoutNode(code), map: null }),
  },
});

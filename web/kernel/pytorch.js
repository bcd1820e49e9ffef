/** A worker of its own: weights become a program for PyTorch (program.js). */
import createNoisebook from '@wasm/noisebook-pytorch.mjs';
import url from '@wasm/noisebook-pytorch.wasm?url';
import { writeProgram } from './program.js';

/** @param {{weights: Uint8Array, program: import('./program.js').Program | null}} asked */
async function exported({ weights, program }) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`it could not be loaded (status ${response.status})`);
  const wasmBinary = await response.arrayBuffer();
  return writeProgram(await createNoisebook({ wasmBinary, printErr: () => {} }), weights, program);
}

self.onmessage = async ({ data }) => {
  try {
    postMessage({ file: await exported(data) });
  } catch (error) {
    postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
};

/** A worker of its own: weights become a program for PyTorch, by a module of the core that is loaded for that only. */
import createNoisebook from '@wasm/noisebook-pytorch.mjs';
import url from '@wasm/noisebook-pytorch.wasm?url';

/** pytorch_result of src/api/pytorch.c. */
const MESSAGE = 8;

/** @param {Uint8Array} weights */
async function exported(weights) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`it could not be loaded (status ${response.status})`);
  const module = await createNoisebook({ wasmBinary: await response.arrayBuffer(), printErr: () => {} });
  const at = module._malloc(weights.length);
  if (at) new Uint8Array(module.wasmMemory.buffer, at).set(weights);
  const result = at && module._nbw_pytorch(at, weights.length);
  if (!result) throw new Error('there is not enough memory');
  const bytes = new Uint8Array(module.wasmMemory.buffer);
  const [text, length] = new Uint32Array(bytes.buffer, result, 2);
  if (text) return bytes.slice(text, text + length);
  const message = bytes.subarray(result + MESSAGE, bytes.indexOf(0, result + MESSAGE));
  throw new Error(new TextDecoder().decode(message.slice()));
}

self.onmessage = async ({ data }) => {
  try {
    postMessage({ file: await exported(data) });
  } catch (error) {
    postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
};

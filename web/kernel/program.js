/** Weights as a program for PyTorch, by a module of the core that is loaded for that only. Works in a worker and in Node. */

/**
 * A run's settings, nb_program of the core: steps of the warm-up and of the decay (0: none), the optimizer by its place in the core's table,
 * samples at the end of the data that are not trained on.
 * @typedef {{epochs: number, batch: number, lr: number, warmup: number, decay_steps: number, ema_decay: number, label_dropout: number,
 *   optimizer: number, held_out: number, samples: number, steps: number, eta: number, guidance_scale: number,
 *   sampling_seed: number}} Program
 */

/** As src/api/pytorch.c lists them. @type {(keyof Program)[]} */
const SETTINGS = [
  'epochs',
  'batch',
  'lr',
  'warmup',
  'decay_steps',
  'ema_decay',
  'label_dropout',
  'optimizer',
  'held_out',
  'samples',
  'steps',
  'eta',
  'guidance_scale',
  'sampling_seed',
];
/** pytorch_result of src/api/pytorch.c. */
const MESSAGE = 8;

/** @typedef {{_malloc: (size: number) => number, _nbw_pytorch: (at: number, size: number, settings: number) => number, wasmMemory: WebAssembly.Memory}} Module */

/** @param {Module} module @param {Uint8Array} weights @param {Program | null} program null: going on from the weights, by defaults @returns {Uint8Array} */
export function writeProgram(module, weights, program) {
  const place = (/** @type {Uint8Array} */ data) => {
    const at = module._malloc(data.length);
    if (at) new Uint8Array(module.wasmMemory.buffer, at).set(data);
    return at;
  };
  const settings = program && Float64Array.from(SETTINGS, (name) => program[name]);
  const at = place(weights);
  const settingsAt = settings && place(new Uint8Array(settings.buffer));
  const result = at && settingsAt !== 0 && module._nbw_pytorch(at, weights.length, settingsAt ?? 0);
  if (!result) throw new Error('there is not enough memory');
  const bytes = new Uint8Array(module.wasmMemory.buffer);
  const [text, length] = new Uint32Array(bytes.buffer, result, 2);
  if (text) return bytes.slice(text, text + length);
  const message = bytes.subarray(result + MESSAGE, bytes.indexOf(0, result + MESSAGE));
  throw new Error(new TextDecoder().decode(message.slice()));
}

/** Whether what lies in the storage is a model: a record may come from another version, or have been damaged or tampered with. */

/** @typedef {import('./storage.js').Saved} Saved */

/** The numbers of a safetensors file; null if it is none. All that a record holds is float32. @param {Uint8Array} file @returns {Float32Array[] | null} */
function numbersOf(file) {
  try {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const start = 8 + Number(view.getBigUint64(0, true));
    const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
    return Object.values(tensors).map(({ data_offsets: [from, to] }) => {
      if (!(from <= to && start + to <= file.length)) throw new RangeError('beyond the end');
      return new Float32Array(file.slice(start + from, start + to).buffer);
    });
  } catch {
    return null;
  }
}

/** @param {Uint8Array} file weights, as safetensors @returns {boolean} whether it is one, and each number finite */
const isFiniteFile = (file) => numbersOf(file)?.every((numbers) => numbers.every(Number.isFinite)) ?? false;

const isBytes = (/** @type {unknown} */ value) => value instanceof Uint8Array;

/** What can be told of it, and whether it can be used. @param {any} value @returns {value is Saved} */
export function isSound(value) {
  try {
    return (
      typeof value.config === 'object' &&
      typeof value.config.kind === 'string' &&
      isBytes(value.weights) &&
      isBytes(value.rng_state) &&
      [value.trainer, value.adam].every((bytes) => bytes === null || bytes === undefined || isBytes(bytes)) &&
      typeof value.info === 'object' &&
      value.info !== null &&
      Number.isFinite(value.saved) &&
      isFiniteFile(value.weights)
    );
  } catch {
    return false;
  }
}

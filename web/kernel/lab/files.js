/** Files: models that ship with the site, the reader's own, and downloads. */
import { bytesOf, options } from '../check.js';
import { BATCH } from '../core/model.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/model.js').Model} Model */
/** @typedef {import('../core/model.js').Wish} Wish */

/** @param {Kernel} kernel @param {(wish: Wish) => Model} create */
export function files({ displays, readAsset }, create) {
  /** @param {Uint8Array} file @param {number} [max_batch] */
  function open(file, max_batch) {
    const model = create({ file, max_batch: max_batch ?? BATCH.others });
    if (max_batch !== undefined || model.sample_shape.length > 1) return model;
    model.dispose();
    return create({ file, max_batch: BATCH.points });
  }
  return {
    /**
     * The model of a safetensors file that says which one it is: by its graph, its record, or the names of its tensors.
     * Where a file has none of these, the load of a model which has the same tensors takes it.
     * @param {Uint8Array} bytes @param {{max_batch?: number}} [given] max_batch: the most samples of a backward pass
     */
    open_model: (bytes, given) =>
      open(bytesOf(bytes, 'open_model: the file'), options(given, 'open_model', ['max_batch']).max_batch),
    /**
     * A trained model of web/data. NAME.json has info about its training.
     * @param {string} name such as 'shapes-unet'
     * @returns {Promise<{model: Model, info: Record<string, any>}>}
     */
    async shipped(name) {
      const [json, weights] = await Promise.all([
        readAsset(`${name}.json`),
        readAsset(`${name}.safetensors`),
      ]);
      const { info = {} } = JSON.parse(new TextDecoder().decode(json));
      return { model: open(weights), info };
    },
    /**
     * Offers a file to keep, below the cell.
     * @param {string} name @param {Uint8Array | string} content @param {string} [type] its media type
     */
    save_file(name, content, type = 'application/octet-stream') {
      if (typeof content !== 'string' && !(content instanceof Uint8Array))
        throw new TypeError('save_file takes the content as bytes (a Uint8Array) or as text');
      if (typeof name !== 'string' || !/^[^/\\]+$/.test(name))
        throw new TypeError(`save_file: "${name}" is no file name, such as model.safetensors`);
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      displays.show('file', { name, bytes, type });
    },
  };
}

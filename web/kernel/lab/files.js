/** Files: models that ship with the site, and downloads. */
import { configOfFile } from '../core/model.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/model.js').Model} Model */
/** @typedef {import('../core/model.js').Wish} Wish */
/** @typedef {{config: Wish, info?: Record<string, any>}} About what NAME.json says of NAME.safetensors */

/** @param {Kernel} kernel @param {(wish: Wish) => Model} create */
export function files({ core, displays, readAsset }, create) {
  return {
    /**
     * A trained model of web/data. NAME.json has its config (kind, and image_size for images; the weights tell the other
     * sizes) and info about its training.
     * @param {string} name such as 'shapes-unet'
     * @returns {Promise<{model: Model, info: Record<string, any>}>}
     */
    async shipped(name) {
      const [json, weights] = await Promise.all([
        readAsset(`${name}.json`),
        readAsset(`${name}.safetensors`),
      ]);
      const { config, info = {} } = /** @type {About} */ (JSON.parse(new TextDecoder().decode(json)));
      // A network of one's own has its sizes in its text.
      const sizes = config.graph === undefined ? configOfFile(core.memory, config.kind, weights) : {};
      const model = create({ ...sizes, ...config });
      model.load(weights);
      return { model, info };
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

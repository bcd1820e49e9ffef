/** A run as one file, a .zip: its settings, data, weights and losses. `noisebook train --config run.json` makes the same weights of it. */
import { strToU8, zipSync } from 'fflate';
import { countOf } from '../../../kernel/studio/dataset.js';
import { encodeNpy } from '../../outputs/npy.js';

/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */

/** @param {Pick<Run, 'config' | 'weights' | 'losses'>} run @param {Data} data @returns {Uint8Array} */
export function runFile({ config, weights, losses }, data) {
  const n = countOf(data);
  const file = config.data.file;
  const labels = data.labels ? (config.data.labels ?? 'labels.npy') : null;
  const said = { ...config, data: { ...config.data, held_out: data.held / n, file, labels } };
  return zipSync({
    'run.json': strToU8(`${JSON.stringify(said, null, 2)}\n`),
    [file]: encodeNpy([n, ...data.shape], data.values),
    ...(labels && data.labels && { [labels]: encodeNpy([n], data.labels) }),
    ...(weights && { 'model.safetensors': weights }),
    'losses.npy': encodeNpy([losses.epochs.length], Float64Array.from(losses.epochs)),
  });
}

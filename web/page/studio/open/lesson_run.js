/** The run of the studio that weights become, as far as they, and what is told with them, say how they were trained. */
import { patched } from '../../../kernel/studio/config.js';
import { saidOf, trainedOn } from '../../../kernel/studio/dataset.js';
import { fittingFor } from '../../../kernel/studio/fitting.js';
import { CODE_UNKNOWN } from '../../../kernel/studio/network.js';

/** @typedef {import('./read_run.js').Saved} Saved */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('../../../kernel/studio/weights.js').Told} Told */
/** `told`: what the network says of itself; `info`: what its lesson says of it. @typedef {{file: Uint8Array, name: string, told: Told, info: Record<string, any>}} Weights */

/** What the file's head says about the training, as text. @param {Uint8Array} file @returns {Record<string, string>} */
function headOf(file) {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const head = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    return head.__metadata__ ?? {};
  } catch {
    return {};
  }
}

/** Throws a sentence where the studio has nothing to tell this network. @param {Told} told */
export function canBeTold({ inputs }) {
  const more = inputs.filter((input) => !['x', 't', 'label'].includes(input));
  if (more.length > 0)
    throw new TypeError(
      `this network is told more than time and class (${more.join(', ')}), and the studio has nothing to tell it`,
    );
}

/**
 * @param {RunConfig} before the settings that it leaves as they are @param {Weights} weights @param {Data} data @param {boolean} comes whether the data come along
 * @returns {{saved: Saved, note: string}} note: what it does not say; throws a sentence
 */
export function runOf(before, { file, name, told, info }, data, comes) {
  const head = headOf(file);
  const schedule = head.schedule ?? info.schedule;
  const T = head.T ?? info.T;
  const { training, guidance_scale, steps: long } = fittingFor(data);
  const epochs = Math.max(1, Math.ceil(long / Math.ceil(trainedOn(data) / training.batch)));
  const config = patched(before, {
    data: saidOf(data),
    network: { kind: 'code', code: CODE_UNKNOWN, text: told.text },
    training: {
      ...(comes && { batch: training.batch, lr: training.lr, epochs }),
      objective: /** @type {any} */ (told.objective),
      ...(schedule && { schedule }),
      ...(T && { timesteps: Number(T) }),
    },
    ...(comes && { sampling: { guidance_scale: told.n_classes > 0 ? guidance_scale : 1 } }),
  });
  const steps = Number(head.steps ?? info.steps);
  const assumed = `Its weights do not say by which schedule it was trained: ${config.training.schedule} with T = ${config.training.timesteps}, as the settings have it, is taken.`;
  return {
    saved: {
      name,
      config,
      weights: file,
      trainer: null,
      step: Number.isSafeInteger(steps) && steps > 0 ? steps : 0,
      seconds: 0,
      losses: { every: 1, curve: [], epochs: [] },
      measures: {},
      ended: 'done',
    },
    note: schedule || told.objective === 'flow' ? '' : assumed,
  };
}

/**
 * A run as one file, a .zip: its settings, data, weights and losses, and what training needs to go on. `noisebook train --config run.json`
 * makes the same weights of it; open/read_run.js opens it again.
 */
import { strToU8, zipSync } from 'fflate';
import { countOf, numbersIn } from '../../../kernel/studio/dataset.js';
import { encodeNpy } from '../../outputs/npy.js';

/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */

/** The parts but the data, which the settings name. */
export const FILES = {
  config: 'run.json',
  weights: 'model.safetensors',
  losses: 'losses.npy',
  trainer: 'trainer.safetensors',
  state: 'studio.json',
  samples: 'samples.npy',
  asked: 'samples-labels.npy',
};

/** What only the studio asks for. @param {RunParts} run @param {Data} data */
function stateText({ step, seconds, losses, ended, measures }, { transform }) {
  const { every, curve } = losses;
  return `${JSON.stringify({ step, seconds, ended, every, curve, transform, measures })}\n`;
}

/** @typedef {Pick<Run, 'config' | 'weights' | 'losses' | 'trainer' | 'step' | 'seconds' | 'ended'> & Partial<Pick<Run, 'measures'>>} RunParts */

/** Samples of the run, in the units of its data, and the classes that were asked for. @typedef {{samples: Float32Array, labels: number[] | null}} Drawn */

/** @param {Drawn} drawn @param {number[]} shape */
function drawnFiles({ samples, labels }, shape) {
  const count = samples.length / numbersIn(shape);
  return {
    [FILES.samples]: encodeNpy([count, ...shape], samples),
    ...(labels && { [FILES.asked]: encodeNpy([count], Int32Array.from(labels)) }),
  };
}

/** @param {RunParts} run @param {Data} data @param {Drawn | null} [drawn] @returns {Uint8Array} */
export function runFile(run, data, drawn = null) {
  const { config, weights, losses, trainer } = run;
  const n = countOf(data);
  const file = config.data.file;
  const labels = data.labels ? (config.data.labels ?? 'labels.npy') : null;
  const said = { ...config, data: { ...config.data, held_out: data.held / n, file, labels } };
  return zipSync({
    [FILES.config]: strToU8(`${JSON.stringify(said, null, 2)}\n`),
    [file]: encodeNpy([n, ...data.shape], data.values),
    ...(labels && data.labels && { [labels]: encodeNpy([n], data.labels) }),
    ...(weights && { [FILES.weights]: weights }),
    [FILES.losses]: encodeNpy([losses.epochs.length], Float64Array.from(losses.epochs)),
    ...(trainer && { [FILES.trainer]: trainer }),
    [FILES.state]: strToU8(stateText(run, data)),
    ...(drawn && drawnFiles(drawn, data.shape)),
  });
}

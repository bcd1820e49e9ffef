/** What learns which data, and how, until a reader says otherwise: so that something is to be seen soon. */
import { numbersIn, trainedOn } from './dataset.js';

/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {import('./config.js').NetworkConfig} NetworkConfig */
/** @typedef {import('./config.js').TrainingConfig} TrainingConfig */
/**
 * @typedef {{network: Pick<NetworkConfig, 'kind' | 'width' | 'depth' | 'activation'>,
 *   training: Pick<TrainingConfig, 'objective' | 'batch' | 'lr'>, steps: number, guidance_scale: number}} Fitting
 *   guidance_scale: where there are classes
 */

/** @type {Record<'points' | 'series' | 'pictures' | 'few', Fitting>} */
const FITTING = {
  points: {
    network: { kind: 'mlp', width: 64, depth: 3, activation: 'relu' },
    training: { objective: 'eps', batch: 128, lr: 4e-3 },
    steps: 3000,
    guidance_scale: 1,
  },
  series: {
    network: { kind: 'unet1d', width: 16, depth: 3, activation: 'relu' },
    training: { objective: 'eps', batch: 32, lr: 2e-3 },
    steps: 1500,
    guidance_scale: 1,
  },
  pictures: {
    network: { kind: 'unet', width: 16, depth: 3, activation: 'relu' },
    training: { objective: 'eps', batch: 32, lr: 2e-3 },
    steps: 1500,
    guidance_scale: 2,
  },
  // In a minute a U-Net learns strokes and no sprite. An MLP that predicts x_0 learns the sprites.
  few: {
    network: { kind: 'mlp', width: 512, depth: 3, activation: 'silu' },
    training: { objective: 'x0', batch: 64, lr: 1e-3 },
    steps: 2000,
    guidance_scale: 2,
  },
};
/** What counts as few and small: sprites, each in some variations. */
const FEW = 1200;
const SMALL = 1024;

/** @param {Data} data */
export function fittingFor(data) {
  const few = data.kind === 'pictures' && trainedOn(data) <= FEW && numbersIn(data.shape) <= SMALL;
  return FITTING[few ? 'few' : data.kind];
}

/** A run's settings as a program for PyTorch takes them. */
import { trainedOn } from '../dataset.js';
import { plan } from '../run.js';

/** @typedef {import('../config.js').RunConfig} RunConfig */
/** @typedef {import('../protocol.js').Data} Data */

/** nb_optimizer of the core. */
const OPTIMIZERS = ['adam', 'muon'];

/** A run that was ended early trains as many epochs as it did. @param {{config: RunConfig, losses: {epochs: number[]}}} run @param {Data} data @returns {import('../../program.js').Program} */
export function programOf({ config, losses }, data) {
  const { training, sampling } = config;
  const { batch_size, warmup, decay_steps } = plan(config, trainedOn(data));
  return {
    epochs: losses.epochs.length || training.epochs,
    batch: batch_size,
    lr: training.lr,
    warmup,
    decay_steps,
    ema_decay: training.ema,
    label_dropout: training.label_dropout,
    optimizer: OPTIMIZERS.indexOf(training.optimizer),
    held_out: data.held,
    samples: sampling.count,
    steps: training.objective === 'flow' ? sampling.steps : Math.min(sampling.steps, training.timesteps),
    eta: sampling.eta,
    guidance_scale: sampling.guidance_scale,
    sampling_seed: sampling.seed,
  };
}

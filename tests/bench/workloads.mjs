// The workloads, as native/workloads.c and torch_bench.py have them: a training step where `batch` is set,
// otherwise one sampling run. What follows from that for the useful work stands below.

/**
 * model: one of kinds, by the core's names. schedule: 0 linear, 1 cosine. points: of the data set. n, steps:
 * samples and their timesteps. method: 0 DDPM, 1 DDIM. guidance: its scale, 0 for none. warmup: training steps before
 * the first timed one.
 * @typedef {object} Workload
 * @property {string} about
 * @property {keyof typeof kinds} model
 * @property {number} [base] channels of a U-Net
 * @property {number} [schedule]
 * @property {number} [points]
 * @property {number} [batch]
 * @property {number} [lr] 1e-3
 * @property {boolean} [keepOrder]
 * @property {number} [labelDropout]
 * @property {number} [n]
 * @property {number} [steps]
 * @property {number} [method]
 * @property {number} [guidance]
 * @property {number} [warmup]
 */

export const kinds = {
  mlp: 'simple-noise-predictor',
  miniUnet: 'mini-unet',
  simpleUnet: 'simple-unet',
  conditional: 'conditional-diffusion',
};

/** @type {Record<string, Workload>} */
export const workloads = {
  'train-mlp': {
    about: 'training step of exercise 5, batch 128',
    ...{ model: 'mlp', schedule: 1, points: 4992, batch: 128, warmup: 80 },
  },
  'ddpm-mlp': {
    about: '500 DDPM samples in 1,000 steps (exercise 6)',
    ...{ model: 'mlp', schedule: 1, n: 500, steps: 1000, method: 0 },
  },
  'train-unet16': {
    about: 'training step of exercise 8, MiniUNet(16), 32 pictures of 32x32',
    ...{ model: 'miniUnet', base: 16, points: 64, batch: 32, keepOrder: true, warmup: 2 },
  },
  'train-unet32': {
    about: 'the same with MiniUNet(32)',
    ...{ model: 'miniUnet', base: 32, points: 64, batch: 32, keepOrder: true, warmup: 1 },
  },
  'ddim-unet16': {
    about: '8 DDIM samples in 50 steps (exercise 9), MiniUNet(16)',
    ...{ model: 'miniUnet', base: 16, n: 8, steps: 50, method: 1 },
  },
  'train-cond': {
    about: 'training step of exercise 10, batch 128',
    ...{ model: 'conditional', points: 3840, batch: 128, labelDropout: 0.1, warmup: 40 },
  },
  'ddpm-cond': {
    about: '300 guided DDPM samples in 100 steps (exercise 10)',
    ...{ model: 'conditional', n: 300, steps: 100, method: 0, guidance: 2 },
  },
  'train-simple-unet': {
    about: "training step of the companion's SimpleUNet, 4 colour pictures of 64x64",
    ...{ model: 'simpleUnet', base: 64, points: 4, batch: 4, lr: 1e-7, keepOrder: true, warmup: 1 },
  },
};

// ---- Useful work: two operations for each multiply-add of a matrix product or convolution, nothing else --------

/**
 * Multiply-adds for one sample: of a forward pass, and of the gradients that a backward pass need not take, those of
 * the point or picture and of the timestep. Everything else is taken twice backward: for the weights and the inputs.
 * @typedef {{forward: number, unneeded: number}} Madds
 */

/**
 * A residual block of MiniUNet: two convolutions, the time, and a shortcut where the channels change.
 * @param {number} cIn
 * @param {number} cOut
 * @param {number} pixels
 */
const block = (cIn, cOut, pixels) =>
  pixels * (9 * cIn * cOut + 9 * cOut * cOut + (cIn === cOut ? 0 : cIn * cOut)) + 128 * cOut;

/** @type {Record<keyof typeof kinds, (base: number) => Madds>} */
const madds = {
  mlp: () => ({
    forward: 32 + 32 * 32 + 34 * 128 + 2 * 128 * 128 + 128 * 2,
    unneeded: 32 + 2 * 128,
  }),
  conditional: () => ({
    forward: 32 + 32 * 32 + 162 * 256 + 256 * 256 + 256 * 128 + 128 * 2,
    unneeded: 32 + 2 * 256,
  }),
  miniUnet(b) {
    const [large, middle, small] = [1024, 256, 64];
    const time = 128 * 256 + 256 * 128;
    const down = block(1, b, large) + block(b, 2 * b, middle) + block(2 * b, 2 * b, small);
    const up = block(4 * b, 2 * b, middle) + block(3 * b, b, large) + b * large;
    return { forward: time + down + up, unneeded: 128 * 256 + large * (9 + 1) * b };
  },
  simpleUnet(b) {
    const pixels = 64 * 64;
    const forward = pixels * 9 * (3 * b + 2 * b * b + 2 * b * b + 3 * b) + 2 * b;
    return { forward, unneeded: pixels * 9 * 3 * b + 2 * b };
  },
};

/**
 * Useful work of one run in floating-point operations.
 * @param {string} name
 */
export function flopsOf(name) {
  const { model, base = 0, batch, n = 0, steps = 0, guidance } = workloads[name];
  const { forward, unneeded } = madds[model](base);
  return batch ? 2 * batch * (3 * forward - unneeded) : 2 * n * steps * (guidance ? 2 : 1) * forward;
}

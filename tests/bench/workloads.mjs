// The workloads, a line each: what is measured, and the useful work of one run in floating-point operations. How
// it is done stands in wasm-workloads.mjs, src/cli/bench.c and torch_bench.py under the same name.

// The multiply-adds of SimpleNoisePredictor for one sample: 1 x 32 + 32 x 32 + 34 x 128 + 2 x 128 x 128 + 128 x 2.
const mlp = 38_432;
// A backward pass takes twice as many, less the gradients that nobody needs: of t, and of the point.
const mlpTrain = 3 * mlp - (32 + 2 * 128);

/** @type {Record<string, {about: string, flops: number}>} */
export const workloads = {
  'train-mlp': { about: 'training step of exercise 5, batch 128', flops: 2 * 128 * mlpTrain },
  'ddpm-mlp': { about: '500 DDPM samples in 1,000 steps (exercise 6)', flops: 2 * 500 * 1000 * mlp },
};

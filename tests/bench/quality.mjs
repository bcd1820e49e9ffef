// npm run bench -- --quality: how good lesson 8's pictures are after so many steps of training, by the notebook's way and by each part
// of the better one, in WebAssembly on one thread.
//
//   npm run bench -- --quality [--steps N[,N]] [--only NAME[,NAME]]
//
//   --steps N   of 32 pictures (1000); several are trained one after the other, from new weights
//   --only      these ways alone
//
// A sample is clean if its best fitting circle, square or triangle has an intersection over union of 0.85 with what is above the middle
// (lab.shape_fit); 128 are drawn by DDIM, 100 steps, eta = 1, x_0 clipped to the data's range. The network of the last way is
// lesson 8's own cell.

import { readFileSync } from 'node:fs';
import { createKernel } from '../notebooks/node-kernel.mjs';

const MINI = 'lab.MiniUNet({ base_channels: 16 })';
const LINEAR = "lab.schedule('linear', { T: 1000 })";
const COSINE = "lab.schedule('cosine', { T: 1000 })";
const CALM = 'ema_decay: 0.99, stratified: true, warmup: 50, decay_steps: steps';
const V = "objective: 'v'";

/** Each with what it adds to the one before. @type {Record<string, {about: string, model: string, schedule: string, signed: boolean, options: string}>} */
export const ways = {
  notebook: {
    about: "the notebook's",
    ...{ model: MINI, schedule: LINEAR, signed: false },
    options: 'lr: 1e-3, keep_order: true',
  },
  calm: {
    about: 'averaged weights, falling learning rate, stratified timesteps',
    ...{ model: MINI, schedule: LINEAR, signed: false },
    options: `lr: 2e-3, ${CALM}`,
  },
  v: {
    about: 'predicting v, cosine schedule, data from -1 to 1',
    ...{ model: MINI, schedule: COSINE, signed: true },
    options: `lr: 2e-3, ${CALM}, ${V}`,
  },
  muon: {
    about: 'Muon',
    ...{ model: MINI, schedule: COSINE, signed: true },
    options: `lr: 4e-3, ${CALM}, ${V}, optimizer: 'muon'`,
  },
  network: {
    about: 'another network',
    model: "lab.model(new ResidualUNet(), { x: [1, 32, 32], t: 'timestep' }, { max_batch: 32 })",
    ...{ schedule: COSINE, signed: true },
    options: `lr: 4e-3, ${CALM}, ${V}, optimizer: 'muon'`,
  },
};

/** The source of a notebook's cell. @param {string} id */
function cell(id) {
  const { cells } = JSON.parse(readFileSync('notebooks/08-images.ipynb', 'utf8'));
  return cells.find((/** @type {{id: string}} */ c) => c.id === id).source.join('');
}

/** @param {string} name @param {number} steps */
async function measure(name, steps) {
  const { model, schedule, signed, options } = ways[name];
  const { kernel } = await createKernel();
  const run = async (/** @type {string} */ source) => {
    const error = await kernel.run('c', source);
    if (error) throw new Error(error.message);
  };
  await run(cell('better-network'));
  await run(`lab.seed(42);
    const { images } = lab.shapes({ n: 2000, size: 32 }), data = ${signed ? 'images.mul(2).sub(1)' : 'images'};
    const steps = ${steps}, schedule = ${schedule}, model = ${model};
    const trainer = lab.Trainer({ model, schedule, data, batch_size: 32, ${options} });`);
  const began = performance.now();
  await run('for (let i = 0; i < steps; i++) trainer.step();');
  const seconds = (performance.now() - began) / 1000;
  await run(`${options.includes('ema_decay') ? 'trainer.use_ema(true);' : ''}
    const sampling = { model, schedule, n: 128, steps: 100, eta: 1, clip_x0: ${signed ? 'true' : '[0, 1]'} };
    const samples = await lab.DDIM({ ...sampling, generator: lab.generator(8) }).run();
    const { kind, iou, clean } = lab.shape_fit(samples, { threshold: ${signed ? 0 : 0.5} });
    const kinds = [0, 1, 2].map((k) => kind.data.filter((c, i) => c === k && iou.data[i] >= 0.85).length);`);
  const { clean, kinds } = kernel.evaluator.scope;
  return { seconds, clean, kinds };
}

/** @param {string[]} words @returns {{steps: number[], names: string[]}} */
export function readOptions(words) {
  const asked = { steps: [1000], names: Object.keys(ways) };
  for (let i = 0; i < words.length; i += 2) {
    const [option, text = ''] = words.slice(i, i + 2);
    if (option === '--steps') {
      asked.steps = text.split(',').map(Number);
      if (!asked.steps.every((n) => Number.isInteger(n) && n >= 60 && n <= 1e6))
        throw new Error(`--steps ${text}: it takes whole numbers from 60 to 1000000`);
    } else if (option === '--only') {
      asked.names = text.split(',');
      const unknown = asked.names.find((name) => !Object.hasOwn(ways, name));
      if (unknown !== undefined)
        throw new Error(`no way is named '${unknown}': there are ${Object.keys(ways).join(', ')}`);
    } else throw new Error(`${option}: with --quality it takes --steps and --only`);
  }
  return asked;
}

/** @param {string[]} words */
export async function quality(words) {
  const { steps, names } = readOptions(words);
  console.log('way        steps   seconds   ms/step   clean   circles squares triangles');
  for (const n of steps) {
    for (const name of names) {
      const { seconds, clean, kinds } = await measure(name, n);
      const numbers = [
        String(n).padStart(7),
        seconds.toFixed(1).padStart(9),
        ((1000 * seconds) / n).toFixed(1).padStart(9),
      ];
      const share = `${(100 * clean).toFixed(0)}%`.padStart(7);
      console.log(
        `${name.padEnd(9)} ${numbers.join(' ')} ${share}   ${kinds.join(' ')}   ${ways[name].about}`,
      );
    }
  }
}

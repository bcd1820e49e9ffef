// The ways of training that quality.mjs compares: each adds one thing to the one before, and the first is the notebook's.
import { readFileSync } from 'node:fs';

/**
 * A way: what it adds, the network, and the options of lab.Trainer as a cell writes them, where `steps` is how many are taken. torch: whether
 * torch_quality.py has it, too.
 * @typedef {{about: string, model: string, options: string, schedule?: string, signed?: boolean, torch?: boolean}} Way
 */
/**
 * steps: of the record. setup: a cell's lines that make data, schedule and model; sample: `samples`, by a generator of
 * their own; judge: `judged`, the numbers that `columns` names and writes out.
 * @typedef {{steps: number, setup: (way: Way) => string, batch: number, sample: (way: Way) => string, judge: (way: Way) => string,
 *   columns: Record<string, (value: number) => string>, ways: Record<string, Way>}} Exercise
 */

/** The source of a notebook's cell. @param {string} notebook @param {string} id */
export function cell(notebook, id) {
  const { cells } = JSON.parse(readFileSync(`notebooks/${notebook}.ipynb`, 'utf8'));
  return cells.find((/** @type {{id: string}} */ c) => c.id === id).source.join('');
}

/** Lesson 5's network, with time, or time and place, as sines and cosines. */
const SINES = `
  class Sines extends lab.nn.Module {
    constructor(place) {
      super();
      this.place = place;
      this.time = lab.nn.Linear(64, 32);
      this.l1 = lab.nn.Linear(34 + 4 * place, 128);
      this.l2 = lab.nn.Linear(128, 128);
      this.l3 = lab.nn.Linear(128, 128);
      this.out = lab.nn.Linear(128, 2);
    }
    forward(x, t) {
      const waves = (v) => lab.nn.sinusoidal(v, 2 * this.place);
      const near = x.mul(3), place = this.place ? [waves(near.narrow(1, 0, 1)), waves(near.narrow(1, 1, 1))] : [];
      const h = lab.nn.cat([x, ...place, this.time(lab.nn.sinusoidal(t, 64)).relu()], 1);
      return this.out(this.l3(this.l2(this.l1(h).relu()).relu()).relu());
    }
  }`;
const POINTS = 'lab.SimpleNoisePredictor()';
const WAVES = "{ x: [2], t: 'timestep' }, { max_batch: 500 }";
const RATE = 'lr: 8e-3, warmup: Math.floor(0.02 * steps), decay_steps: steps';
const EVEN = 'ema_decay: 0.99, stratified: true';

const MINI = 'lab.MiniUNet({ base_channels: 16 })';
const CALM = 'ema_decay: 0.99, stratified: true, warmup: 50, decay_steps: steps';
const COSINE = "lab.schedule('cosine', { T: 1000 })";
const V = "objective: 'v'";

const three = (/** @type {number} */ value) => value.toFixed(3);

/** @type {Record<string, Exercise>} */
export const exercises = {
  5: {
    steps: 4000,
    batch: 128,
    setup: ({ model }) => `${SINES}
      lab.seed(42);
      const points = lab.swiss_roll({ n: 5000, noise: 0.1 }), data = points.float();
      const schedule = lab.schedule('cosine-clipped', { T: 1000 }), model = ${model};`,
    sample: () =>
      'const samples = await lab.DDPM({ model, schedule, n: 1000, generator: lab.generator(3) }).run();',
    judge: () =>
      'const judged = { distance: lab.curve_distance(samples, lab.swiss_roll_curve(2000)), wasserstein: lab.sliced_wasserstein(samples, points) };',
    columns: { distance: three, wasserstein: three },
    ways: {
      notebook: { about: "the notebook's way", model: POINTS, options: 'lr: 1e-3', torch: true },
      rate: {
        about: 'a learning rate that rises to 0.008 and falls to 0',
        ...{ model: POINTS, options: RATE, torch: true },
      },
      calm: {
        about: 'averaged weights, stratified timesteps',
        ...{ model: POINTS, options: `${RATE}, ${EVEN}` },
      },
      clock: {
        about: 'time as sines',
        model: `lab.model(new Sines(0), ${WAVES})`,
        options: `${RATE}, ${EVEN}`,
      },
      place: {
        about: 'place as sines',
        model: `lab.model(new Sines(8), ${WAVES})`,
        options: `${RATE}, ${EVEN}`,
      },
      muon: {
        about: 'Muon',
        model: `lab.model(new Sines(8), ${WAVES})`,
        options: `${RATE}, ${EVEN}, optimizer: 'muon'`,
      },
    },
  },
  8: {
    steps: 1000,
    batch: 32,
    setup: ({ model, schedule = "lab.schedule('linear', { T: 1000 })", signed }) => `
      ${cell('08-images', 'better-network')}
      lab.seed(42);
      const { images } = lab.shapes({ n: 2000, size: 32 }), data = ${signed ? 'images.mul(2).sub(1)' : 'images'};
      const schedule = ${schedule}, model = ${model};`,
    sample: ({ signed }) => `
      const sampling = { model, schedule, n: 128, steps: 100, eta: 1, clip_x0: ${signed ? 'true' : '[0, 1]'} };
      const samples = await lab.DDIM({ ...sampling, generator: lab.generator(8) }).run();`,
    judge: ({ signed }) =>
      `const judged = { clean: lab.shape_fit(samples, { threshold: ${signed ? 0 : 0.5} }).clean };`,
    columns: { clean: (value) => `${(100 * value).toFixed(0)}%` },
    ways: {
      notebook: {
        about: "the notebook's way",
        ...{ model: MINI, options: 'lr: 1e-3, keep_order: true', torch: true },
      },
      calm: {
        about: 'averaged weights, falling learning rate, stratified timesteps',
        ...{ model: MINI, options: `lr: 2e-3, ${CALM}` },
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
    },
  },
};

// npm run bench -- --quality: how good the samples of exercises 5 and 8 are after so many steps of training, by the notebook's way and
// by each part of the better one (ways.mjs), in WebAssembly on one thread. Seconds are those of one core, so that other programs do
// not count.
//
//   npm run bench -- --quality [--exercise N] [--steps N[,N]] [--only NAME[,NAME]] [--python CMD] [--record]
//
//   --exercise  5 or 8 alone
//   --steps     how many, where not 4000 (exercise 5) and 1000 (8); several are trained one after the other, from new weights
//   --only      these ways alone
//   --python    a Python with PyTorch, which trains the ways that torch_quality.py has, too, on one thread; its samples are
//               judged as ours
//   --record    writes what was measured to quality.json, to which the lessons' tables are held
//
// Exercise 5: 1000 samples by DDPM, their mean distance to the spiral and their sliced Wasserstein distance to the data. Exercise 8: 128
// by DDIM, 100 steps, eta = 1, x_0 clipped to the data's range. Clean is a sample whose best fitting circle, square or triangle
// has an intersection over union of 0.85 with what is above the middle (lab.shape_fit). The networks are ways.mjs's and lesson 8's own.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKernel } from '../notebooks/node-kernel.mjs';
import { exercises } from './ways.mjs';

/** @typedef {import('./ways.mjs').Exercise} Exercise */
/** @typedef {{seconds: number, judged: Record<string, number>}} Measured */

export const record = new URL('./quality.json', import.meta.url);

async function newKernel() {
  const { kernel } = await createKernel();
  return {
    scope: kernel.evaluator.scope,
    run: async (/** @type {string} */ source) => {
      const error = await kernel.run('c', source);
      if (error) throw new Error(error.message);
    },
  };
}

/** @param {Exercise} exercise @param {string} name @param {number} steps @returns {Promise<Measured>} */
export async function measure(exercise, name, steps) {
  const way = exercise.ways[name];
  const { scope, run } = await newKernel();
  await run(`${exercise.setup(way)}
    const steps = ${steps}, batch_size = ${exercise.batch};
    const trainer = lab.Trainer({ model, schedule, data, batch_size, ${way.options} });`);
  const before = process.cpuUsage();
  await run('for (let i = 0; i < steps; i++) trainer.step();');
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  if (way.options.includes('ema_decay')) await run('trainer.use_ema(true);');
  await run(`${exercise.sample(way)} ${exercise.judge(way)}`);
  return { seconds, judged: scope.judged };
}

/** The same, by PyTorch. @param {string} number of the exercise @param {string} name @param {number} steps @param {string} python @returns {Promise<Measured>} */
async function measureTorch(number, name, steps, python) {
  const exercise = exercises[number];
  const folder = mkdtempSync(path.join(tmpdir(), 'noisebook-quality-'));
  try {
    const file = path.join(folder, 'samples.f32');
    const words = ['tests/bench/torch_quality.py', number, name, String(steps), file];
    const said = execFileSync('/bin/sh', ['-c', `${python} "$@"`, 'sh', ...words], { encoding: 'utf8' });
    const { seconds, shape } = JSON.parse(said);
    const numbers = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
    const { scope, run } = await newKernel();
    await run(`${exercise.setup(exercise.ways[name])}
      const samples = lab.tensor([${shape}], [${numbers}]);
      ${exercise.judge(exercise.ways[name])}`);
    return { seconds, judged: scope.judged };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} text */
function readSteps(text) {
  const steps = text.split(',').map(Number);
  if (!steps.every((n) => Number.isInteger(n) && n >= 60 && n <= 1e6))
    throw new Error(`--steps ${text}: it takes whole numbers from 60 to 1000000`);
  return steps;
}

/** @typedef {{numbers: string[], steps: number[] | null, only: string[] | null, python: string | null, record: boolean}} Asked */

/** @param {string[]} words */
export function readOptions(words) {
  /** @type {Asked} */
  const asked = { numbers: Object.keys(exercises), steps: null, only: null, python: null, record: false };
  const rest = [...words];
  while (rest.length > 0) {
    const option = /** @type {string} */ (rest.shift());
    if (option === '--record') {
      asked.record = true;
      continue;
    }
    const text = rest.shift() ?? '';
    if (option === '--steps') asked.steps = readSteps(text);
    else if (option === '--only') asked.only = text.split(',');
    else if (option === '--python') asked.python = text;
    else if (option === '--exercise') asked.numbers = text.split(',');
    else
      throw new Error(
        `${option}: with --quality it takes --exercise, --steps, --only, --python and --record`,
      );
  }
  const strange = asked.numbers.find((number) => !Object.hasOwn(exercises, number));
  if (strange !== undefined) throw new Error(`--exercise ${strange}: it takes ${Object.keys(exercises)}`);
  const known = new Set(asked.numbers.flatMap((number) => Object.keys(exercises[number].ways)));
  const unknown = asked.only?.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`no way is named '${unknown}': there are ${[...known].join(', ')}`);
  if (asked.record && (asked.only || asked.steps))
    throw new Error('--record is of all ways, and of the steps that they have by themselves');
  return asked;
}

/** @param {string} number @param {string} name @param {number} steps @param {Measured} measured @param {string} about */
function tell(number, name, steps, { seconds, judged }, about) {
  const { columns } = exercises[number];
  const cells = [
    number.padStart(2),
    name.padEnd(16),
    String(steps).padStart(6),
    seconds.toFixed(1).padStart(8),
    ((1000 * seconds) / steps).toFixed(1).padStart(8),
    ...Object.entries(columns).map(([column, write]) => `${column} ${write(judged[column])}`),
  ];
  console.log(`${cells.join('  ')}   ${about}`);
}

/** @param {string} number @param {Asked} asked */
async function ofExercise(number, asked) {
  const exercise = exercises[number];
  /** @type {Record<string, Record<string, number>>} */
  const kept = {};
  let first = 0;
  await measure(exercise, Object.keys(exercise.ways)[0], 60); // V8 compiles while it runs: not in the first way's time
  for (const steps of asked.steps ?? [exercise.steps])
    for (const [name, { about, torch }] of Object.entries(exercise.ways)) {
      if (asked.only && !asked.only.includes(name)) continue;
      const measured = await measure(exercise, name, steps);
      tell(number, name, steps, measured, about);
      first ||= measured.seconds;
      kept[name] = { ...measured.judged, time: Number((measured.seconds / first).toFixed(1)) };
      if (!asked.python || !torch) continue;
      tell(number, `${name}, PyTorch`, steps, await measureTorch(number, name, steps, asked.python), about);
    }
  return { steps: exercise.steps, ways: kept };
}

/** @param {string[]} words */
export async function quality(words) {
  const asked = readOptions(words);
  const all = JSON.parse(readFileSync(record, 'utf8'));
  console.log(' N  way                steps   seconds  ms/step  how good');
  for (const number of asked.numbers) {
    all[number] = await ofExercise(number, asked);
    if (asked.record) writeFileSync(record, `${JSON.stringify(all, null, 2)}\n`);
  }
}

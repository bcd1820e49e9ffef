/** What a run of the studio is taken home as: a program for PyTorch that is the same network and trains it alike; a notebook, to its bits. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { parseNotebook } from '../../web/build/notebook.js';
import { Model } from '../../web/kernel/core/model.js';
import { Rng } from '../../web/kernel/core/random.js';
import { writeProgram } from '../../web/kernel/program.js';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { notebookOf } from '../../web/kernel/studio/export/notebook.js';
import { programOf } from '../../web/kernel/studio/export/program.js';
import { labOf, Run, scheduleOf } from '../../web/kernel/studio/run.js';
import { sampleRows } from '../../web/kernel/studio/sampling.js';
import { turns } from '../../web/kernel/studio/watch.js';
import { Tensor } from '../../web/kernel/tensor.js';
import { encodeNpy } from '../../web/page/outputs/npy.js';
import { runFile } from '../../web/page/studio/export/run_file.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../web/kernel/studio/config.js').Patch} Patch */
/** @typedef {import('../../web/kernel/studio/protocol.js').Data} Data */

const core = await loadCore();
const python = ['/usr/bin/python3', 'python3'].find(
  (path) => spawnSync(path, ['-c', 'import torch, numpy']).status === 0,
);
const skip = !python && 'no Python here has torch';
const { default: createNoisebook } = await import(
  new URL('../../build/wasm/noisebook-pytorch.mjs', import.meta.url).href
);

const folder = mkdtempSync(join(tmpdir(), 'noisebook-taken-'));
after(() => rmSync(folder, { recursive: true }));

const KINDS = { points: [2], series: [1, 16], pictures: [1, 8, 8] };

/** A few samples of two classes. @param {keyof typeof KINDS} kind @param {boolean} known @returns {Data} */
function dataOf(kind, known) {
  const n = 21;
  const shape = KINDS[kind];
  const size = shape.reduce((a, b) => a * b);
  return {
    kind,
    shape,
    values: Float32Array.from({ length: n * size }, (_, i) => Math.sin(1.7 * i + 0.3 * Math.floor(i / size))),
    labels: known ? Int32Array.from({ length: n }, (_, i) => i % 2) : null,
    classes: known ? ['even', 'odd'] : [],
    name: kind,
    transform: { offset: 0, scale: 1 },
    held: 2,
  };
}

const OWN = `const { nn } = lab;
class Net extends nn.Module {
  constructor() {
    super();
    this.up = nn.ConvTranspose2d(16, 16, 3, { padding: 1 });
    this.conv = nn.Conv2d(1, 16, 3, { padding: 1 });
    this.last = nn.Conv2d(16, 1, 3, { padding: 1 });
    this.time = nn.Linear(16, 16);
  }
  forward(x, t) {
    const h = this.conv(x).add(this.time(nn.sinusoidal(t, 16))).silu();
    return this.last(this.up(h).silu());
  }
}
lab.model(new Net(), { x: [1, 8, 8], t: 'fraction' });`;

/** @type {Record<string, {kind: keyof typeof KINDS, known?: boolean, network: Patch['network'], training: Patch['training'], sampling?: Patch['sampling']}>} */
const RUNS = {
  'points, labels, noise': {
    kind: 'points',
    known: true,
    network: { kind: 'mlp', width: 16, depth: 2 },
    training: { warmup: 0.3, label_dropout: 0.3 },
    sampling: { guidance_scale: 2, eta: 0.5 },
  },
  'series, unet1d, attention, v, Muon': {
    kind: 'series',
    network: { kind: 'unet1d', width: 16, depth: 2, attention: true, activation: 'silu' },
    training: { objective: 'v', optimizer: 'muon', lr: 1e-3 },
  },
  'pictures, unet, labels, x_0': {
    kind: 'pictures',
    known: true,
    network: { kind: 'unet', width: 8, depth: 2, attention: true, activation: 'gelu' },
    training: { objective: 'x0', schedule: 'linear', decay: false, lr: 1e-3 },
  },
  'pictures, mlp, flow, labels': {
    kind: 'pictures',
    known: true,
    network: { kind: 'mlp', width: 24, depth: 2, activation: 'tanh' },
    training: { objective: 'flow', ema: 0, lr: 1e-3 },
    sampling: { guidance_scale: 3 },
  },
  'series, mlp, gelu': {
    kind: 'series',
    network: { kind: 'mlp', width: 16, depth: 1, activation: 'gelu' },
    training: { schedule: 'cosine-clipped', timesteps: 50, ema: 0, decay: false },
    sampling: { steps: 1 },
  },
  'code, Muon, a flow': {
    kind: 'pictures',
    network: { kind: 'code', code: OWN },
    training: { objective: 'flow', optimizer: 'muon', lr: 1e-3 },
  },
};

/** @param {string} name */
async function finished(name) {
  const { kind, known = false, network, training, sampling } = RUNS[name];
  const data = dataOf(kind, known);
  const config = patched(defaults(), {
    data: { kind, shape: data.shape, classes: data.classes, labels: known ? 'labels.npy' : null },
    network,
    training: { epochs: 2, batch: 8, ...training },
    sampling: { count: 5, steps: 6, seed: 3, ...sampling },
  });
  const { kernel } = await createKernel({ core });
  const run = await Run.begin(kernel, config, data);
  while (run.isTraining) run.advance(0);
  return { config, data, run, kernel, weights: run.weights() };
}

/** DDIM's, or Euler's of a flow. @param {Awaited<ReturnType<typeof finished>>} made @param {Model} model */
async function samplesOf({ config, kernel }, model) {
  const { count, steps, seed, eta, guidance_scale } = config.sampling;
  const method = config.training.objective === 'flow' ? 'euler' : 'ddim';
  const labels = turns(model, count);
  const schedule = scheduleOf(labOf(kernel), config);
  const wanted = {
    rows: [{ method, steps, eta }],
    count,
    seed,
    ...(labels && { labels: Array.from(labels), guidance_scale }),
  };
  for await (const row of sampleRows({ core, model, schedule }, wanted, { tick: () => {} })) {
    assert.equal(row.problem, '');
    return Float32Array.from(row.samples ?? []);
  }
  throw new Error('no row');
}

/** The run's file, unpacked, with its program and what the core says. @param {string} name @param {number} number */
async function unpack(name, number) {
  const made = await finished(name);
  const { config, data, run, weights } = made;
  const path = join(folder, String(number));
  mkdirSync(path);
  const files = unzipSync(runFile(run.checkpoint(), data));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
  writeFileSync(
    join(path, 'program.py'),
    writeProgram(await createNoisebook(), weights, programOf(run, data)),
  );
  const rng = new Rng(core.memory, 0);
  const model = new Model(core.memory, core.engine, rng, { file: weights, max_batch: 4 });
  const shape = [4, ...data.shape];
  const x = new Float32Array(rng.randn(shape).data);
  const t = config.network.kind === 'code' ? [0, 0.25, 0.5, 1] : [0, 3, 20, 44];
  const y = model.n_classes > 0 ? [0, 1, 2, 1] : null;
  const out = model.forward(new Tensor(shape, x), new Tensor([4], Float32Array.from(t)), y);
  writeFileSync(join(path, 'x.npy'), encodeNpy(shape, x));
  writeFileSync(join(path, 't.npy'), encodeNpy([4], Float32Array.from(t)));
  if (y) writeFileSync(join(path, 'y.npy'), encodeNpy([4], Int32Array.from(y)));
  writeFileSync(join(path, 'out.npy'), encodeNpy(shape, Float32Array.from(out.data)));
  const samples = await samplesOf(made, model);
  writeFileSync(join(path, 'samples.npy'), encodeNpy([config.sampling.count, ...data.shape], samples));
  const { losses } = run;
  model.dispose();
  run.dispose();
  return { path, losses: losses.epochs };
}

/** @type {Map<string, {output: number, losses: number[], weights: number, samples: number, want: number[]}>} */
const checked = new Map();
before(async () => {
  if (!python) return;
  const names = Object.keys(RUNS);
  /** @type {{path: string, losses: number[]}[]} */
  const made = [];
  for (const [i, name] of names.entries()) made.push(await unpack(name, i));
  const paths = made.map(({ path }) => path);
  const { status, stdout, stderr } = spawnSync(python, ['tests/pytorch/check_runs.py', ...paths], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  names.forEach((name, i) => void checked.set(name, { ...JSON.parse(lines[i]), want: made[i].losses }));
});

for (const name of Object.keys(RUNS))
  test(`in PyTorch, ${name}: the same network, which trains and samples alike`, { skip }, () => {
    const { output, losses, want, weights, samples } = /** @type {any} */ (checked.get(name));
    assert.ok(output < 1e-5, `output differs by ${output}`);
    assert.equal(losses.length, want.length);
    losses.forEach((/** @type {number} */ loss, /** @type {number} */ i) => {
      assert.ok(Math.abs(loss - want[i]) < 2e-5 + 1e-4 * want[i], `epoch ${i}: ${loss}, not ${want[i]}`);
    });
    // What has no gradient but rounding, Adam moves by its sign: a key's bias, say. Samples do not show that.
    assert.ok(weights < 5e-3, `weights differ by ${weights}`);
    assert.ok(samples < 1e-4, `samples differ by ${samples}`);
  });

for (const name of Object.keys(RUNS))
  test(`as a notebook, ${name}: its cells give the bits of the run`, async () => {
    const { config, data, run, weights } = await finished(name);
    const text = notebookOf({ config, step: run.step }, data, run.model.n_classes > 0);
    run.dispose();
    const { kernel, messages } = await createKernel({ core });
    for (const { id, source, type } of parseNotebook(text)) {
      if (type !== 'code') continue;
      const error = await kernel.run(id, source);
      assert.equal(error, null, `${id}: ${error?.message}`);
    }
    const { model } = kernel.evaluator.scope;
    assert.deepEqual(Buffer.from(model.save()), Buffer.from(weights));
    assert.ok(messages.some((message) => message.type === 'show' && /scatter|grid|chart/.test(message.kind)));
  });

test('a batch above what models begin with, and a run that was stopped, as a notebook', async () => {
  const data = dataOf('pictures', true);
  const big = { ...data, values: new Float32Array(64 * 45).map((_, i) => Math.sin(i)), held: 0 };
  const given = { ...big, labels: Int32Array.from({ length: 45 }, (_, i) => i % 2) };
  const config = patched(defaults(), {
    data: { kind: 'pictures', shape: data.shape, classes: data.classes, labels: 'labels.npy' },
    network: { kind: 'mlp', width: 16, depth: 1 },
    training: { epochs: 9, batch: 40 },
    sampling: { count: 2, steps: 2 },
  });
  const { kernel } = await createKernel({ core });
  const run = await Run.begin(kernel, config, given);
  for (let i = 0; i < 5; i++) run.advance(0);
  const cells = parseNotebook(notebookOf({ config, step: 5 }, given, true));
  const { kernel: other } = await createKernel({ core });
  for (const { id, source, type } of cells)
    if (type === 'code') assert.equal((await other.run(id, source))?.message, undefined, id);
  assert.deepEqual(Buffer.from(other.evaluator.scope.model.save()), Buffer.from(run.weights()));
  run.dispose();
});

test('no notebook is made of data that are too large, or of a model that its code makes in another way', () => {
  const data = dataOf('pictures', false);
  const config = patched(defaults(), { data: { kind: 'pictures', shape: data.shape } });
  const large = { ...data, values: new Float32Array(64 * 8000) };
  assert.throws(
    () => notebookOf({ config, step: 1 }, large, false),
    /511,872 numbers are more than the 500,000/,
  );
  const code = patched(config, { network: { kind: 'code', code: 'const m = lab.model(1);\nm' } });
  assert.throws(() => notebookOf({ config: code, step: 1 }, data, false), /begins with lab\.model\(/);
});

test('a run that was ended early has a program for the epochs that it trained, and the pace of all', async () => {
  const data = dataOf('points', false);
  const config = patched(defaults(), {
    training: { epochs: 50, batch: 19, stop: { patience: 1, seconds: 0 } },
  });
  const { kernel } = await createKernel({ core });
  const run = await Run.begin(kernel, config, data);
  while (run.isTraining) run.advance(0);
  const { epochs, decay_steps } = programOf(run, data);
  assert.equal(run.ended, 'patience');
  assert.deepEqual([epochs, decay_steps], [run.epoch, 50]);
  assert.ok(epochs < 50);
  run.dispose();
});

test('samples go along in the run’s file, with the classes that were asked for', async () => {
  const { run, data } = await finished('points, labels, noise');
  const samples = Float32Array.of(1, 2, 3, 4, 5, 6);
  const files = unzipSync(runFile(run.checkpoint(), data, { samples, labels: [1, 0, 1] }));
  run.dispose();
  assert.deepEqual(files['samples.npy'], encodeNpy([3, 2], samples));
  assert.deepEqual(files['samples-labels.npy'], encodeNpy([3], Int32Array.of(1, 0, 1)));
});

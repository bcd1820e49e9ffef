/** What the studio proposes for data: settings that the config takes, and by which a few sprites are really learned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { numbersIn } from '../../web/kernel/studio/dataset.js';
import { fittingFor } from '../../web/kernel/studio/fitting.js';
import { Run } from '../../web/kernel/studio/run.js';
import { sampleRows } from '../../web/kernel/studio/sampling.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** @param {'points' | 'series' | 'pictures'} kind @param {number[]} shape @param {number} n @returns {import('../../web/kernel/studio/protocol.js').Data} */
const dataOf = (kind, shape, n, values = new Float32Array(n * numbersIn(shape))) => ({
  kind,
  shape,
  values,
  labels: null,
  classes: [],
  name: '',
  transform: { offset: 0, scale: 1 },
  held: 0,
});

test('what is proposed is taken, and few small pictures are told from many, and from large ones', () => {
  const few = fittingFor(dataOf('pictures', [1, 16, 16], 270));
  const all = [
    dataOf('points', [2], 300),
    dataOf('series', [1, 32], 300),
    dataOf('pictures', [1, 8, 8], 1797),
    dataOf('pictures', [3, 32, 32], 30),
  ];
  for (const data of [...all, dataOf('pictures', [1, 16, 16], 270)]) {
    const { network, training } = fittingFor(data);
    patched(defaults(), { data: { kind: data.kind, shape: data.shape }, network, training });
  }
  assert.equal(few.network.kind, 'mlp');
  for (const data of all) assert.notEqual(fittingFor(data), few);
});

test('sprites, each in four places, are drawn again after a short training', async () => {
  const side = 8;
  /** Four sprites of 5x5 blocks, by the bits of some numbers. @type {number[][]} */
  const sprites = [0x1f8c63f, 0x0e8fe31, 0x1084210, 0x1151151].map((bits) =>
    Array.from({ length: 25 }, (_, k) => (bits >> k) & 1),
  );
  const values = sprites.flatMap((sprite) =>
    Array.from({ length: 4 }, (_, place) =>
      Array.from({ length: side * side }, (_, i) => {
        const row = Math.floor(i / side) - Math.floor(place / 2);
        const column = (i % side) - (place % 2);
        return row >= 0 && row < 5 && column >= 0 && column < 5 && sprite[row * 5 + column] ? 1 : -1;
      }),
    ),
  );
  const data = dataOf('pictures', [1, side, side], values.length, Float32Array.from(values.flat()));
  const { network, training } = fittingFor(data);
  const config = patched(defaults(), {
    data: { kind: data.kind, shape: data.shape },
    network: { ...network, width: 256 },
    training: { ...training, epochs: 800 },
  });
  const { kernel } = await createKernel({ core });
  const run = await Run.begin(kernel, config, data);
  while (run.isTraining) run.advance(0);
  const model = run.snapshot();
  const count = 32;
  /** @type {Float32Array} */
  let samples = new Float32Array();
  const wanted = { rows: [{ method: 'ddim', steps: 50, eta: 0 }], count, seed: 1, guidance_scale: 1 };
  for await (const row of sampleRows({ core, model, schedule: run.schedule }, wanted, { tick: () => {} }))
    samples = row.samples ?? samples;
  const isSprite = (/** @type {number} */ k) => {
    const sample = samples.subarray(k * side * side, (k + 1) * side * side);
    return values.some((one) => one.filter((v, i) => v > 0 === sample[i] > 0).length >= 61);
  };
  const found = Array.from({ length: count }, (_, k) => k).filter(isSprite).length;
  assert.ok(found >= 24, `${found} of ${count} samples are one of the sprites, but for three pixels`);
  model.dispose();
  run.dispose();
});

// noisebook train makes the bits of a run of the studio, whole or gone on with, from the network's text that the run's settings keep.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { Run } from '../../web/kernel/studio/run.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { at, succeeds, writeNpy } from './program.mjs';

const core = await loadCore();

for (const training of [
  { ema: 0.9, warmup: 0.25, decay: true },
  { ema: 0, decay: false, objective: /** @type {const} */ ('v'), optimizer: /** @type {const} */ ('muon') },
  { ema: 0.95, objective: /** @type {const} */ ('flow') },
])
  test(`the bits of noisebook train: ${JSON.stringify(training)}`, async () => {
    const [n, held] = [75, 5];
    const values = Float32Array.from({ length: 2 * n }, (_, i) => Math.fround(Math.sin(i * i)));
    const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
    const config = patched(defaults(), {
      data: { classes: ['a', 'b', 'c'], labels: 'labels.npy' },
      network: { width: 16, depth: 2 },
      training: { epochs: 4, batch: 32, label_dropout: 0.2, ...training },
    });
    const { kernel } = await createKernel({ core });
    /** @type {import('../../web/kernel/studio/protocol.js').Data} */
    const data = {
      kind: 'points',
      shape: [2],
      values,
      labels,
      classes: ['a', 'b', 'c'],
      name: '',
      transform: { offset: 0, scale: 1 },
      held,
    };
    const first = await Run.begin(kernel, config, data);
    for (let i = 0; i < 5; i++) first.advance(0);
    const run = await Run.begin(kernel, config, data, first.checkpoint());
    while (run.isTraining) run.advance(0);
    writeFileSync(at('net.txt'), run.model.describe());
    writeNpy('data.npy', [n - held, 2], values.slice(0, 2 * (n - held)));
    writeNpy('labels.npy', [n - held], labels.slice(0, n - held));
    const { seed, schedule, timesteps, lr, batch, ema, warmup, decay, epochs, objective, optimizer } =
      config.training;
    const noise = objective === 'flow' ? '' : `--schedule ${schedule} --timesteps ${timesteps}`;
    succeeds(
      `train --network ${at('net.txt')} --data ${at('data.npy')} --labels ${at('labels.npy')} --out ${at('own.safetensors')}
       --seed ${seed} --epochs ${epochs} --batch ${batch} --lr ${lr} --ema ${ema} --warmup ${warmup} --decay ${decay ? 'on' : 'off'}
       --label-dropout 0.2 --objective ${objective} --optimizer ${optimizer} ${noise}`
        .trim()
        .replace(/\s+/g, ' '),
    );
    assert.deepEqual(Buffer.from(run.weights()), readFileSync(at('own.safetensors')));
  });

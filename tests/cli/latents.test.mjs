// run 14: an autoencoder to the bits of lesson 14's cells, and diffusion in its latents.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readNotebook } from '../../web/build/notebook.js';
import { createKernel } from '../notebooks/node-kernel.mjs';
import { at, noisebook, npy, succeeds } from './program.mjs';

const small = '--points 48 --autoencoder-steps 3 --kl 0.25 --epochs 1 --samples 5 --steps 3';
const NETWORKS = ['encoder', 'decoder', 'latent'];

/** What the lesson's own cells make of the same few steps: files, by name, and what was printed. */
async function lesson() {
  const cells = new Map(readNotebook('notebooks/14-latents.ipynb').map(({ id, source }) => [id, source]));
  const { kernel, messages } = await createKernel();
  const run = async (/** @type {string} */ id, /** @type {string} */ source) => {
    const error = await kernel.run(id, source);
    assert.equal(error, null, `${id}: ${error?.message}`);
  };
  for (const id of ['data', 'autoencoder', 'step', 'train', 'network'])
    await run(id, cells.get(id)?.replace('n: 2000', 'n: 48') ?? '');
  await run(
    'save',
    `await train_autoencoder(encoder, decoder, { beta: 0.25, steps: 3 }, () => {});
     lab.save_file('encoder', encoder.save());
     lab.save_file('decoder', decoder.save());
     lab.save_file('latent', lab.model(new UNet(4, [48]), { x: [4, 8, 8], t: 'timestep' }).describe());
     const z = encoder.forward(pictures).mean;
     lab.save_file('latents', new Uint8Array(z.sub(z.mean()).div(z.std()).data.buffer.slice(0)));`,
  );
  const files = messages.flatMap((m) => (m.type === 'show' && m.kind === 'file' ? [m.props] : []));
  return Object.fromEntries(files.map(({ name, bytes }) => [name, Buffer.from(bytes)]));
}

/** A file's graph, as its __metadata__ has it. @param {Buffer} file */
const graphOf = (file) =>
  JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE()))).__metadata__.graph;

test('the autoencoder of run 14 is lesson 14’s, byte for byte, and so are its latents', async () => {
  succeeds(`run 14 ${small} --out ${at('fourteen')}`);
  const page = await lesson();
  assert.deepEqual(Object.keys(page).slice(0, 3), NETWORKS);
  for (const name of ['encoder', 'decoder'])
    assert.ok(readFileSync(at(`fourteen/${name}.safetensors`)).equals(page[name]), name);
  assert.equal(graphOf(readFileSync(at('fourteen/model.safetensors'))), page.latent.toString());
  const { shape, data } = npy(at('fourteen/latents.npy'));
  assert.deepEqual(shape, [48, 4, 8, 8]);
  assert.ok(Buffer.from(data.buffer).equals(page.latents));
});

test('run 14 writes pictures, and tells the scale and the distances', () => {
  assert.deepEqual(npy(at('fourteen/samples.npy')).shape, [5, 3, 32, 32]);
  assert.deepEqual(npy(at('fourteen/autoencoder_error.npy')).shape, [3]);
  const { metrics } = JSON.parse(readFileSync(at('fourteen/result.json'), 'utf8'));
  for (const name of ['scale', 'reconstruction_rmse', 'energy_distance'])
    assert.ok(metrics[name] > 0, `${name}: ${metrics[name]}`);
  const { status, stderr } = noisebook('run 14 --autoencoder-steps 0');
  assert.equal(status, 2);
  assert.match(stderr, /autoencoder-steps/);
});

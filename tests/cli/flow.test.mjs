// run 12: a flow, reflow and a student, to the bits of what lesson 12's means make of the same few steps.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readNotebook } from '../../web/build/notebook.js';
import { createKernel } from '../notebooks/node-kernel.mjs';
import { at, close, noisebook, npy, small, succeeds } from './program.mjs';

const STEPS = 4;
const run12 = `run 12 ${small} --samples 7 --steps ${STEPS}`;

/** The same by `lab`, in the order in which the program draws; and lesson 12's measure of how crooked paths are. */
async function lesson() {
  const { kernel } = await createKernel();
  const run = async (/** @type {string} */ source) => {
    const error = await kernel.run('flow', source);
    assert.equal(error, null, error?.message);
  };
  await run(
    readNotebook('notebooks/12-straight-paths.ipynb').find(({ id }) => id === 'solution-detour')?.source ??
      '',
  );
  await run(`
    lab.seed(11);
    const data = lab.swiss_roll({ n: 131, noise: 0.1 }), x = data.float(), out = {};
    const model = lab.SimpleNoisePredictor({ hidden_dim: 16 });
    async function train(points, noise) {
      const trainer = lab.Trainer({ model, data: points, noise, objective: 'flow' }), losses = [];
      for (let epoch = 0; epoch < 5; epoch++) losses.push((await trainer.epoch()).epoch_loss);
      return losses;
    }
    const euler = (x_T, steps) => lab.Euler({ model, x_T, steps }).run();
    async function path(x_T) {
      const sampler = lab.Euler({ model, x_T, steps: ${STEPS} }), frames = [x_T];
      for (let k = 0; k < ${STEPS}; k++) {
        sampler.step();
        frames.push(sampler.x);
      }
      return frames;
    }
    out.flow_loss = await train(x);
    const x_T = lab.randn([7, 2]), samples = [], paths = [], weights = {};
    async function sample(name) {
      weights[name] = model.state_dict();
      for (const steps of [1, 2, ${STEPS}]) samples.push(await euler(x_T, steps));
      if (name !== 'student') paths.push(await path(x_T));
    }
    await sample('flow');
    out.log_likelihood = (await lab.log_likelihood({ model, x, steps: ${STEPS} })).data;
    const noise = lab.randn([131, 2]), made = await euler(noise, ${STEPS});
    out.reflow_loss = await train(made, noise);
    await sample('reflow');
    const adam = lab.Adam(model, { lr: 1e-3 });
    for (let epoch = 0; epoch < 5; epoch++)
      for (let i = 0; i < 131; i += 128) {
        const eps = noise.slice(i, Math.min(i + 128, 131)), x_0 = made.slice(i, Math.min(i + 128, 131));
        model.backward(lab.mse_loss(model.forward(eps, lab.full([eps.rows], 1)), eps.sub(x_0)).grad);
        adam.step();
      }
    await sample('student');
    out.data = data.data;
    out.samples = lab.cat(samples).data;
    out.paths = lab.cat(paths.flat()).data;
    const apart = samples.map((each) => lab.sliced_wasserstein(each.double(), data));
    const bends = paths.map(detour);`);
  const { out, weights, apart, bends } = kernel.evaluator.scope;
  return { out, weights, apart, bends };
}

test('run 12 gives the bits of lesson 12: losses, samples, paths, likelihoods, and the weights of all three', async () => {
  succeeds(`${run12} --out ${at('twelve')}`);
  const { out, weights, apart, bends } = await lesson();
  for (const [name, want] of Object.entries(out))
    assert.deepEqual(Array.from(npy(at(`twelve/${name}.npy`)).data), Array.from(want), name);
  assert.deepEqual(npy(at('twelve/samples.npy')).shape, [3, 3, 7, 2]);
  assert.deepEqual(npy(at('twelve/paths.npy')).shape, [2, STEPS + 1, 7, 2]);
  for (const [name, tensors] of Object.entries(weights)) {
    const file = readFileSync(at(`twelve/${name}.safetensors`));
    const body = 8 + Number(file.readBigUInt64LE());
    const header = JSON.parse(file.toString('utf8', 8, body));
    assert.equal(header.__metadata__.objective, 'flow');
    for (const [key, { data }] of Object.entries(tensors)) {
      const [from, to] = header[key].data_offsets;
      assert.ok(
        file.subarray(body + from, body + to).equals(Buffer.from(data.slice().buffer)),
        `${name}: ${key}`,
      );
    }
  }
  const { metrics } = JSON.parse(readFileSync(at('twelve/result.json'), 'utf8'));
  close(metrics.sliced_wasserstein, apart, 1e-12);
  close(metrics.length_of_paths_to_distance, bends, 1e-6);
  const mean = out.log_likelihood.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b) / 131;
  close([metrics.log_likelihood], [mean], 1e-9);
});

test('run 12 draws its figure, and says what it does not take', () => {
  assert.equal(readFileSync(at('twelve/figure.png')).toString('latin1', 1, 4), 'PNG');
  for (const [options, said] of /** @type {const} */ ([
    ['--schedule linear', /schedule/],
    ['--method ddim', /method/],
    ['--steps 0', /steps/],
  ])) {
    const { status, stderr } = noisebook(`${run12} ${options} --out ${at('refused')}`);
    assert.equal(status, 2, stderr);
    assert.match(stderr, said);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.ok(!existsSync(at('refused')));
  }
});

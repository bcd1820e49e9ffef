import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { memoryStorage, shelfIn } from '../../web/kernel/storage.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {...string} sources */
const run = (...sources) => runCells({ core }, ...sources);
/** @param {RegExp} pattern @param {...string} sources */
const fails = (pattern, ...sources) => cellFails({ core }, pattern, ...sources);

const UNET = `lab.seed(1);
  const model = lab.MiniUNet({ base_channels: 8, time_dim: 16, image_size: 8, max_batch: 4 });
  const x = lab.randn([2, 1, 8, 8]);`;

test('the named values of a network', async () => {
  const { scope } = await run(
    UNET,
    `const layers = model.layers(), before = model.forward(x, 5);
     const shown = layers.map(({ name }) => model.activations(x, 5, name));
     const unchanged = model.forward(x, 5).equals(before);
     const end = model.activations(x, 5, 'up1'), state = model.state_dict();
     const classes = lab.ConditionalDiffusion({ hidden_dim: 8 });
     const [a, b] = [0, 1].map((label) => classes.activations(lab.zeros([1, 2]), 0.5, 'class_emb', [label]));
     const names = classes.layers().map(({ name }) => name);`,
  );
  assert.deepEqual(scope.layers, [
    { name: 'sinusoidal', shape: [16] },
    { name: 'time_emb', shape: [16] },
    { name: 'down1', shape: [8, 8, 8] },
    { name: 'down2', shape: [16, 4, 4] },
    { name: 'bottleneck', shape: [16, 2, 2] },
    { name: 'up2', shape: [16, 4, 4] },
    { name: 'up1', shape: [8, 8, 8] },
  ]);
  for (const [i, value] of scope.shown.entries())
    assert.deepEqual(value.shape, [2, ...scope.layers[i].shape]);
  assert.ok(scope.unchanged);
  // The last layer, a 1x1 convolution, by hand.
  const weight = scope.state['out_conv.weight'].data;
  for (const [n, p] of [
    [0, 0],
    [1, 63],
  ]) {
    let sum = scope.state['out_conv.bias'].at(0);
    for (let c = 0; c < 8; c++) sum += weight[c] * scope.end.data[(n * 8 + c) * 64 + p];
    assert.ok(Math.abs(sum - scope.before.data[n * 64 + p]) < 1e-5);
  }
  assert.deepEqual(scope.names, ['time_emb', 'class_emb', 'hidden1', 'hidden2', 'hidden3']);
  assert.ok(!scope.a.equals(scope.b));
  await fails(
    /mini-unet has no layer "up3": choose one of sinusoidal, time_emb/,
    UNET,
    'model.activations(x, 5, "up3")',
  );
  await fails(/takes \[n, 1, 8, 8\]/, UNET, 'model.activations(lab.zeros([2, 64]), 5, "up1")');
});

test('skip connections can be switched off, and are on again for training', async () => {
  const { scope } = await run(
    UNET,
    `const on = model.forward(x, 5), was = model.skips;
     model.skips = false;
     const off = model.forward(x, 5), is = model.skips;
     const schedule = lab.schedule('linear', { T: 20 }), trainer = lab.Trainer({ model, schedule, data: x });
     let refused = ''; try { trainer.step() } catch (error) { refused = error.message }
     model.skips = true;
     const again = model.forward(x, 5), report = trainer.step();`,
  );
  assert.ok(!scope.on.equals(scope.off));
  assert.ok(scope.on.equals(scope.again));
  assert.deepEqual([scope.was, scope.is], [true, false]);
  assert.match(scope.refused, /skip connections are off: switch them on/);
  assert.equal(scope.report.step, 1);
  await fails(/a simple-unet has no skip connections/, 'lab.SimpleUNet({ image_size: 4 }).skips = false');
});

test('a schedule from betas of your own', async () => {
  const { scope } = await run(`const named = lab.schedule('cosine', { T: 50 });
    const own = lab.schedule({ beta: Array.from(named.beta) }), short = lab.schedule({ beta: lab.full([3], 0.5) });`);
  for (const table of ['beta', 'alpha_bar', 'posterior_variance', 'snr'])
    assert.deepEqual(scope.own[table], scope.named[table]);
  assert.equal(scope.own.T, 50);
  assert.deepEqual([...scope.short.alpha_bar], [0.5, 0.25, 0.125]);
  await fails(/beta\[1\] = 1.5: each beta takes/, 'lab.schedule({ beta: [0.1, 1.5] })');
  await fails(/beta\[0\] = 1: .*and the last one 1 too/, 'lab.schedule({ beta: [1, 0.5] })');
  const zero =
    "const model = lab.SimpleNoisePredictor(), schedule = lab.schedule('linear', { T: 9, zero_terminal_snr: true });";
  const { scope: ends } = await run(zero);
  assert.equal(ends.schedule.alpha_bar[8], 0);
  assert.ok(ends.schedule.alpha_bar[7] > 0);
  await fails(
    /leaves no signal at t = 8 .* trained to predict x0 or v/,
    `${zero} lab.DDIM({ model, schedule })`,
  );
  await fails(/zero_terminal_snr/, "lab.schedule('linear', { zero_terminal_snr: 1 })");
  await fails(/beta\[0\] = undefined is not a finite number/, 'lab.schedule({ beta: [undefined, 0.5] })');
  await fails(/T = 1:/, 'lab.schedule({ beta: [0.1] })');
  await fails(/no option "betas": it takes beta/, 'lab.schedule({ betas: [0.1, 0.2] })');
});

/** A site with one model. @param {Record<string, Uint8Array>} files */
const site = (files) => async (/** @type {string} */ name) => {
  if (!files[name]) throw new Error(`the site has no file ${name}`);
  return files[name];
};

test('a model that ships with the site', async () => {
  const { scope } = await run(
    'const model = lab.ConditionalUNet({ in_channels: 1, base_channels: 4, image_size: 6, n_classes: 3, max_batch: 2 })',
  );
  const text = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));
  const files = {
    'tiny.json': text({ info: { epochs: 7 } }),
    'tiny.safetensors': scope.model.save(),
    'wrong.json': text({}),
    'wrong.safetensors': text({}),
  };
  const parts = { core, readAsset: site(files) };
  const shipped = (
    await runCells(
      parts,
      `lab.seed(3); const state = lab.get_rng_state();
       const { model, info } = await lab.shipped('tiny'); const after = lab.get_rng_state();`,
    )
  ).scope;
  assert.deepEqual(shipped.model.config, { ...scope.model.config, max_batch: 32 });
  assert.deepEqual(shipped.model.save(), scope.model.save());
  assert.deepEqual(shipped.state, shipped.after);
  assert.equal(shipped.info.epochs, 7);
  await cellFails(parts, /the site has no file none/, 'await lab.shipped("none")');
  await cellFails(parts, /not a safetensors file: 2 bytes/, 'await lab.shipped("wrong")');
});

test('a file to keep is offered below its cell', async () => {
  const { messages } = await run(
    `lab.save_file('numbers.txt', 'one two', 'text/plain');
     lab.save_file('weights.safetensors', lab.SimpleNoisePredictor({ hidden_dim: 8 }).save())`,
  );
  const files = messages.flatMap((m) => (m.type === 'show' && m.kind === 'file' ? [m.props] : []));
  assert.deepEqual(files[0], {
    name: 'numbers.txt',
    bytes: new TextEncoder().encode('one two'),
    type: 'text/plain',
  });
  assert.equal(files[1].type, 'application/octet-stream');
  assert.ok(files[1].bytes.length > 1000);
  await fails(/bytes \(a Uint8Array\) or as text/, 'lab.save_file("a.txt", 5)');
  await fails(/no file name/, 'lab.save_file("a/b.txt", "")');
});

test('a kernel without a site says so', async () => {
  const { Kernel } = await import('../../web/kernel/kernel.js');
  const { kernel } = await createKernel({ core });
  const bare = new Kernel({ core, shelf: shelfIn(memoryStorage()), post() {} });
  assert.match((await bare.run('a', 'await lab.images("digits")'))?.message ?? '', /there is no site here/);
  assert.equal(await kernel.run('a', 'await lab.images("digits")'), null);
});

// What cells hand to lab: wrong values are refused by name, and leave everything as it was.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {string} source @param {RegExp} pattern */
const fails = (source, pattern) => cellFails({ core }, pattern, source);

test('sizes: negative, broken, or beyond what memory can be', async () => {
  const { kernel, scope } = await runCells(
    { core },
    'const m = lab.SimpleNoisePredictor(), n = m.n_parameters;',
  );
  for (const [source, pattern] of /** @type {const} */ ([
    ['lab.randperm(-1)', /a shape is a list of whole numbers.*-1/],
    ['lab.spiral(-1)', /a shape is a list of whole numbers.*-1/],
    ['lab.randn([600_000_000])', /600000000 numbers: a tensor takes at most/],
    ['lab.randn([1e5, 1e5, 1e5])', /a tensor takes at most/],
    ['lab.swiss_roll({ n: 2.5 })', /2\.5/],
    ['lab.checkerboard({ size: -1 })', /height = -1: it takes a whole number/],
    ['lab.shapes({ n: 3, size: NaN })', /height = NaN/],
  ])) {
    const error = await kernel.run('wrong', source);
    assert.match(error?.message ?? 'no error', pattern, source);
    assert.equal(scope.m.n_parameters, scope.n, source);
  }
});

test('options and values that mean nothing are refused by name', async () => {
  const parts = `const model = lab.SimpleNoisePredictor({ hidden_dim: 8 }), schedule = lab.schedule('linear', { T: 10 });
    const data = lab.randn([8, 2]);`;
  for (const [source, pattern] of /** @type {const} */ ([
    [
      'lab.Trainer({ model, schedule, data, learning_rate: 0.05 })',
      /no option "learning_rate": it takes model,.* lr,/,
    ],
    ['lab.Adam(model, { learning_rate: 0.05 })', /Adam has no option "learning_rate": it takes lr/],
    ['lab.DDIM({ model, schedule, variance: "beta" })', /DDIM has no option "variance"/],
    ['lab.DDIM({ model, schedule, clip_x0: 1.5 })', /clip_x0 = 1\.5: it takes true/],
    ['lab.seed("forty-two")', /seed = "forty-two": it takes a whole number/],
    ['lab.seed(2 ** 32 + 5)', /seed = 4294967301: it takes a whole number, 0 to 4294967295/],
    ['lab.randint(0, 0.5, [3])', /high = 0\.5: it takes a whole number/],
    ['lab.schedule("cosine", { T: "100" })', /T = "100": it takes a whole number/],
    ['lab.gather([1, 2, 3], lab.tensor([1], [3]))', /t\[0\] = 3: the table has 0 to 2/],
    ['lab.tensor([1], [null])', /values\[0\] = null/],
    ['lab.swiss_roll({ sigma: 1 })', /swiss_roll has no option "sigma": it takes n, noise, generator/],
    ['lab.SimpleNoisePredictor({ generator: schedule })', /generator must be a generator, .*got a Schedule/],
    ['lab.DDIM({ model, schedule, generator: model })', /generator must be a generator, .*got a Model/],
    ['lab.DDIM({ model: schedule, schedule })', /model must be a model/],
    ['lab.set_rng_state({ length: 2524 })', /state must be bytes/],
    ['model.load({ length: 1e9 })', /file must be bytes/],
    ['model.forward(data, 500)', /t = 500: simple-noise-predictor takes t \/ T, from 0 to 1/],
    ['data.shape = [16, 1]', /shape of a tensor cannot be set/],
  ]))
    await fails(`${parts}\n${source}`, pattern);
});

test('broadcasting is that of NumPy and PyTorch', async () => {
  const { scope } = await runCells(
    { core },
    `const row = lab.tensor([2, 2], [1, 2, 3, 4]).mul(lab.tensor([2], [10, 100]));
     const column = lab.tensor([2, 2], [1, 2, 3, 4]).mul(lab.tensor([2, 1], [10, 100]));
     const outer = lab.tensor([2, 1], [1, 2]).sub(lab.tensor([3], [1, 2, 3]));
     const pictures = lab.full([2, 1, 2, 2], 1).add(lab.tensor([2, 1, 1, 1], [1, 2]));
     const none = lab.zeros([0, 2]).add(lab.tensor([2], [1, 2]));`,
  );
  assert.deepEqual([...scope.row.data], [10, 200, 30, 400]);
  assert.deepEqual([...scope.column.data], [10, 20, 300, 400]);
  assert.deepEqual([...scope.outer.data], [0, -1, -2, 1, 0, -1]);
  assert.deepEqual(scope.outer.shape, [2, 3]);
  assert.deepEqual([...scope.pictures.data], [2, 2, 2, 2, 3, 3, 3, 3]);
  assert.deepEqual(scope.none.shape, [0, 2]);
  await fails(
    'lab.tensor([2, 3], [1, 2, 3, 4, 5, 6]).add(lab.tensor([3, 2], [1, 2, 3, 4, 5, 6]))',
    /do not fit together/,
  );
  await fails('lab.zeros([3, 2]).add(lab.zeros([3]))', /\[3,2\] and \[3\] do not fit together/);
  await fails('lab.zeros([2]).add("1")', /a number or a tensor/);
});

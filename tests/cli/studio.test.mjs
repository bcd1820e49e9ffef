// noisebook train --config makes the bits of a run of the studio, whole or gone on with, and refuses what is none.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { unzipSync } from 'fflate';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { Run } from '../../web/kernel/studio/run.js';
import { runFile } from '../../web/page/studio/export/run_file.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { at, noisebook, succeeds, writeNpy } from './program.mjs';

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
    const text = run.model.describe();
    const file = runFile({ ...run.checkpoint(), config: patched(config, { network: { text } }) }, data);
    const parts = unzipSync(file);
    for (const [name, bytes] of Object.entries(parts)) writeFileSync(at(name), bytes);
    succeeds(`train --config ${at('run.json')} --out ${at('own.safetensors')}`);
    assert.deepEqual(Buffer.from(parts['model.safetensors']), readFileSync(at('own.safetensors')));
  });

/** A run as the studio saves it. @param {any} [over] */
const saved = (over = {}) => {
  const run = structuredClone(/** @type {any} */ (defaults()));
  run.network.text =
    'input x x features 2\ninput t timestep\nmodule a Linear in_features=2 out_features=2\napply a 0\noutput eps 2\n';
  run.training.epochs = 1;
  for (const [section, settings] of Object.entries(over))
    if (settings && typeof settings === 'object') Object.assign(run[section], settings);
    else run[section] = settings;
  return JSON.stringify(run);
};

/** @type {[string, string, RegExp][]} what is wrong, the file, what is said */
const refused = [
  ['no JSON', '{"noisebook_run": 1,', /line 1: a text in quotation marks was expected/],
  ['its line', '{\n"noisebook_run":\n\n one}', /line 4: this is no JSON/],
  ['a number', '{"noisebook_run": 01}', /not written as JSON writes them/],
  ['two of them', '{} {}', /something follows/],
  ['too deep', '['.repeat(100), /takes an object of settings/],
  ['half a pair', '{"name": "\\ud83d"}', /backslash that means nothing/],
  ['no run', '{}', /no run of the studio/],
  ['a list', '[1]', /takes an object of settings/],
  ['a newer one', saved({ noisebook_run: 2 }), /newer Noisebook/],
  ['an unknown setting', saved({ training: { lrr: 1 } }), /knows no setting training\.lrr/],
  ['an unknown part', saved({ extra: 1 }), /no part extra/],
  [
    'a wrong setting',
    saved({ training: { epochs: 0 } }),
    /^noisebook: \S*run\.json: --epochs 0: it takes [^\n]*\n$/,
  ],
  ['a wrong kind', saved({ training: { lr: null } }), /training\.lr takes/],
  ['no network', saved({ network: { text: '' } }), /no network\.text/],
  [
    'a file elsewhere',
    saved({ data: { file: '../data.npy' } }),
    /data\.file takes the name of a file beside it/,
  ],
  ['no file', saved({ data: { file: 'none.npy' } }), /none\.npy cannot be read/],
  ['all held out', saved({ data: { held_out: 1 } }), /data\.held_out/],
  ['none left', saved({ data: { held_out: 0.999 } }), /none are left/],
];
for (const [what, text, says] of refused)
  test(`a run that is none: ${what}`, () => {
    writeFileSync(at('run.json'), text);
    writeNpy('data.npy', [10, 2], new Float32Array(20));
    const { status, stderr } = noisebook(`train --config ${at('run.json')} --out ${at('none.safetensors')}`);
    assert.equal(status, 2, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.equal(existsSync(at('none.safetensors')), false);
  });

test('the command line comes before what a run says, and names no second network', () => {
  writeFileSync(at('run.json'), `\ufeff${saved()}`);
  writeNpy(
    'data.npy',
    [10, 2],
    Float32Array.from({ length: 20 }, (_, i) => i / 20),
  );
  /** @param {string} more */
  const train = (more) => noisebook(`train --config ${at('run.json')} --out ${at('a.safetensors')}${more}`);
  assert.equal(train('').status, 0, train('').stderr);
  const first = readFileSync(at('a.safetensors'));
  assert.equal(train(' --seed 7').status, 0);
  assert.notDeepEqual(readFileSync(at('a.safetensors')), first);
  const { status, stderr } = train(` --weights ${at('a.safetensors')}`);
  assert.equal(status, 2);
  assert.match(stderr, /one of them/);
});

test('a rule to stop early is told of', () => {
  writeFileSync(at('run.json'), saved({ training: { stop: { patience: 3, seconds: 0 } } }));
  writeNpy('data.npy', [10, 2], new Float32Array(20).fill(0.5));
  const { status, stderr } = noisebook(`train --config ${at('run.json')} --out ${at('b.safetensors')}`);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /all epochs are trained/);
});

test('labels that the network does not ask for are left out, as in the studio', () => {
  writeNpy(
    'data.npy',
    [10, 2],
    Float32Array.from({ length: 20 }, (_, i) => i / 20),
  );
  writeNpy(
    'labels.npy',
    [10],
    Int32Array.from({ length: 10 }, (_, i) => i % 2),
  );
  writeFileSync(at('run.json'), saved());
  succeeds(`train --config ${at('run.json')} --out ${at('without.safetensors')}`);
  writeFileSync(at('run.json'), saved({ data: { labels: 'labels.npy', classes: ['a', 'b'] } }));
  succeeds(`train --config ${at('run.json')} --out ${at('with.safetensors')}`);
  assert.deepEqual(readFileSync(at('with.safetensors')), readFileSync(at('without.safetensors')));
  const given = `train --config ${at('run.json')} --labels ${at('labels.npy')} --out ${at('given.safetensors')}`;
  assert.match(noisebook(given).stderr, /no classes/);
});

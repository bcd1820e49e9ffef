/** A run that was saved opens again with the same bits; what is no whole run is told in a sentence, and code in it does not run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { checkOpened } from '../../web/kernel/studio/opened.js';
import { Run } from '../../web/kernel/studio/run.js';
import { previewOf } from '../../web/kernel/studio/watch.js';
import { encodeNpy } from '../../web/page/outputs/npy.js';
import { runFile } from '../../web/page/studio/export/run_file.js';
import { readRun } from '../../web/page/studio/open/read_run.js';
import { unpacked, unpacking } from '../../web/page/studio/open/unzip.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../web/kernel/studio/protocol.js').Data} Data */
/** @typedef {Record<string, Uint8Array>} Files */

const core = await loadCore();
const [N, HELD] = [75, 5];

/** @returns {Data} */
const points = () => ({
  kind: 'points',
  shape: [2],
  values: Float32Array.from({ length: 2 * N }, (_, i) => Math.sin(i * i)),
  labels: Int32Array.from({ length: N }, (_, i) => i % 3),
  classes: ['a', 'b', 'c'],
  name: 'three',
  transform: { offset: [1, -2], scale: 3 },
  held: HELD,
  range: [-2, 3],
});
const config = patched(defaults(), {
  name: 'Mine',
  data: { name: 'three', classes: ['a', 'b', 'c'], labels: 'labels.npy', held_out: HELD / N, range: [-2, 3] },
  network: { width: 16, depth: 2 },
  training: { epochs: 6, batch: 32, ema: 0.9, warmup: 0.2, label_dropout: 0.2 },
});

/** @param {import('../../web/kernel/kernel.js').Kernel} kernel @param {Partial<import('../../web/kernel/studio/worker.js').Context>} [more] */
const contextOf = (kernel, more) =>
  /** @type {import('../../web/kernel/studio/worker.js').Context} */ ({
    kernel,
    core,
    run: null,
    data: null,
    tick: () => undefined,
    ...more,
  });

/** Seven steps of it, and the file that the studio saves then. @param {typeof config} [settings] */
async function begun(settings = config) {
  const { kernel } = await createKernel({ core });
  const run = await Run.begin(kernel, settings, points());
  for (let i = 0; i < 7; i++) run.advance(0);
  const { config: _, ...checkpoint } = run.checkpoint();
  const text = run.model.describe();
  const named = patched(settings, { network: { text } });
  return { run, zip: runFile({ ...checkpoint, config: named }, points()) };
}
const { run: live, zip } = await begun();
const files = unzipSync(zip);

/** The file with other parts; null: without it. @param {Record<string, Uint8Array | null>} over */
const repacked = (over) =>
  zipSync(
    /** @type {Files} */ (
      Object.fromEntries(Object.entries({ ...files, ...over }).filter(([, part]) => part !== null))
    ),
  );
/** run.json with other settings. @param {(config: any) => void} change */
function resaid(change) {
  const said = JSON.parse(new TextDecoder().decode(files['run.json']));
  change(said);
  return { 'run.json': strToU8(JSON.stringify(said)) };
}
/** All that stands between a file and the studio. @param {Uint8Array} file */
async function open(file) {
  const { saved, data } = await readRun(file, 'mine.zip');
  const { kernel } = await createKernel({ core });
  const { isEarlier } = await checkOpened(contextOf(kernel), { saved, data });
  return { saved, data, kernel, isEarlier };
}

test('saved and opened, a run goes on and samples with the same bits', async () => {
  const { saved, data, kernel } = await open(zip);
  assert.deepEqual(data, points());
  assert.equal(saved.name, 'Mine');
  assert.equal(saved.step, 7);
  assert.equal(saved.ended, '');
  assert.deepEqual(saved.losses, live.losses);
  const kept = { config: saved.config, weights: saved.weights };
  const asked = { type: /** @type {const} */ ('preview'), count: 8, steps: 5, seed: 3 };
  const theirs = await previewOf(contextOf(kernel, { run: live }), asked);
  const ours = await previewOf(contextOf(kernel), { ...asked, kept });
  assert.deepEqual(ours?.samples, theirs?.samples);
  const { trainer } = saved;
  assert.ok(trainer);
  const again = await Run.begin(kernel, saved.config, data, { ...saved, trainer });
  while (again.isTraining) again.advance(0);
  while (live.isTraining) live.advance(0);
  assert.equal(again.step, live.step);
  assert.deepEqual(Buffer.from(again.weights()), Buffer.from(live.weights()));
  assert.deepEqual(again.losses.epochs, live.losses.epochs);
  // And what was made of it is saved once more.
  const { config: _, ...checkpoint } = again.checkpoint();
  const second = await readRun(runFile({ ...checkpoint, config: saved.config }, data), 'mine.zip');
  assert.equal(second.saved.ended, 'done');
  assert.deepEqual(second.saved.trainer, checkpoint.trainer);
  again.dispose();
});

const MEASURES = {
  ddim: { values: { sliced_wasserstein: 0.25, precision: 0.9 }, real: { precision: 0.95 } },
};

test('what its samples and real data scored goes along, and is held to be numbers', async () => {
  const { saved } = await readRun(zip, 'mine.zip');
  assert.deepEqual(saved.measures, {}, 'a file without');
  const judged = runFile({ ...saved, measures: MEASURES }, points());
  assert.deepEqual((await readRun(judged, 'mine.zip')).saved.measures, MEASURES);
  const state = JSON.parse(new TextDecoder().decode(unzipSync(judged)['studio.json']));
  for (const measures of [
    null,
    [],
    { ddim: null },
    { ddim: { values: { precision: '<b>' }, real: {} } },
    { ddim: { values: { precision: null }, real: {} } },
    { ddim: { values: {} } },
    { ddim: { values: {}, real: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, 0])) } },
  ]) {
    const file = repacked({ 'studio.json': strToU8(JSON.stringify({ ...state, measures })) });
    await assert.rejects(readRun(file, 'mine.zip'), /studio\.json is damaged/, JSON.stringify(measures));
  }
});

test('in a folder, packed by another program, or without what only the studio writes, it opens too', async () => {
  const inFolder = Object.fromEntries(Object.entries(files).map(([name, part]) => [`a run/${name}`, part]));
  const { saved } = await open(zipSync({ ...inFolder, '__MACOSX/run.json': strToU8('x') }, { level: 0 }));
  assert.equal(saved.step, 7);
  const native = await open(repacked({ 'studio.json': null, 'trainer.safetensors': null }));
  assert.equal(native.saved.trainer, null);
  assert.equal(native.saved.ended, 'done');
  assert.equal(native.saved.step, 2 * 3);
  assert.deepEqual(native.data.transform, { offset: 0, scale: 1 });
  const wide = await open(repacked({ 'data.npy': encodeNpy([N, 2], Float64Array.from(points().values)) }));
  assert.deepEqual(wide.data.values, points().values);
});

/** A number in data.npy's place. @param {number} value */
const withNumber = (value) => {
  const { values } = points();
  values[11] = value;
  return encodeNpy([N, 2], values);
};
const labelled = (/** @type {number[]} */ labels) => encodeNpy([labels.length], Int32Array.from(labels));
const other = patched(config, { network: { width: 8 } });
const smaller = unzipSync((await begun(other)).zip);
const flow = unzipSync((await begun(patched(config, { training: { objective: 'flow' } }))).zip);
const linear = unzipSync((await begun(patched(config, { training: { schedule: 'linear' } }))).zip);

/** @type {[string, () => Uint8Array, RegExp][]} */
const WRONG = [
  ['no zip', () => strToU8('PNG and so on, but no zip at all'), /damaged, or no \.zip/],
  ['nothing', () => new Uint8Array(0), /damaged, or no \.zip/],
  ['half of it', () => zip.slice(0, zip.length >> 1), /damaged/],
  ['its beginning', () => zip.slice(0, 300), /damaged/],
  ['pictures', () => zipSync({ 'a.png': new Uint8Array(9) }), /no run of the studio/],
  ['a newer one', () => repacked(resaid((c) => (c.noisebook_run = 2))), /newer Noisebook \(version 2/],
  ['no JSON', () => repacked({ 'run.json': strToU8('{') }), /no JSON/],
  ['an unknown setting', () => repacked(resaid((c) => (c.training.x = 1))), /no setting "x"/],
  ['no data', () => repacked({ 'data.npy': null }), /has no data\.npy/],
  ['no labels', () => repacked({ 'labels.npy': null }), /has no labels\.npy/],
  ['no weights', () => repacked({ 'model.safetensors': null }), /has no model\.safetensors/],
  ['no losses', () => repacked({ 'losses.npy': null }), /has no losses\.npy/],
  [
    'data of another shape',
    () => repacked({ 'data.npy': encodeNpy([N], new Float32Array(N)) }),
    /it takes \[n, 2\]/,
  ],
  ['no samples', () => repacked({ 'data.npy': encodeNpy([0, 2], new Float32Array(0)) }), /it takes \[n, 2\]/],
  ['NaN', () => repacked({ 'data.npy': withNumber(Number.NaN) }), /a number that is NaN, in sample 6 of 75/],
  ['Infinity', () => repacked({ 'data.npy': withNumber(Number.POSITIVE_INFINITY) }), /is Infinity/],
  ['too few labels', () => repacked({ 'labels.npy': labelled([0, 1]) }), /shape \[2\], and there are 75/],
  [
    'a label too high',
    () => repacked({ 'labels.npy': labelled(new Array(N).fill(3)) }),
    /a label 3, .*3 classes/,
  ],
  ['a label below 0', () => repacked({ 'labels.npy': labelled(new Array(N).fill(-1)) }), /a label -1/],
  ['too many epochs', () => repacked({ 'losses.npy': encodeNpy([7], new Float64Array(7)) }), /at most 6/],
  ['a state that is none', () => repacked({ 'studio.json': strToU8('[]') }), /studio\.json is damaged/],
  [
    'all held out',
    () =>
      repacked(
        resaid((c) => Object.assign(c.data, { held_out: 0.9, file: 'few.npy', labels: null, classes: [] })),
      ),
    /has no few\.npy/,
  ],
  [
    'other settings',
    () => repacked(resaid((c) => Object.assign(c.network, { width: 32, text: '' }))),
    /another network than its settings/,
  ],
  [
    'another activation',
    () => repacked(resaid((c) => Object.assign(c.network, { activation: 'gelu', text: 'x' }))),
    /another network/,
  ],
  [
    'weights of another run',
    () => repacked({ 'model.safetensors': smaller['model.safetensors'] }),
    /another network/,
  ],
  [
    'a trainer of another run',
    () => repacked({ 'trainer.safetensors': smaller['trainer.safetensors'] }),
    /go on training cannot be read/,
  ],
  ['weights of a flow', () => repacked({ 'model.safetensors': flow['model.safetensors'] }), /predict flow/],
  ['of another schedule', () => repacked({ 'model.safetensors': linear['model.safetensors'] }), /schedule/],
  ['of another schedule said', () => repacked(resaid((c) => (c.training.schedule = 'linear'))), /schedule/],
  [
    'no weights in it',
    () => repacked({ 'model.safetensors': new Uint8Array(64) }),
    /its weights cannot be read/,
  ],
  [
    'another number of classes',
    () => repacked(resaid((c) => c.data.classes.push('d'))),
    /know 3 classes, and its data have 4/,
  ],
];
for (const [what, file, sentence] of WRONG)
  test(`what is no whole run: ${what}`, async () => {
    await assert.rejects(
      () => open(file()),
      (/** @type {Error} */ error) => {
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /\n|undefined/);
        return true;
      },
    );
  });

const wish = { wanted: () => true, most: 1 << 20, title: 'bomb.zip' };

test('a .zip that declares too much, or inflates to more than it declares, is not taken', async () => {
  const honest = zipSync({ 'run.json': new Uint8Array(4 << 20) });
  await assert.rejects(unpacked(honest, wish), /bomb\.zip unpacks to more than 1 MB/);
  const liar = honest.slice();
  new DataView(liar.buffer).setUint32(22, 10, true);
  await assert.rejects(unpacked(liar, wish), /more than 1 MB/);
  const many = zipSync(
    Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.npy`, new Uint8Array(3e5)])),
  );
  await assert.rejects(unpacked(many, wish), /more than 1 MB/);
  await assert.rejects(
    unpacked(zipSync({ 'a/x': new Uint8Array(1), 'b/x': new Uint8Array(1) }), wish),
    /two files named x/,
  );
});

/** Numbers that pack badly. @param {number} n */
const noise = (n) => Uint8Array.from({ length: n }, (_, i) => Math.imul(i ^ (i >> 7), 0x9e3779b1) >>> 24);

test('each file is held to its checksum, however it is packed, and to its whole length', async () => {
  for (const level of /** @type {const} */ ([0, 6])) {
    const parts = { 'a/ü.npy': noise(70_000), 'b.npy': noise(9), 'empty.npy': new Uint8Array(0) };
    const packed = zipSync(parts, { level });
    const files = await unpacked(packed, { ...wish, title: 'mine.zip' });
    assert.deepEqual(
      [...(files ?? [])].map(([name, { length }]) => [name, length]),
      [
        ['ü.npy', 70_000],
        ['b.npy', 9],
        ['empty.npy', 0],
      ],
    );
    assert.deepEqual(files?.get('ü.npy'), parts['a/ü.npy']);
    const bad = packed.slice();
    bad[30_000] ^= 1;
    await assert.rejects(
      unpacked(bad, { ...wish, title: 'mine.zip' }),
      level ? /mine\.zip is damaged/ : /^Error: mine\.zip is damaged: ü\.npy in it is not what was packed$/,
    );
    // A file whose beginning is not found any more is missed.
    const lost = packed.slice();
    const second = Buffer.from(lost).indexOf('b.npy') - 30;
    lost[second] ^= 1;
    await assert.rejects(unpacked(lost, { ...wish, title: 'mine.zip' }), /mine\.zip is damaged/);
    // What is not wanted need not be whole.
    const some = await unpacked(bad, { ...wish, wanted: (name) => name === 'b.npy' });
    assert.equal(some?.size, 1);
  }
});

test('it unpacks a little at a time, tells how far it is, and others have their turn', async () => {
  const bomb = zipSync({
    'noise.npy': [noise(1 << 20), { level: 0 }],
    'zeros.npy': new Uint8Array(48 << 20),
  });
  const counted = { ...wish, most: 64 << 20 };
  let [before, largest, pieces] = [0, 0, 0];
  for (const { bytes } of unpacking(bomb, counted)) {
    pieces++;
    largest = Math.max(largest, bytes - before);
    before = bytes;
  }
  assert.ok(pieces > 20 && largest < 36 << 20, `${pieces} pieces, of at most ${largest}`);
  /** @type {number[]} */
  const told = [];
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  const files = await unpacked(bomb, { ...counted, told: (part) => told.push(part) });
  clearInterval(others);
  assert.equal(files?.get('zeros.npy')?.length, 48 << 20);
  assert.ok(turns >= 2, `${turns} turns`);
  assert.ok(told.every((part, i) => part > (told[i - 1] ?? 0) && part <= 1));
  assert.equal(await unpacked(bomb, { ...counted, isEnough: () => true }), null);
});

test('a run of a version whose blocks made another network opens by its weights', async () => {
  assert.equal((await open(zip)).isEarlier, false);
  const earlier = await open(repacked(resaid((c) => (c.network.width = 32))));
  assert.equal(earlier.isEarlier, true);
  const kept = { config: earlier.saved.config, weights: earlier.saved.weights };
  const drawn = await previewOf(contextOf(earlier.kernel), {
    type: 'preview',
    count: 8,
    steps: 5,
    seed: 3,
    kept,
  });
  assert.ok(drawn);
});

test('code of a run is not run when it is opened', async () => {
  const said = resaid((c) => Object.assign(c.network, { kind: 'code', code: 'throw new Error("it ran")' }));
  const { saved } = await open(repacked(said));
  assert.equal(saved.config.network.code, 'throw new Error("it ran")');
  const strange = resaid((c) => Object.assign(c.network, { kind: 'code', code: 'throw 1', text: 'another' }));
  await assert.rejects(() => open(repacked(strange)), /another network/);
});

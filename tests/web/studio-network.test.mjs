/** The studio's networks: the boxes of their drawing, and the line of code that is at fault. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError } from '../../web/kernel/evaluate.js';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { challengeCells } from '../../web/kernel/studio/export/challenge.js';
import { codeFor } from '../../web/kernel/studio/network.js';
import { NETWORK, sizeOf } from '../../web/kernel/studio/run.js';
import { weightsTold } from '../../web/kernel/studio/weights.js';
import { createKernel, loadCore, readAsset } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** @param {Partial<import('../../web/kernel/studio/config.js').DataConfig>} data @param {Partial<import('../../web/kernel/studio/config.js').NetworkConfig>} network */
const configOf = (data, network) => patched(defaults(), { data, network });

/** @param {import('../../web/kernel/studio/config.js').RunConfig} config @returns {import('../../web/kernel/studio/protocol.js').Data} */
function dataOf({ data: { kind, shape, labels, classes } }) {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(20 * size);
  return {
    kind,
    shape: [...shape],
    values,
    labels: labels === null ? null : new Int32Array(20),
    classes: [...classes],
    name: '',
    transform: { offset: 0, scale: 1 },
    held: 2,
  };
}

/** @param {import('../../web/kernel/studio/config.js').RunConfig} config */
async function sizeFor(config) {
  const { kernel } = await createKernel({ core });
  return sizeOf(kernel, config, dataOf(config));
}

test('an MLP is drawn with a box for each hidden layer, what it is told of the numbers being one', async () => {
  const points = configOf(
    { kind: 'points', shape: [2], labels: 'labels.npy', classes: ['a', 'b'] },
    { depth: 4 },
  );
  const { nodes } = await sizeFor(points);
  assert.deepEqual(
    nodes.map(({ name }) => name),
    ['x', 't', 'label', 'waves', 'sinusoidal', 'time', 'label', 'cat']
      .concat([0, 1, 2, 3].map((i) => `hidden.${i}`))
      .concat('out', 'eps'),
  );
  assert.deepEqual(nodes[3].shape, [26]);
  assert.deepEqual(nodes.at(-1)?.shape, [2]);
});

test('a U-Net is drawn with a box for each block, as deep as was said', async () => {
  const blocks = async (/** @type {number} */ depth) => {
    const { nodes } = await sizeFor(
      configOf({ kind: 'pictures', shape: [1, 8, 8] }, { kind: 'unet', width: 8, depth }),
    );
    return nodes.filter(({ of }) => of === 'Block').map(({ name }) => name);
  };
  assert.deepEqual(await blocks(1), ['middle1', 'middle2']);
  assert.deepEqual(await blocks(3), ['down.0', 'down.1', 'middle1', 'middle2', 'up.1', 'up.0']);
});

test('an error of changed code has its line: when it is built, in forward, and where it does not parse', async () => {
  const config = configOf({ kind: 'points', shape: [2] }, {});
  const lines = codeFor(config).split('\n');
  /** @param {RegExp} at @param {string} text */
  const wrongAt = async (at, text) => {
    const line = lines.findIndex((each) => at.test(each)) + 1;
    const code = lines.with(line - 1, text).join('\n');
    const error = await sizeFor(configOf({}, { kind: 'code', code })).then(
      () => assert.fail('it is made'),
      (thrown) => thrown,
    );
    const told = describeError(error, NETWORK);
    assert.equal(told.line, line, told.message);
    return told.message;
  };
  assert.match(await wrongAt(/this\.out =/, '    this.out = nn.Linears(width, 2);'), /Linears/);
  assert.match(await wrongAt(/this\.out\(h\)/, '    return this.out(x);'), /\b64\b/);
  assert.match(await wrongAt(/let h = /, '    let h = = 3;'), /Unexpected token/);
});

test('the final challenge takes the network, and data that are few, as its own cells', async () => {
  const config = configOf(
    { kind: 'points', shape: [2], labels: 'labels.npy', classes: ['a', 'it’s "b"'] },
    {},
  );
  const data = dataOf(config);
  data.values.forEach((_, i) => {
    data.values[i] = i / 3;
  });
  const cells = challengeCells(config, data);
  const { kernel } = await createKernel({ core });
  for (const id of ['my-data', 'my-network']) assert.equal(await kernel.run(id, cells[id]), null);
  const { mine, my_network } = kernel.evaluator.scope;
  assert.deepEqual(mine.data.shape, [18, 2]);
  assert.deepEqual(mine.fresh.shape, [2, 2]);
  assert.ok(Math.abs(mine.fresh.at(1, 1) - 13) < 1e-3);
  assert.deepEqual(mine.names, config.data.classes);
  assert.equal(mine.labels.length, 18);
  assert.deepEqual([my_network().n_classes, ...my_network().sample_shape], [2, 2]);
  const many = { ...data, values: new Float32Array(60_000) };
  assert.deepEqual(Object.keys(challengeCells(config, many)), ['my-network']);
  const odd = configOf({}, { kind: 'code', code: 'const m = 1; m' });
  assert.throws(() => challengeCells(odd, null), /lab\.model\(/);
});

test('weights say what they are for', async () => {
  const { kernel } = await createKernel({ core });
  const context = { kernel, core, run: null, data: null, tick: () => undefined };
  const told = async (/** @type {string} */ name) =>
    weightsTold(context, { file: await readAsset(`${name}.safetensors`) });
  const { text, ...digits } = await told('digits-net');
  assert.deepEqual(digits, { shape: [1, 8, 8], n_classes: 10, objective: 'v', inputs: ['x', 't', 'label'] });
  assert.match(text, /^input x x image 1 8 8/);
  assert.deepEqual((await told('scenes-text')).inputs, ['x', 't', 'text']);
  assert.throws(() => weightsTold(context, { file: new Uint8Array(20) }), Error);
});

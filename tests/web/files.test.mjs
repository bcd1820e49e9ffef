/** Files that a reader brings: the control that takes one, the model of one, and weights for a network of the cell's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, inTime, runCells } from './cells.mjs';

const core = await loadCore();
const run = (/** @type {string[]} */ ...sources) => runCells({ core }, ...sources);
const fails = (/** @type {RegExp} */ pattern, /** @type {string[]} */ ...sources) =>
  cellFails({ core }, pattern, ...sources);

/** A safetensors file of float32. @param {Record<string, number[]>} shapes @param {Record<string, string>} [notes] */
function safetensors(shapes, notes) {
  /** @type {Record<string, unknown>} */
  const header = notes ? { __metadata__: notes } : {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const numbers = Float32Array.from({ length: end / 4 }, (_, i) => Math.sin(i));
  return new Uint8Array(Buffer.concat([size, text, Buffer.from(numbers.buffer)]));
}

/** Tensors of a file without a word about its model. @param {Uint8Array} file */
function withoutRecord(file) {
  const bytes = Buffer.from(file);
  const size = Number(bytes.readBigUInt64LE());
  const { __metadata__, ...tensors } = JSON.parse(bytes.subarray(8, 8 + size).toString());
  const text = Buffer.from(JSON.stringify(tensors));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([head, text, bytes.subarray(8 + size)]));
}

/** A kernel whose cells know these files. @param {Record<string, Uint8Array>} given */
async function kernelWith(given) {
  const { kernel, messages } = await createKernel({ core });
  await kernel.run('given', `const given = {};`);
  Object.assign(kernel.evaluator.scope.given, given);
  return { kernel, messages, scope: kernel.evaluator.scope };
}

const NET = `class Net extends lab.nn.Module {
  constructor() {
    super();
    this.body = lab.nn.Sequential(lab.nn.Linear(3, 5), lab.nn.SiLU(), lab.nn.Linear(5, 2));
  }
  forward(x, t) { return this.body(lab.nn.cat([x, t], 1)); }
}
const make = () => lab.model(new Net(), { x: [2], t: 'fraction' });`;

test('a file with a graph or a record is opened as it was saved', async () => {
  const { scope } = await run(
    NET,
    `lab.seed(4);
     const own = make();
     const kind = lab.MiniUNet({ base_channels: 8, time_dim: 16, image_size: 12 });
     const before = lab.get_rng_state();
     const opened = [own, kind].map((each) => lab.open_model(each.save()));
     const after = lab.get_rng_state();
     const few = lab.open_model(own.save(), { max_batch: 3 });
     const x = lab.randn([4, 2]);
     const same = [own.forward(x, 0.5), opened[0].forward(x, 0.5)];`,
  );
  const { own, kind, opened, few } = scope;
  assert.deepEqual(opened[0].config, own.config);
  assert.deepEqual(opened[1].config, kind.config);
  assert.equal(opened[0].config.max_batch, 1024);
  assert.equal(opened[1].config.max_batch, 32);
  assert.equal(few.config.max_batch, 3);
  assert.deepEqual(opened[0].save(), own.save());
  assert.deepEqual(opened[1].save(), kind.save());
  assert.ok(scope.same[0].equals(scope.same[1]));
  assert.deepEqual(scope.before, scope.after);
});

test('an opened model trains on, its Dropout drawing as that of a model made in the cell', async () => {
  const { scope } = await run(
    `class Net extends lab.nn.Module {
       constructor() { super(); this.fc = lab.nn.Linear(2, 8); this.out = lab.nn.Linear(8, 2); }
       forward(x) { return this.out(lab.nn.dropout(this.fc(x), 0.5)); }
     }
     const made = lab.model(new Net(), { x: [2] }), opened = lab.open_model(made.save());
     const x = lab.randn([16, 2]);
     const outs = [made, opened, opened].map((model, i) => { lab.seed(i < 2 ? 1 : 2); return model.forward(x); });`,
  );
  const [made, opened, other] = scope.outs;
  assert.ok(made.equals(opened));
  assert.ok(!other.equals(opened));
});

test("PyTorch's own file is opened by its tensors' names", async () => {
  const { scope } = await run('const saved = lab.ConditionalDiffusion({ hidden_dim: 12 }).save()');
  const { kernel, scope: names } = await kernelWith({ plain: withoutRecord(scope.saved) });
  const error = await kernel.run('a', 'const model = lab.open_model(given.plain)');
  assert.equal(error, null, error?.message);
  assert.equal(names.model.kind, 'conditional-diffusion');
  assert.equal(names.model.config.hidden_dim, 12);
});

test('what is no model is refused in a sentence, at its line', async () => {
  const given = {
    pt: Uint8Array.from({ length: 40 }, (_, i) => [0x50, 0x4b, 3, 4][i] ?? 0),
    short: Uint8Array.from([1, 2, 3]),
    strange: safetensors({ 'encoder.weight': [2, 3] }),
    damaged: safetensors({ 'fc.weight': [2, 3] }, { format: 'pt', noisebook: '1', model: 'network' }),
  };
  const { kernel } = await kernelWith(given);
  const attempt = async (/** @type {string} */ call) => {
    const error = await kernel.run('bad', `const before = 1;\n\nlab.open_model(${call});`);
    assert.ok(error, call);
    assert.equal(error.line, 3, call);
    return error.message;
  };
  assert.match(await attempt('given.pt'), /torch\.save/);
  assert.match(await attempt('given.short'), /not a safetensors file: 3 bytes are too few/);
  assert.match(await attempt('given.strange'), /any network of the course, and the file has no graph/);
  assert.match(await attempt('given.damaged'), /graph/);
  assert.match(await attempt('null'), /open_model: the file must be bytes \(a Uint8Array\), got null/);
  assert.match(await attempt('{ name: "x", bytes: given.pt }'), /must be bytes/);
  assert.match(await attempt('given.pt, { batch: 2 }'), /no option "batch": it takes max_batch/);
  assert.match(await attempt('given.pt, { max_batch: 0 }'), /max_batch = 0: it takes 1 to 65536/);
  assert.match(await attempt('given.pt, { max_batch: "8" }'), /max_batch = "8"/);
});

const SHAPES = {
  'body.0.weight': [5, 3],
  'body.0.bias': [5],
  'body.2.weight': [2, 5],
  'body.2.bias': [2],
};

test('a file without a graph goes into a network of the cell, strictly by names', async () => {
  const { kernel, scope } = await kernelWith({
    right: safetensors(SHAPES),
    shape: safetensors({ ...SHAPES, 'body.2.weight': [2, 7] }),
    transposed: safetensors({ ...SHAPES, 'body.0.weight': [3, 5] }),
    missing: safetensors({ 'body.0.weight': [5, 3], 'body.0.bias': [5], 'body.2.weight': [2, 5] }),
    more: safetensors({ ...SHAPES, 'head.weight': [1] }),
    prefixed: safetensors(
      Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [`module.${name}`, shape])),
    ),
  });
  const works = async (/** @type {string} */ source) => {
    const error = await kernel.run('net', source);
    assert.equal(error, null, error?.message);
  };
  await works(`${NET}\nconst model = make(); model.load(given.right); const kept = model.save();`);
  const weight = scope.model.state_dict()['body.0.weight'];
  assert.deepEqual([...weight.data.slice(0, 3)], [0, Math.fround(Math.sin(1)), Math.fround(Math.sin(2))]);
  const refusals = {
    shape: /body\.2\.weight has shape \(2, 7\) where this model takes \(2, 5\)/,
    transposed: /body\.0\.weight has shape \(3, 5\) where this model takes \(5, 3\): it is transposed/,
    missing: /body\.2\.bias is missing/,
    more: /head\.weight is none of this model's/,
    prefixed: /begin with "module\."/,
  };
  for (const [name, pattern] of Object.entries(refusals)) {
    const error = await kernel.run('load', `// weights\nmodel.load(given.${name});`);
    assert.ok(error, name);
    assert.match(error.message, pattern);
    assert.equal(error.line, 2);
    await works('const now = model.save();');
    assert.deepEqual(scope.now, scope.kept, name);
  }
});

test('a file is null until one is picked; other controls leave it as it is', async () => {
  const { kernel, messages } = await createKernel({ core });
  const error = await kernel.run(
    'a',
    `const seen = [];
     await lab.interact(
       { weights: lab.file({ label: 'Weights', accept: '.safetensors' }), v: lab.slider(0, 9) },
       ({ weights, v }) => { seen.push([weights && weights.bytes.length, weights?.name, v]); },
     );`,
    null,
    // No link brings one.
    { weights: 'a.safetensors', v: 4 },
  );
  assert.equal(error, null, error?.message);
  const shown = messages.find((m) => m.type === 'show' && m.kind === 'controls');
  assert.ok(shown?.type === 'show');
  assert.deepEqual(shown.props.controls.weights, {
    type: 'file',
    label: 'Weights',
    accept: '.safetensors',
    value: null,
  });
  await inTime(
    kernel.input(shown.id, { weights: { name: 'a.safetensors', bytes: new Uint8Array(3) }, v: 4 }),
  );
  await inTime(kernel.input(shown.id, { v: 5 }));
  await inTime(kernel.input(shown.id, { weights: null, v: 5 }));
  assert.deepEqual(kernel.evaluator.scope.seen, [
    [null, undefined, 4],
    [3, 'a.safetensors', 4],
    [3, 'a.safetensors', 5],
    [null, undefined, 5],
  ]);
  await fails(/file has no option "type": it takes label, accept/, 'lab.file({ type: ".npy" })');
});

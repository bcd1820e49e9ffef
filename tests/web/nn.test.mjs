// lab.nn: the course's networks as a notebook writes them, against the core's own; and what a reader may get wrong.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
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

const PREDICTOR = `class Predictor extends lab.nn.Module {
  time_embed = lab.nn.Sequential(lab.nn.Linear(1, 32), lab.nn.ReLU(), lab.nn.Linear(32, 32));
  net = lab.nn.Sequential(
    lab.nn.Linear(34, 128), lab.nn.ReLU(),
    lab.nn.Linear(128, 128), lab.nn.ReLU(),
    lab.nn.Linear(128, 128), lab.nn.ReLU(),
    lab.nn.Linear(128, 2),
  );
  forward(x, t) {
    return this.net(lab.nn.cat([x, this.time_embed(t)], 1));
  }
}`;

const CONDITIONAL = `class Conditional extends lab.nn.Module {
  constructor(classes, hidden = 64) {
    super();
    this.class_embed = lab.nn.Embedding(classes + 1, hidden);
    this.time_embed = lab.nn.Sequential(lab.nn.Linear(1, 32), lab.nn.ReLU(), lab.nn.Linear(32, 32));
    this.net = lab.nn.Sequential(
      lab.nn.Linear(2 + hidden + 32, 2 * hidden), lab.nn.ReLU(),
      lab.nn.Linear(2 * hidden, 2 * hidden), lab.nn.ReLU(),
      lab.nn.Linear(2 * hidden, hidden), lab.nn.ReLU(),
      lab.nn.Linear(hidden, 2),
    );
  }
  forward(x, t, label) {
    const h = lab.nn.cat([x, this.class_embed(label)], 1);
    return this.net(lab.nn.cat([h, this.time_embed(t)], 1));
  }
}`;

const COMPANION = `class Companion extends lab.nn.Module {
  constructor(channels, base, classes = 0) {
    super();
    this.down1 = lab.nn.Conv2d(channels, base, 3, { padding: 1 });
    this.down2 = lab.nn.Conv2d(base, 2 * base, 3, { padding: 1 });
    if (classes) this.class_emb = lab.nn.Embedding(classes + 1, 2 * base);
    this.time_mlp = lab.nn.Linear(1, 2 * base);
    this.up1 = lab.nn.ConvTranspose2d(2 * base, base, 3, { padding: 1 });
    this.up2 = lab.nn.ConvTranspose2d(base, channels, 3, { padding: 1 });
  }
  forward(x, t, label) {
    let h = this.down2(this.down1(x).relu()).relu().add(this.time_mlp(t));
    if (label) h = h.add(this.class_emb(label));
    return this.up2(this.up1(h).relu());
  }
}`;

const UNET = `class Sinusoidal extends lab.nn.Module {
  constructor(dim) { super(); this.dim = dim; }
  forward(t) { return lab.nn.sinusoidal(t, this.dim); }
}
class ResidualBlock extends lab.nn.Module {
  constructor(in_channels, out_channels, time_dim) {
    super();
    this.conv1 = lab.nn.Conv2d(in_channels, out_channels, 3, { padding: 1 });
    this.conv2 = lab.nn.Conv2d(out_channels, out_channels, 3, { padding: 1 });
    this.time_emb = lab.nn.Linear(time_dim, out_channels);
    this.norm1 = lab.nn.GroupNorm(8, out_channels);
    this.norm2 = lab.nn.GroupNorm(8, out_channels);
    this.shortcut = in_channels === out_channels ? lab.nn.Identity() : lab.nn.Conv2d(in_channels, out_channels, 1);
  }
  forward(x, t) {
    let h = this.norm1(this.conv1(x)).relu();
    h = h.add(this.time_emb(t));
    h = this.norm2(this.conv2(h)).relu();
    return h.add(this.shortcut(x));
  }
}
class UNet extends lab.nn.Module {
  constructor(channels = 1, base = 32, time_dim = 128) {
    super();
    this.time_mlp = lab.nn.Sequential(new Sinusoidal(time_dim), lab.nn.Linear(time_dim, 2 * time_dim), lab.nn.ReLU(),
      lab.nn.Linear(2 * time_dim, time_dim));
    this.down1 = new ResidualBlock(channels, base, time_dim);
    this.down2 = new ResidualBlock(base, 2 * base, time_dim);
    this.bottleneck = new ResidualBlock(2 * base, 2 * base, time_dim);
    this.up2 = new ResidualBlock(4 * base, 2 * base, time_dim);
    this.up1 = new ResidualBlock(3 * base, base, time_dim);
    this.out_conv = lab.nn.Conv2d(base, channels, 1);
    this.pool = lab.nn.MaxPool2d(2);
    this.up = lab.nn.Upsample({ mode: 'bilinear' });
  }
  forward(x, t) {
    t = this.time_mlp(t);
    const d1 = this.down1(x, t), d2 = this.down2(this.pool(d1), t);
    let h = this.bottleneck(this.pool(d2), t);
    h = this.up2(lab.nn.cat([this.up(h), d2], 1), t);
    h = this.up1(lab.nn.cat([this.up(h), d1], 1), t);
    return this.out_conv(h);
  }
}`;

/** What two models make of the same, and of a training step. */
const COMPARE = `const compared = [];
for (const make of [core_made, reader_made]) {
  lab.seed(42);
  const model = make();
  const x = lab.randn([3, ...model.sample_shape]), labels = model.n_classes ? [0, 2, 1] : null;
  const t = model.takes_fraction ? lab.rand([3]) : lab.full([3], 7);
  const eps = model.forward(x, t, labels);
  model.backward(eps);
  const weights = model.state_dict(), gradients = model.gradients();
  const schedule = lab.schedule('linear', { T: 20 });
  const trainer = lab.Trainer({ model, schedule, data: x, labels, batch_size: 3 });
  const { loss } = trainer.step();
  compared.push({ model, eps, weights, gradients, loss, after: model.state_dict() });
}`;

/** The core's name and sizes; the class, the module and its inputs as a reader has them. @type {[string, string, string, string, string][]} */
const COURSE = [
  ['SimpleNoisePredictor', '{}', PREDICTOR, 'new Predictor()', "{ x: [2], t: 'fraction' }"],
  [
    'ConditionalDiffusion',
    '{ hidden_dim: 16 }',
    CONDITIONAL,
    'new Conditional(3, 16)',
    "{ x: [2], t: 'fraction', label: { classes: 3 } }",
  ],
  [
    'SimpleUNet',
    '{ in_channels: 1, base_channels: 4, image_size: 6 }',
    COMPANION,
    'new Companion(1, 4)',
    "{ x: [1, 6, 6], t: 'timestep' }",
  ],
  [
    'ConditionalUNet',
    '{ in_channels: 3, base_channels: 4, image_size: 6, n_classes: 5 }',
    COMPANION,
    'new Companion(3, 4, 5)',
    "{ x: [3, 6, 6], t: 'timestep', label: { classes: 5 } }",
  ],
  [
    'MiniUNet',
    '{ base_channels: 8, time_dim: 16, image_size: 16 }',
    UNET,
    'new UNet(1, 8, 16)',
    "{ x: [1, 16, 16], t: 'timestep' }",
  ],
];

/** @param {Record<string, import('../../web/kernel/tensor.js').Tensor>} tensors */
const numbersOf = (tensors) =>
  Object.entries(tensors).map(([name, { shape, data }]) => ({ name, shape, data }));

for (const [name, sizes, source, module, inputs] of COURSE)
  test(`${name}, written with lab.nn: the same weights, outputs, gradients and step, bit for bit`, async () => {
    const { scope } = await run(
      source,
      `const core_made = () => lab.${name}(${sizes}), reader_made = () => lab.model(${module}, ${inputs});`,
      COMPARE,
    );
    const [a, b] = scope.compared;
    assert.equal(b.model.kind, 'network');
    assert.deepEqual(Object.keys(b.weights), Object.keys(a.weights));
    for (const part of ['weights', 'gradients', 'after'])
      assert.deepEqual(numbersOf(b[part]), numbersOf(a[part]), part);
    assert.notDeepEqual(numbersOf(b.weights), numbersOf(b.after));
    assert.ok(b.eps.equals(a.eps));
    assert.equal(b.loss, a.loss);
    assert.deepEqual(b.model.sample_shape, a.model.sample_shape);
  });

/** A cell that makes a network of `fields` and `forward`. @param {string} fields @param {string} forward @param {string} [inputs] */
const network = (fields, forward, inputs = "{ x: [4], t: 'fraction' }") =>
  `class Net extends lab.nn.Module { ${fields} forward(x, t, label) { ${forward} } }\nconst model = lab.model(new Net(), ${inputs});`;

test('what a reader gets wrong is said in a sentence that names the layer', async () => {
  const net = 'net = lab.nn.Linear(4, 4);';
  /** @type {[RegExp, string][]} */
  const wrong = [
    [
      /^net: Linear\(in_features=5 out_features=4\) was given \(4\): it takes \(5\) or \(tokens, 5\)$/,
      network('net = lab.nn.Linear(5, 4);', 'return this.net(x);'),
    ],
    [
      /^net\.2: Linear\(in_features=9 .*was given \(8\)/,
      network(
        'net = lab.nn.Sequential(lab.nn.Linear(4, 8), lab.nn.ReLU(), lab.nn.Linear(9, 4));',
        'return this.net(x);',
      ),
    ],
    [
      /^blocks\.1\.fc: Linear/,
      network(
        'blocks = lab.nn.ModuleList([new Block(4), new Block(5)]);',
        'for (const block of this.blocks) x = block(x); return x;',
      ).replace(
        'class Net',
        'class Block extends lab.nn.Module { constructor(n) { super(); this.fc = lab.nn.Linear(n, n); } forward(x) { return this.fc(x); } }\nclass Net',
      ),
    ],
    [/Linear.*out_features/, 'lab.nn.Linear(4)'],
    [/Linear.*in_features = 0/, 'lab.nn.Linear(0, 4)'],
    [/Linear: out_features = "8": it takes a number/, 'lab.nn.Linear(4, "8")'],
    [
      /Linear has no option "biass": it takes in_features, out_features, bias/,
      'lab.nn.Linear(4, 4, { biass: false })',
    ],
    [/Linear: 4 settings, where it takes in_features, out_features, bias/, 'lab.nn.Linear(1, 2, 3, 4)'],
    [/Linear: in_features is given twice/, 'lab.nn.Linear(1, 2, { in_features: 3 })'],
    [/Net: the forward of Net returns nothing/, network(net, 'this.net(x);')],
    [
      /Net: the forward of Net returns a promise/,
      network(net, 'return this.net(x);').replace('forward', 'async forward'),
    ],
    [/the forward of Net returns 5: it takes a value/, network(net, 'return 5;')],
    [/the forward of Net returns no values/, network(net, 'return {};')],
    [/Net has no forward/, 'class Net extends lab.nn.Module {}\nlab.model(new Net(), { x: [2] })'],
    [/unused/, network(`${net} unused = lab.nn.Linear(4, 4);`, 'return this.net(x);')],
    [
      /"a" and "b" are the same Linear: a module has one name/,
      network(
        'constructor() { super(); this.a = lab.nn.Linear(4, 4); this.b = this.a; }',
        'return this.a(x);',
      ),
    ],
    [
      /"a\.b": this Net is inside itself/,
      network('constructor() { super(); this.a = lab.nn.ModuleList(); this.a.b = this; }', 'return x;'),
    ],
    [/the forward of Net calls itself/, network(net, 'return this(x);')],
    [
      /Net: "layers" is a plain list of modules/,
      network('layers = [lab.nn.Linear(4, 4)];', 'return this.layers[0](x);'),
    ],
    [/Linear is not part of Net: keep it in a field/, network('', 'return lab.nn.Linear(4, 4)(x);')],
    [/Linear is called outside of a network/, 'lab.nn.Linear(2, 2)(lab.zeros([1, 2]))'],
    [/add is called outside of the forward/, 'lab.nn.add(1, 2)'],
    [/net takes values.*not a Tensor/, network(net, 'return this.net(lab.zeros([1, 4]));')],
    [/^net: 0 values where Linear takes 1/, network(net, 'return this.net();')],
    [/^net: 2 values where Linear takes 1/, network(net, 'return this.net(x, x);')],
    [
      /a value of another network/,
      `let kept;\n${network(net, 'kept ??= x; return this.net(kept);')}\nlab.model(new Net(), { x: [4] })`,
    ],
    [
      /called outside of the forward/,
      `let kept;\n${network(net, 'kept = x; return this.net(x);')}\nkept.relu()`,
    ],
    [
      /a network is made inside the forward of another/,
      network(net, 'lab.model(new Net(), { x: [4] }); return this.net(x);'),
    ],
    [/Sequential takes modules, got "relu" in place 1/, "lab.nn.Sequential(lab.nn.ReLU(), 'relu')"],
    [
      /a ModuleList has no forward/,
      network('list = lab.nn.ModuleList(lab.nn.ReLU());', 'return this.list(x);'),
    ],
    [/Net is a class: write new Net\(\)/, 'class Net extends lab.nn.Module {}\nlab.model(Net, { x: [2] })'],
    [/module must be one of a class that extends lab.nn.Module/, 'lab.model({}, { x: [2] })'],
    [/x is missing/, "lab.model(lab.nn.ReLU(), { t: 'fraction' })"],
    [/input t = "time": it takes 'fraction'/, "lab.model(lab.nn.ReLU(), { x: [2], t: 'time' })"],
    [/input x = \[4,8\]: say which numbers they are/, 'lab.model(lab.nn.ReLU(), { x: [4, 8] })'],
    [/input x, a size = 0/, 'lab.model(lab.nn.ReLU(), { x: [0] })'],
    [
      /axes = "words": it takes features, tokens/,
      "lab.model(lab.nn.ReLU(), { x: { shape: [4, 8], axes: 'words' } })",
    ],
    [/classes = undefined/, 'lab.model(lab.nn.ReLU(), { x: [2], label: {} })'],
    [
      /emb: 3 rows for 3 classes: it takes 4/,
      network(
        'emb = lab.nn.Embedding(3, 4);',
        'return x.add(this.emb(label));',
        "{ x: [4], t: 'fraction', label: { classes: 3 } }",
      ),
    ],
    [
      /emb: Embedding takes labels or tokens as they come in/,
      network('emb = lab.nn.Embedding(3, 4);', 'return x.add(this.emb(t));'),
    ],
    [
      /no option "batch": it takes max_batch, generator/,
      'lab.model(lab.nn.ReLU(), { x: [2] }, { batch: 3 })',
    ],
    [
      /max_batch = 0: it takes 1 to 65536/,
      network(net, 'return this.net(x);', '{ x: [4] }, { max_batch: 0 }'),
    ],
    [
      /(p\.2|pool): MaxPool2d.*was given \(1, 1, 1\)/,
      network(
        'p = lab.nn.Sequential(lab.nn.MaxPool2d(2), lab.nn.MaxPool2d(2), lab.nn.MaxPool2d(2));',
        'return this.p(x);',
        '{ x: [1, 4, 4] }',
      ),
    ],
    [
      /at most 4096 layers/,
      network(
        'net = lab.nn.Sequential(Array.from({ length: 20_000 }, () => lab.nn.ReLU()));',
        'return this.net(x);',
      ),
    ],
    [
      /not enough memory/,
      network('net = lab.nn.Linear(1_000_000, 1_000_000);', 'return this.net(x);', '{ x: [1_000_000] }'),
    ],
    [/"größe" is no name for a module/, network('größe = lab.nn.Linear(4, 4);', 'return this.größe(x);')],
    [/cat: dim = 2: a value of shape \[-1,4\] takes 1 to 1/, network(net, 'return lab.nn.cat([x, x], 2);')],
    [/cat takes a list of values/, network(net, 'return lab.nn.cat(x, 1);')],
    [/reshape takes the batch as -1/, network(net, 'return x.reshape(4);')],
    [/reshape.*was given \(4\): it takes as many numbers/, network(net, 'return x.reshape(-1, 5);')],
    [/chunk: 0 parts: it takes 1 or more/, network(net, 'return x.chunk(0, 1)[0];')],
    [/narrow: dim = undefined: a value of shape \[-1,4\] takes 1 to 1/, network(net, 'return x.narrow();')],
    [/narrow.*start=3 length=2.*was given \(4\)/, network(net, 'return x.narrow(1, 3, 2);')],
    [/mean.*was given \(4\): it takes \(tokens, features\) for 1/, network(net, 'return x.mean(1);')],
    [
      /patchify\(patch_size=3\) was given \(1, 4, 4\): it takes .* multiples of 3/,
      network('', 'return x.patchify(3);', '{ x: [1, 4, 4] }'),
    ],
    [
      /attention_weights.*num_heads=2.* was given \(3, 4\), \(3, 4\)/,
      network(
        '',
        'return lab.nn.scaled_dot_product_attention(x, x, x, { num_heads: 2 });',
        "{ x: { shape: [3, 4], axes: 'tokens' } }",
      ),
    ],
    [
      /scaled_dot_product_attention has no option "heads": it takes num_heads, mask/,
      network('', 'return lab.nn.scaled_dot_product_attention(x, x, x, { heads: 2 });'),
    ],
    [/Parameter: a tensor of shape \[2,3,4\]: it takes/, 'lab.nn.Parameter(lab.zeros([2, 3, 4]))'],
    [/Parameter without size_1/, 'lab.nn.Parameter()'],
  ];
  for (const [pattern, source] of wrong) await fails(pattern, source);
  // The kernel goes on: a network that fails leaves nothing behind.
  const objects = core.memory.bridge.objects;
  await fails(/was given/, network('net = lab.nn.Linear(5, 4);', 'return this.net(x);'));
  assert.equal(core.memory.bridge.objects - objects, 2, 'the two generators of a new kernel');
});

test('an error stands at the line of the cell that made it', async () => {
  const { kernel } = await run('');
  const deep = `const { nn } = lab;
class Inner extends nn.Module {
  fc = nn.Linear(3, 3);
  forward(x) {
    return this.fc(x);
  }
}
class Outer extends nn.Module {
  net = nn.Sequential(nn.Sequential(nn.Sequential(nn.Sequential(nn.ReLU(), new Inner()))));
  forward(x) {
    return this.net(x);
  }
}
lab.model(new Outer(), { x: [4] });`;
  assert.equal((await kernel.run('deep', deep))?.line, 5);
  assert.equal((await kernel.run('made', 'const a = 1;\nlab.nn.Linear(a, 0);'))?.line, 2);
  const shape = network(
    'net = lab.nn.Sequential(lab.nn.ReLU(), lab.nn.Linear(3, 3));',
    '\nreturn this.net(x);',
  );
  assert.equal((await kernel.run('shape', shape))?.line, 2);
});

test('how long it takes to build a MiniUNet', async () => {
  const { scope } = await run(
    UNET,
    `const start = performance.now();
     const model = lab.model(new UNet(), { x: [1, 32, 32], t: 'timestep' }, { max_batch: 1 });
     const ms = performance.now() - start;`,
  );
  assert.equal(scope.model.n_parameters, 400_033);
  console.log(`# MiniUNet(32) of lab.nn: ${scope.ms.toFixed(0)} ms, tracing, layout and initial weights`);
});

test('modules are printed as PyTorch prints them', async () => {
  const { scope, messages } = await run(
    PREDICTOR,
    `const text = String(new Predictor());
     lab.print(new Predictor());
     const list = lab.nn.ModuleList([lab.nn.ReLU(), lab.nn.Linear(2, 3, { bias: false })]);
     const length = list.append(lab.nn.Identity()).length, kinds = [...list].map(String);
     const again = new lab.nn.Linear(2, 3) instanceof lab.nn.Linear;`,
  );
  assert.match(
    scope.text,
    /^Predictor\(\n {2}\(time_embed\): Sequential\(\n {4}\(0\): Linear\(in_features=1, out_features=32\)\n/,
  );
  assert.ok(JSON.stringify(messages).includes(JSON.stringify(scope.text).slice(1, -1)));
  assert.equal(scope.length, 3);
  assert.deepEqual(scope.kinds, ['ReLU()', 'Linear(in_features=2, out_features=3, bias=0)', 'Identity()']);
  assert.ok(scope.again);
});

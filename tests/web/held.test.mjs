/** Figures that a reader takes hold of: what they refuse, what they compute, and how code gets their values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convolved } from '../../web/figures/convolution.js';
import { betasOf, curveOf, moved, placesOf, pointsOf, roomOf } from '../../web/figures/parts/falling.js';
import { graphDrawing } from '../../web/figures/parts/graph.js';
import { decadesOf, namesBeside, weightsOf } from '../../web/figures/weight_curve.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** @param {string} source */
async function run(source) {
  const { kernel, messages } = await createKernel({ core });
  const error = await kernel.run('c', source);
  const shown = messages.flatMap((m) => (m.type === 'show' ? [m] : []));
  return { kernel, messages, shown, error: error?.message ?? '' };
}

/** Numbers from 0 to 1, always the same. */
function numbers() {
  let state = 1;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

test('wherever its points are moved, alpha_bar falls at every step, and every beta lies between 0 and 1', () => {
  const next = numbers();
  for (const T of [2, 3, 9, 10, 57, 1000, 10_000])
    for (let run = 0; run < 60; run++) {
      let points = pointsOf(Array.from({ length: T }, (_, t) => 1 - t / T));
      for (let i = 0; i < 12; i++)
        points = moved(points, Math.floor(next() * points.length), 1.4 * next() - 0.2);
      const alpha_bar = curveOf(points, T);
      assert.ok(
        betasOf(alpha_bar).every((beta) => beta > 0 && beta < 1),
        `T = ${T}, points ${points}`,
      );
      for (const [j, t] of placesOf(T).entries())
        assert.ok(Math.abs(alpha_bar[t] - points[j]) < 1e-12, 'it goes through its points');
    }
});

test('a point that is moved pushes others no further than it must, and ends where it was put', () => {
  const points = [0.9999, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.01, 1e-5];
  const down = moved(points, 3, 0.15);
  assert.deepEqual(down.slice(0, 4), [0.9999, 0.8, 0.6, 0.15]);
  assert.ok(down[4] < 0.15 && down[4] > 0.149);
  assert.deepEqual(down.slice(5), points.slice(5));
  const up = moved(points, 3, 0.7);
  assert.ok(up[2] > 0.7 && up[2] < 0.704);
  assert.deepEqual([up[1], ...up.slice(4)], [0.8, ...points.slice(4)]);
  for (const to of [-5, 5]) {
    const [low, high] = roomOf(3, 9);
    assert.equal(moved(points, 3, to)[3], to < 0 ? low : high);
  }
});

test("the core's schedules go through nine points nearly as they are, and the core takes the curve's betas", async () => {
  const { shown, messages, error } =
    await run(`for (const name of ['linear', 'cosine', 'quadratic', 'exponential']) {
      const { alpha_bar } = lab.schedule(name);
      const figure = lab.schedule_curve({ curves: { [name]: alpha_bar } });
      await lab.interact(figure, ({ beta, alpha_bar: mine }) => {
        const far = Math.max(...mine.map((a, t) => Math.abs(a - alpha_bar[t])));
        const core = lab.schedule({ beta });
        lab.print(far < 3e-3 && mine.every((a, t) => Math.abs(a - core.alpha_bar[t]) < 1e-5));
      });
    }`);
  assert.equal(error, '');
  assert.equal(shown.filter(({ kind }) => kind === 'schedule_curve').length, 4);
  const said = messages.flatMap((m) => (m.type === 'update' && 'text' in m.props ? [m.props.text] : []));
  assert.deepEqual(said, ['true', 'true', 'true', 'true']);
});

test('code has the values of a figure, at first and whenever they move, and shows what it makes of them below it', async () => {
  const { kernel, messages, shown, error } = await run(`
    const curve = lab.schedule_curve({ curves: { linear: lab.schedule('linear', { T: 50 }).alpha_bar } });
    await lab.interact(curve, ({ beta, alpha_bar }) => lab.table([{ steps: beta.length, end: alpha_bar.at(-1) }]));`);
  assert.equal(error, '');
  const [figure, table] = shown;
  assert.deepEqual([figure.target, table.target], ['c', figure.id]);
  assert.equal(table.props.rows[0].steps, 50);
  await kernel.input(figure.id, { beta: [0.5, 0.5], alpha_bar: [0.5, 0.25] });
  const last = messages.filter((m) => m.type === 'update').at(-1);
  assert.ok(last?.type === 'update');
  assert.deepEqual([last.id, last.props.rows], [table.id, [{ steps: 2, end: 0.25 }]]);
});

test('weights go through their points, stay on the curve that they start from, and pass over in decades between', () => {
  const base = Array.from({ length: 801 }, (_, t) => 1 + t / 10);
  const points = placesOf(801).map((t) => Math.log10(base[t]));
  const same = weightsOf(base, points);
  assert.ok(same.every((w, t) => Math.abs(w - base[t]) < 1e-9 * base[t]));
  points[3] += 2;
  const mine = weightsOf(base, points);
  for (const t of [0, 100, 200, 400, 500, 800]) assert.ok(Math.abs(mine[t] / base[t] - 1) < 1e-9, `${t}`);
  assert.ok(Math.abs(mine[300] / base[300] - 100) < 1e-6);
  assert.ok(Math.abs(mine[250] / base[250] - 10) < 1e-6, 'half the way is half the decades');
  assert.deepEqual(decadesOf({ curves: { a: [0.2, 3], b: [30, 20] } }), [-2, 3]);
  assert.deepEqual(decadesOf({ curves: { a: [1, 1] } }), [-1, 1]);
});

test('names of weights stand beside no line and no other name', () => {
  const flat = Array.from({ length: 100 }, () => 0);
  const rising = flat.map((_, t) => (t - 50) / 10);
  const [a, b] = namesBeside(
    [
      { name: 'flat', line: flat },
      { name: 'rising', line: rising },
    ],
    [-5, 5],
  );
  // Far from where they cross.
  assert.ok(Math.abs(rising[a.at]) > 2 && Math.abs(rising[b.at]) > 2, `${a.at}, ${b.at}`);
  const [one, two] = namesBeside(
    [
      { name: 'one', line: flat },
      { name: 'two', line: flat },
    ],
    [-5, 5],
  );
  assert.ok(one.at !== two.at || one.below !== two.below);
});

test('a weight curve hands its weights to code, exactly as they were given, and the trainer takes them', async () => {
  const { kernel, messages, error } = await run(`
    const curves = { mine: [0.5, 0.25, 3], other: lab.full([3], 1) };
    const curve = lab.weight_curve({ title: 'w', curves });
    await lab.interact(curve, ({ weight }) => {
      const parts = { model: lab.SimpleNoisePredictor(), schedule: lab.schedule('cosine', { T: 3 }), data: lab.zeros([4, 2]) };
      lab.Trainer({ ...parts, loss_weight: weight }).step();
      lab.print(weight.join());
    });`);
  assert.equal(error, '');
  const said = () =>
    messages.flatMap((m) => ('props' in m && 'text' in m.props ? [m.props.text] : [])).at(-1);
  assert.equal(said(), '0.5,0.25,3');
  const figure = messages.find((m) => m.type === 'show' && m.kind === 'weight_curve');
  assert.ok(figure?.type === 'show');
  await kernel.input(figure.id, { weight: [1, 2, 3] });
  assert.equal(said(), '1,2,3');
});

test('a convolution is the sum of nine products at every place, with zeros beyond the border', () => {
  const image = { shape: [1, 1, 2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) };
  const right = convolved(image, [0, 0, 0, 0, 0, 1, 0, 0, 0]);
  assert.deepEqual([...right], [2, 3, 0, 5, 6, 0]);
  assert.deepEqual([...convolved(image, [0, 2, 0, 0, 1, 0, 0, 0, 0])], [1, 2, 3, 6, 9, 12]);
  assert.deepEqual([...convolved(image, Array(9).fill(1))], [12, 21, 16, 12, 21, 16]);
});

test("it is what the core's convolution gives", async () => {
  const { shown, error } = await run(`class Net extends lab.nn.Module {
      constructor() { super(); this.conv = lab.nn.Conv2d(1, 1, 3, { padding: 1 }); }
      forward(x) { return this.conv(x); }
    }
    const net = lab.model(new Net(), { x: [1, 6, 8] });
    const { 'conv.weight': weight, 'conv.bias': bias } = net.state_dict();
    const x = lab.randn([1, 1, 6, 8]);
    lab.convolution({ image: x, kernel: weight.data });
    lab.table([{ y: Array.from(net.forward(x).data, (v) => v - bias.at(0)) }]);`);
  assert.equal(error, '');
  const { image, kernel } = shown[0].props;
  const core = shown[1].props.rows[0].y;
  for (const [i, y] of convolved(image, kernel).entries()) assert.ok(Math.abs(y - core[i]) < 1e-5);
});

test('its weights go to code: those it starts with, by name or as numbers', async () => {
  const { shown, error } = await run(`const image = lab.zeros([4, 4]);
    await lab.interact(lab.convolution({ image, kernel: 'blur' }), ({ kernel }) => lab.table([{ kernel }]));
    await lab.interact(lab.convolution({ image, kernels: { a: [1, 2, 3, 4, 5, 6, 7, 8, 9] } }), ({ kernel }) => lab.table([{ kernel }]));`);
  assert.equal(error, '');
  const kernels = shown.flatMap(({ kind, props }) => (kind === 'table' ? [props.rows[0].kernel] : []));
  assert.equal(kernels[0][4], 0.25);
  assert.deepEqual(kernels[1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('strips carry every frame of points and of pictures, each row with its range', async () => {
  const { shown, error } = await run(`const labels = ['a', 'b', 'c'];
    lab.strip({ labels, panels: [
      { title: 'x_t', frames: labels.map(() => lab.rand([2, 1, 4, 6])), range: [-1, 2] },
      { title: 'x_0', frames: labels.map((_, i) => lab.full([2, 1, 4, 6], i)) },
    ] });
    lab.strip({ labels, range: [-2, 2], panels: [{ title: 'p', frames: labels.map(() => lab.zeros([5, 2])), color: 'eps' }] })`);
  assert.equal(error, '');
  const [x_t, x_0] = shown[0].props.panels;
  assert.deepEqual(
    [x_t.frames[2].images.shape, x_t.frames[2].range],
    [
      [2, 1, 4, 6],
      [-1, 2],
    ],
  );
  assert.deepEqual([x_0.frames[2].images.data[0], x_0.frames[2].range], [2, [0, 1]]);
  assert.deepEqual([shown[1].props.range, shown[1].props.panels[0].frames.length], [[-2, 2], 3]);
});

test('the boxes of a MiniUNet show what the kernel computes, and follow t', async () => {
  const { shown, messages, error } = await run(`
    const model = lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 1, generator: lab.generator(1) });
    const x = lab.randn([1, 1, 16, 16], { generator: lab.generator(2) });
    const figure = lab.network(model, { x, t: 100 });
    lab.table([{ down2: Array.from(model.activations(x, 100, 'down2').data), eps: Array.from(model.forward(x, 100).data) }]);
    await lab.tick();
    figure.update({ t: 900 });
    lab.table([{ up1: Array.from(model.activations(x, 900, 'up1').data) }]);`);
  assert.equal(error, '');
  const [figure, first, second] = shown;
  const { values } = figure.props;
  assert.deepEqual(Object.keys(values), ['x_t', 'down1', 'down2', 'bottleneck', 'up2', 'up1', 'ε']);
  assert.deepEqual(
    [values.down2.shape, values.down2.of, values.ε.shape],
    [
      [4, 8, 8],
      [16, 8, 8],
      [1, 16, 16],
    ],
  );
  const { down2, eps } = first.props.rows[0];
  // Channels 0, 4, 8 and 12 of 16.
  for (const [i, c] of [0, 4, 8, 12].entries())
    assert.deepEqual([...values.down2.data.slice(64 * i, 64 * i + 64)], down2.slice(64 * c, 64 * c + 64));
  assert.deepEqual([...values.ε.data], eps);
  const update = messages.find((m) => m.type === 'update' && m.id === figure.id);
  assert.ok(update?.type === 'update');
  assert.deepEqual([...update.props.values.up1.data.slice(0, 256)], second.props.rows[0].up1.slice(0, 256));
});

test('looking into a network leaves its generator and its weights as they were', async () => {
  const { shown, error } = await run(`class Net extends lab.nn.Module {
      constructor() { super(); this.fc = lab.nn.Linear(2, 8); this.drop = lab.nn.Dropout(0.5); this.last = lab.nn.Linear(8, 2); }
      forward(x) { return this.last(this.drop(this.fc(x))); }
    }
    lab.seed(3);
    const net = lab.model(new Net(), { x: [2] });
    const state = lab.get_rng_state();
    lab.network(net, { x: lab.zeros([1, 2]) });
    lab.table([{ same: lab.get_rng_state().every((v, i) => v === state[i]), training: net.training }]);`);
  assert.equal(error, '');
  assert.deepEqual(Object.keys(shown[0].props.values), [
    'x',
    'fc',
    'drop',
    'last',
    shown[0].props.nodes.at(-1).name,
  ]);
  assert.deepEqual(shown[1].props.rows, [{ same: true, training: true }]);
});

test('in the drawing of any network, boxes with pictures are higher, and all of them have their place', () => {
  const node = (/** @type {string} */ name, /** @type {number[]} */ from, shape = [3, 8, 8]) => ({
    name,
    of: 'Conv2d',
    shape,
    side: false,
    from,
  });
  const nodes = [node('x', []), node('a', [0]), node('v', [1], [5])];
  const values = { a: {}, v: {} };
  const css = (/** @type {string} */ name) => name;
  const plain = graphDrawing({ nodes }, css, 720);
  const seen = graphDrawing({ nodes, values }, css, 720, {
    a: ['data:1', 'data:2', 'data:3'],
    v: ['data:4'],
  });
  assert.equal(seen.height - plain.height, 72);
  const images = seen.parts.join('').match(/<image [^>]*>/g) ?? [];
  assert.equal(images.length, 4);
  const y = images.map((text) => Number(/ y="([\d.]+)"/.exec(text)?.[1]));
  assert.ok(y[0] > 66 && y[0] < 136 && y[3] > 156 && y[3] < 226, `${y}`);
});

test('a figure that hands out nothing is no control', async () => {
  const { error } = await run('await lab.interact(lab.scatter({ sets: [] }), () => {})');
  assert.match(error, /^this figure hands out no values: those with a curve to drag do/);
});

for (const [source, says] of /** @type {[string, RegExp][]} */ ([
  ['lab.schedule_curve({})', /curves must be lists of alpha_bar by their names, got undefined/],
  ['lab.schedule_curve({ curves: {} })', /curves must name at least one list/],
  ['lab.schedule_curve({ curves: [0.9, 0.5] })', /curves must be lists .*, got a list of 2/],
  ['lab.schedule_curve({ curves: { a: [0.9] } })', /the curve a must have 2 to 10000 numbers, got 1/],
  ['lab.schedule_curve({ curves: { a: [0.5, 0.6] } })', /the curve a .* never rises, but at t = 1 it is 0.6/],
  ['lab.schedule_curve({ curves: { a: [0.5, 0] } })', /at t = 1 it is 0/],
  ['lab.schedule_curve({ curves: { a: [0.5, NaN] } })', /at t = 1 it is NaN/],
  ['lab.schedule_curve({ curves: { a: [1.5, 0.1] } })', /at t = 0 it is 1.5/],
  ['lab.schedule_curve({ curves: { a: [0.5, 0.1], b: [0.5, 0.4, 0.1] } })', /as many timesteps: got 2 and 3/],
  ['lab.schedule_curve({ curves: { a: [0.5, 0.1] }, at: [2] })', /whole numbers from 0 to 1, got 2/],
  ['lab.schedule_curve({ curves: { a: [0.5, 0.1] }, at: [] })', /at must name 1 to 8 timesteps, got 0/],
  [
    'lab.schedule_curve({ curves: { a: [0.5, 0.1] }, x_0: lab.zeros([5, 2]) })',
    /one shape, got .*5,2\] and undefined/,
  ],
  [
    'lab.schedule_curve({ curves: { a: [0.5, 0.1] }, x_0: lab.zeros([3, 1, 4, 4]), eps: lab.zeros([3, 1, 4, 4]) })',
    /x_0 must be points \[n, 2\] or one picture, got 3 pictures/,
  ],
  ['lab.weight_curve({})', /curves must be lists of weights by their names, got undefined/],
  [
    'lab.weight_curve({ curves: { a: [1, 0] } })',
    /the curve a must be weights from 0.000001 to 1000000, but at t = 1 it is 0/,
  ],
  ['lab.weight_curve({ curves: { a: [1, NaN] } })', /but at t = 1 it is NaN/],
  ['lab.weight_curve({ curves: { a: [1, 2], b: [1, 2, 3] } })', /as many timesteps: got 2 and 3/],
  [
    'lab.weight_curve({ curves: { a: [1, 2] }, x_0: 1 })',
    /weight_curve knows no x_0: it takes title, curves/,
  ],
  ['lab.convolution({})', /image must be a tensor of shape/],
  [
    'lab.convolution({ image: lab.zeros([2, 1, 4, 4]) })',
    /one grey picture .*, got a tensor of shape \[2,1,4,4\]/,
  ],
  ['lab.convolution({ image: lab.zeros([1, 3, 4, 4]) })', /one grey picture/],
  ['lab.convolution({ image: lab.zeros([4, 200]) })', /at most 128 pixels a side, got 4 by 200/],
  [
    'lab.convolution({ image: lab.zeros([4, 4]), kernel: [1, 2] })',
    /kernel must be nine numbers, row by row, got a list of 2/,
  ],
  [
    'lab.convolution({ image: lab.zeros([4, 4]), kernel: [0, 0, 0, 0, NaN, 0, 0, 0, 0] })',
    /kernel must be nine numbers/,
  ],
  [
    'lab.convolution({ image: lab.zeros([4, 4]), kernel: "edge" })',
    /nine numbers or one of identity, left edge.*, got "edge"/,
  ],
  ['lab.convolution({ image: lab.zeros([4, 4]), kernels: {} })', /at least one list of nine weights/],
  ['lab.convolution({ image: lab.zeros([4, 4]), kernels: { a: [1] } })', /the kernel a must be nine numbers/],
  ['lab.convolution({ image: lab.zeros([4, 4]), at: [4, 0] })', /rows 0 to 3, columns 0 to 3, got \[4, 0\]/],
  ['lab.strip({ panels: [] })', /strip needs labels, one a frame/],
  ['lab.strip({ labels: ["a"] })', /strip needs panels/],
  [
    'lab.strip({ labels: ["a"], panels: [{ title: "p", frames: [lab.zeros([2, 2]), lab.zeros([2, 2])] }] })',
    /a label for each frame, got 1 labels for 2 frames/,
  ],
  [
    'lab.strip({ labels: ["a"], panels: [{ title: "p", frames: [5] }] })',
    /a frame must be a tensor of shape \[n, 2\]/,
  ],
  [
    'lab.strip({ labels: ["a"], panels: [{ title: "p", frames: [lab.zeros([2, 2])], range: [2, 1] }] })',
    /range must be two numbers/,
  ],
  [
    'const x = lab.zeros([1, 1, 2048, 2049]); lab.strip({ labels: ["1", "2", "3", "4"], panels: [{ title: "p", frames: [x, x, x, x] }] })',
    /at most 16777216 numbers in all its frames, got 16785408/,
  ],
  [
    'lab.network(lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 1 }), { t: 5 })',
    /takes t together with x/,
  ],
  [
    'lab.network(lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 2 }), { x: lab.zeros([2, 1, 16, 16]), t: 5 })',
    /one sample: x must be a tensor of shape \[1, 1, 16, 16\], got a tensor of shape \[2,1,16,16\]/,
  ],
  [
    'lab.network(lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 1 }), { x: lab.zeros([1, 1, 16, 16]), t: -5 })',
    /t = -5: mini-unet takes the timestep, 0 or more/,
  ],
  ['lab.schedule_curve({ curve: {} })', /schedule_curve knows no curve: it takes title, curves/],
]))
  test(`refused: ${source}`, async () => assert.match((await run(source)).error, says));

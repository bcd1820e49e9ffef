/** The studio's samples: each method's row is what lab's sampler gives, and pictures from a drawing keep what they must. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Model } from '../../web/kernel/core/model.js';
import { Rng } from '../../web/kernel/core/random.js';
import { Cancelled, methodsFor, momentsOf, sampleRows } from '../../web/kernel/studio/sampling.js';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

const NETWORK = `class Net extends lab.nn.Module {
  time = lab.nn.Linear(1, 8);
  label = lab.nn.Embedding(3, 8);
  net = lab.nn.Sequential(lab.nn.Linear(12, 16), lab.nn.SiLU(), lab.nn.Linear(16, 4));
  forward(x, t, y) { return this.net(lab.nn.cat([x, this.time(t).add(this.label(y))], 1)); }
}
lab.seed(5);
const model = lab.model(new Net(), { x: [4], t: 'fraction', label: { classes: 2 } });`;

/** A little network that has learned a little. @param {string} objective */
async function trained(objective) {
  const { scope } = await runCells(
    { core },
    `${NETWORK}
     const schedule = ${objective === 'flow' ? 'null' : "lab.schedule('linear', { T: 40 })"};
     const data = lab.randn([30, 4]).mul(0.3);
     const labels = Array.from({ length: 30 }, (_, i) => i % 2);
     const trainer = lab.Trainer({ model, ...(schedule && { schedule }), data, labels, label_dropout: 0.1, objective: '${objective}' });
     for (let i = 0; i < 30; i++) trainer.step();`,
  );
  return { scope, parts: { core, model: scope.model, schedule: scope.schedule } };
}

const PACE = { tick: () => {} };

/** @param {Parameters<typeof sampleRows>[0]} parts @param {Parameters<typeof sampleRows>[1]} wanted @param {Parameters<typeof sampleRows>[2]} [pace] */
async function rowsOf(parts, wanted, pace = PACE) {
  const rows = [];
  for await (const row of sampleRows(parts, wanted, pace)) rows.push(row);
  return rows;
}

for (const objective of ['eps', 'v', 'flow'])
  test(`every method of the table, ${objective}: lab's own bits, from the same noise`, async () => {
    const { scope, parts } = await trained(objective);
    const methods = methodsFor(core.api, objective);
    assert.deepEqual(
      methods.map(({ flow }) => flow),
      methods.map(() => objective === 'flow'),
    );
    assert.ok(methods.length >= 2);
    const labels = [0, 1, 0, 1, 1];
    const rows = await rowsOf(parts, {
      rows: methods.map(({ name }) => ({ method: name, steps: 10, eta: 0.5 })),
      count: 5,
      seed: 9,
      labels,
      guidance_scale: 2,
    });
    for (const [i, { identifier, takes_eta, evaluations }] of methods.entries()) {
      const row = rows[i];
      assert.equal(row.problem, '');
      const own = await scope.lab[identifier]({
        model: scope.model,
        ...(scope.schedule && { schedule: scope.schedule }),
        n: 5,
        steps: 10,
        labels,
        guidance_scale: 2,
        generator: scope.lab.generator(9),
        ...(takes_eta && { eta: 0.5 }),
      }).run();
      assert.deepEqual(row.samples, own.data, identifier);
      assert.equal(row.evaluations, 2 * 10 * evaluations, identifier);
      assert.deepEqual(row.frames[0].x, rows[0].frames[0].x, 'the same noise');
      assert.deepEqual(row.frames.at(-1)?.x, row.samples);
      assert.equal(row.frames.length, 11);
    }
  });

test('of many steps some are kept, the first and the last among them', async () => {
  const { parts } = await trained('eps');
  const [row] = await rowsOf(parts, { rows: [{ method: 'ddim', steps: 40 }], count: 1, seed: 1 });
  assert.ok(row.frames.length >= 30 && row.frames.length <= 34, `${row.frames.length}`);
  assert.deepEqual(row.frames.at(-1)?.x, row.samples);
  const steps = row.frames.map(({ step }) => step);
  assert.deepEqual([steps[0], steps.at(-1)], [0, 40]);
  assert.ok(steps.every((step, i) => i === 0 || (step > steps[i - 1] && step - steps[i - 1] <= 2)));
});

test('the way is kept of as many samples as are asked for, however they begin', async () => {
  const { parts } = await trained('eps');
  const picture = Float32Array.of(0.5, -0.5, 0.25, 1);
  const mask = Float32Array.of(0, 1, 0, 1);
  for (const edit of /** @type {const} */ ([null, { kind: 'inpaint', picture, mask, rounds: 1 }])) {
    const [{ frames, samples }] = await rowsOf(parts, {
      rows: [{ method: 'ddim', steps: 5 }],
      count: 5,
      seed: 1,
      keeps: 2,
      edit,
    });
    assert.deepEqual(
      frames.map(({ x }) => x.length),
      frames.map(() => 8),
    );
    assert.deepEqual(frames.at(-1)?.x, samples?.slice(0, 8));
  }
});

test('inpainting keeps what is known to the bit, and fills the rest anew', async () => {
  for (const objective of ['eps', 'flow']) {
    const { parts } = await trained(objective);
    const picture = Float32Array.of(0.5, -0.5, 0.25, 1);
    const mask = Float32Array.of(0, 1, 0, 1);
    const method = objective === 'flow' ? 'euler' : 'ddim';
    const [row] = await rowsOf(parts, {
      rows: [{ method, steps: 8, eta: objective === 'flow' ? 0 : 1 }],
      count: 3,
      seed: 2,
      labels: [0, 1, 0],
      edit: { kind: 'inpaint', picture, mask, rounds: 2 },
    });
    assert.equal(row.problem, '');
    const samples = /** @type {Float32Array} */ (row.samples);
    for (let i = 0; i < 12; i++) {
      if (mask[i % 4]) assert.notEqual(samples[i], picture[i % 4]);
      else assert.equal(samples[i], picture[i % 4]);
    }
    assert.equal(row.evaluations, 7 * 2 + 1);
    assert.deepEqual(row.frames.at(-1)?.x, samples);
  }
});

test('a scribble that goes hardly any way into noise stays as it is, one that goes all the way does not', async () => {
  for (const objective of ['eps', 'flow']) {
    const { parts } = await trained(objective);
    const picture = Float32Array.of(0.9, -0.9, 0.3, 0);
    const method = objective === 'flow' ? 'heun' : 'ddim';
    const far = async (/** @type {number} */ strength) => {
      const [{ samples }] = await rowsOf(parts, {
        rows: [{ method, steps: 6 }],
        count: 8,
        seed: 2,
        edit: { kind: 'scribble', picture, strength },
      });
      const x = /** @type {Float32Array} */ (samples);
      return Math.hypot(...x.map((v, i) => v - picture[i % 4])) / 8;
    };
    const [near, away] = [await far(0.03), await far(1)];
    assert.ok(near < 0.15 && away > 2 * near, `${objective}: ${near} and ${away}`);
  }
});

test('interpolation begins and ends at the samples of its two noises', async () => {
  const { parts } = await trained('v');
  const plain = { rows: [{ method: 'ddim', steps: 6 }], count: 5, seed: 4 };
  const [all] = await rowsOf(parts, plain);
  const [along, refused] = await rowsOf(parts, {
    ...plain,
    rows: [...plain.rows, { method: 'ddpm', steps: 40 }],
    edit: { kind: 'interpolate', from: 1, to: 3 },
  });
  const [samples, ends] = /** @type {Float32Array[]} */ ([along.samples, all.samples]);
  for (let k = 0; k < 4; k++) {
    assert.ok(Math.abs(samples[k] - ends[4 + k]) < 1e-5);
    assert.ok(Math.abs(samples[16 + k] - ends[12 + k]) < 1e-5);
  }
  assert.notDeepEqual(samples.slice(8, 12), samples.slice(0, 4));
  assert.match(refused.problem, /^DDPM draws noise at each step/);
});

test('between two samples: hardly any noise gives the blends of both, and their order is kept', async () => {
  for (const objective of ['eps', 'flow']) {
    const { parts } = await trained(objective);
    const ends = /** @type {[Float32Array, Float32Array]} */ ([
      Float32Array.of(0.9, -0.9, 0.3, 0),
      Float32Array.of(-0.5, 0.5, 0.3, 0.8),
    ]);
    const far = async (/** @type {number} */ strength) => {
      const [{ samples, problem }] = await rowsOf(parts, {
        rows: [{ method: objective === 'flow' ? 'heun' : 'ddim', steps: 6, eta: 1 }],
        count: 5,
        seed: 2,
        edit: { kind: 'between', ends, strength },
      });
      assert.equal(problem, '');
      const x = /** @type {Float32Array} */ (samples);
      const blend = (/** @type {number} */ i) => {
        const share = Math.floor(i / 4) / 4;
        return (1 - share) * ends[0][i % 4] + share * ends[1][i % 4];
      };
      return Math.hypot(...x.map((v, i) => v - blend(i))) / 5;
    };
    const [near, away] = [await far(0.03), await far(0.9)];
    assert.ok(near < 0.15 && away > 2 * near, `${objective}: ${near} and ${away}`);
  }
});

test('what is not finite is told, and never handed on', async () => {
  const { scope, parts } = await trained('flow');
  const state = scope.model.state_dict();
  scope.model.load_state_dict({ ...state, 'net.2.weight': state['net.2.weight'].mul(1e37) });
  const [row, next] = await rowsOf(parts, {
    rows: [
      { method: 'euler', steps: 8 },
      { method: 'heun', steps: 8 },
    ],
    count: 2,
    seed: 1,
  });
  for (const each of [row, next]) {
    assert.equal(each.samples, null);
    assert.deepEqual(each.frames, []);
    assert.match(each.problem, /not finite|not numbers/);
  }
});

test('wrong wishes are refused in a sentence', async () => {
  const { parts } = await trained('eps');
  const wanted = { rows: [{ method: 'ddim', steps: 4 }], count: 2, seed: 1 };
  const picture = new Float32Array(3);
  const gap = { kind: 'inpaint', picture: new Float32Array(4), rounds: 1 };
  for (const [change, words] of /** @type {[object, RegExp][]} */ ([
    [{ count: 0 }, /takes 1 to 256/],
    [{ rows: [] }, /at least one method/],
    [{ rows: [{ method: 'heun', steps: 4 }] }, /“heun” is no method for .*ddpm, ddim/],
    [{ labels: [1] }, /1 labels for 2 samples/],
    [{ edit: { kind: 'scribble', picture, strength: 0.5 } }, /picture of 4 numbers/],
    [{ edit: { kind: 'between', ends: [picture, picture], strength: 0.5 } }, /picture of 4 numbers/],
    [{ edit: { kind: 'interpolate', from: 0, to: 2 } }, /no sample 3: there are 1 to 2/],
    [{ edit: { kind: 'interpolate', from: 1, to: 1 } }, /one sample was chosen twice/],
    [{ edit: { ...gap, mask: Float32Array.of(0, 0, 0, 0) } }, /nothing is masked.*: mark a part/],
    [{ edit: { ...gap, mask: Float32Array.of(1, 1, 1, 1) } }, /everything is masked.*: leave a part free/],
    [{ edit: { ...gap, mask: Float32Array.of(1, 0, 1) } }, /mask has another size/],
  ]))
    await assert.rejects(() => rowsOf(parts, { ...wanted, ...change }), words);
  const [row] = await rowsOf(parts, { ...wanted, rows: [{ method: 'ddim', steps: 41 }] });
  assert.match(row.problem, /41/);
  assert.equal(row.samples, null);
});

test('it can be cancelled between two steps', async () => {
  const { parts } = await trained('eps');
  let steps = 0;
  const tick = () => {
    if (++steps === 3) throw new Cancelled();
  };
  const rows = [{ method: 'ddim', steps: 20 }];
  await assert.rejects(() => rowsOf(parts, { rows, count: 1, seed: 1 }, { tick }), Cancelled);
  assert.equal(steps, 3);
});

test('moments fall from where they are asked to, and end at the picture', async () => {
  assert.deepEqual(momentsOf(null, 0.5, 2), [0.5, 0.25, 0]);
  const { parts } = await trained('eps');
  assert.deepEqual(momentsOf(parts.schedule, 1, 4), [39, 26, 13, 0]);
  assert.deepEqual(momentsOf(parts.schedule, 0.05, 4), [2, 1, 0]);
});

test('inpainting that is called off leaves no sampler behind that holds the model', async () => {
  const edit = /** @type {const} */ ({
    kind: 'inpaint',
    picture: new Float32Array(4),
    mask: Float32Array.of(0, 1, 0, 1),
    rounds: 1,
  });
  const { parts } = await trained('flow');
  const wanted = { rows: [{ method: 'euler', steps: 6 }], count: 2, seed: 1, edit };
  const tick = () => {
    throw new Cancelled();
  };
  const copy = new Model(core.memory, core.engine, new Rng(core.memory, 0), {
    file: parts.model.save(),
    max_batch: 1,
  });
  await assert.rejects(() => rowsOf({ ...parts, model: copy }, wanted, { tick }), Cancelled);
  copy.dispose();
});

test('of many samples the way of some is kept', async () => {
  const { parts } = await trained('v');
  const wanted = { rows: [{ method: 'ddim', steps: 4 }], count: 5, seed: 1 };
  const [all] = await rowsOf(parts, wanted);
  const [some] = await rowsOf(parts, { ...wanted, keeps: 2 });
  assert.deepEqual(
    some.frames.map(({ x }) => Array.from(x)),
    all.frames.map(({ x }) => Array.from(x.subarray(0, 8))),
  );
  assert.deepEqual(some.samples, all.samples);
});

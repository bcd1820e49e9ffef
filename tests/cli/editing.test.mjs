// Exercise 13 and lesson 13, SDEdit and RePaint: the program's pictures are those of the lesson's own cells, from the same noise.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readNotebook } from '../../web/build/notebook.js';
import { runCells } from '../web/cells.mjs';
import { at, npy, succeeds } from './program.mjs';

const [N, STEPS, ROUNDS] = [2, 48, 8];
const cells = new Map(readNotebook('notebooks/13-editing.ipynb').map(({ id, source }) => [id, source]));
const lesson = ['model', 'denoise', 'inpaint'].map((id) => cells.get(id) ?? '');

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const apart = (a, b) =>
  a.length === b.length ? Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]))) : Number.POSITIVE_INFINITY;

/** Pictures as an expression of the cell. @param {ArrayLike<number>} data */
const inCell = (data) =>
  `lab.tensor([${N}, 1, 32, 32], Float32Array.from(${JSON.stringify(Array.from(data))}))`;

succeeds(
  `run 13 --weights web/data/shapes-unet.safetensors --samples ${N} --steps ${STEPS} --seed 7 --out ${at('run13')}`,
);
const [pictures, drawn, edited, filled] = ['pictures', 'drawn', 'edited', 'filled'].map((name) =>
  npy(at(`run13/${name}.npy`)),
);
const { metrics } = JSON.parse(readFileSync(at('run13/result.json'), 'utf8'));

test('run 13: back from five times, as the lesson comes back from them, and how much of the drawing is left', async () => {
  const { scope } = await runCells(
    {},
    ...lesson,
    `const drawn = ${inCell(drawn.data)}, generator = lab.generator(7), found = [];
     for (const share of [0.05, 0.15, 0.3, 0.5, 0.8]) {
       const t = Math.floor(share * 1000), eps = lab.randn(drawn.shape, { generator });
       found.push(await denoise(schedule.q_sample(drawn, lab.full([${N}], t), eps), down_from(t, ${STEPS})));
       // A sampler's steps pass over what they might draw, all but the last.
       for (let i = 1; i < ${STEPS}; i++) lab.randn(drawn.shape, { generator });
     }`,
  );
  assert.deepEqual(edited.shape, [5, N, 32, 32]);
  assert.ok(
    drawn.data.every((v, i) => v >= pictures.data[i]),
    'a drawing is its first shape and another',
  );
  for (const [k, { data }] of scope.found.entries()) {
    const mine = edited.data.slice(k * data.length, (k + 1) * data.length);
    assert.ok(apart(mine, data) < 1e-3, `level ${k}: ${apart(mine, data)}`);
    const white = (/** @type {ArrayLike<number>} */ x) => Array.from(x, (v) => v > 0.5);
    const [a, b] = [white(mine), white(drawn.data)];
    const both = a.filter((v, i) => v && b[i]).length;
    const either = a.filter((v, i) => v || b[i]).length;
    assert.ok(Math.abs(metrics.overlap_edited[k] - both / either) < 1e-9);
  }
});

test('run 13: the right half anew, in one round and in eight, as the lesson fills it', async () => {
  const { scope } = await runCells(
    {},
    ...lesson,
    `const pictures = ${inCell(pictures.data)}, half = draw((x) => x > 16);
     const mask = lab.cat([half, half]);
     // The program goes on with one generator; at the last step it draws no noise that would be multiplied by 0.
     const from = (draws) => {
       const generator = lab.generator(7);
       for (let i = 0; i < draws; i++) lab.randn(pictures.shape, { generator });
       return generator;
     };
     const found = [];
     for (const [draws, steps, rounds] of [[${5 * STEPS}, ${STEPS}, 1], [${7 * STEPS}, ${STEPS / ROUNDS}, ${ROUNDS}]])
       found.push(await inpaint(pictures, mask, down_from(999, steps), { rounds, generator: from(draws) }));`,
  );
  for (const [k, { data }] of scope.found.entries()) {
    const mine = filled.data.slice(k * data.length, (k + 1) * data.length);
    assert.ok(apart(mine, data) < 1e-2, `way ${k}: ${apart(mine, data)}`);
    assert.ok(apart(mine, pictures.data) > 0.1, 'the right half is another');
  }
});

test('lesson 13: a scribble comes back from where the slider is, as the core’s sampler has it', async () => {
  const { messages, scope } = await runCells(
    {},
    ...lesson,
    cells.get('scribble') ?? '',
    `const four = lab.randn([4, 1, 32, 32], { generator: lab.generator(3) });
     const x_T = schedule.q_sample(lab.cat([blob, blob, blob, blob]), lab.full([4], 200), four);
     const back = await lab.DDIM({ model, schedule, x_T, timesteps: down_from(200, 20), clip_x0: false }).run();`,
  );
  const grids = messages.flatMap((m) =>
    m.type === 'update' && m.props.panels ? [m.props.panels[0].images] : [],
  );
  assert.ok(apart(grids.at(-1).data, scope.back.data) < 1e-4);
});

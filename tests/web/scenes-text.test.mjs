// The network of web/data that draws scenes from words: what share of what it is asked for is right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { runCells } from './cells.mjs';

/** DDIM on x_0 with guidance, as lesson 15 writes it. */
const EXAM = `
const { model } = await lab.shipped('scenes-text');
const schedule = lab.schedule('linear', { T: 1000 }), steps = 16, w = 3;
const { sqrt_alpha_bar: signal, sqrt_one_minus_alpha_bar: noise } = schedule;
async function exam(given) {
  const { tokens, captions } = lab.scenes({ n: 48, most: 1, said: 1, generator: lab.generator(5), ...given });
  const n = tokens.rows, text = lab.cat([tokens, tokens.mul(0)]);
  let x = lab.randn([n, 3, 32, 32], { generator: lab.generator(6) });
  for (let k = 0; k < steps; k++) {
    const t = 999 - Math.floor((k * 1000) / steps), next = 999 - Math.floor(((k + 1) * 1000) / steps);
    const both = model.forward(lab.cat([x, x]), t, null, { text });
    const x_0 = both.slice(n).add(both.slice(0, n).sub(both.slice(n)).mul(w)).clamp(-1, 1);
    const eps = x.sub(x_0.mul(signal[t])).div(noise[t]);
    x = k + 1 < steps ? x_0.mul(signal[next]).add(eps.mul(noise[next])) : x_0;
  }
  const told = lab.scene_agree(x, captions);
  return Object.fromEntries(Object.keys(told[0]).map((part) => [part, told.filter((each) => each[part]).length / n]));
}
const one = await exam({}), held = await exam({ leave_out: ['purple triangle', 'red circle', 'green square'], only: true });`;

test('what captions ask for is drawn, of what was left out of training, too', async () => {
  const { scope } = await runCells({ core: await loadCore() }, EXAM);
  console.log('one shape', scope.one, 'left out of training', scope.held);
  for (const part of ['count', 'colour', 'place'])
    assert.ok(scope.one[part] >= 0.9 && scope.held[part] >= 0.9, part);
  assert.ok(scope.one.all >= 0.75, `${scope.one.all}`);
  assert.ok(scope.held.all >= 0.5, `${scope.held.all}`);
});

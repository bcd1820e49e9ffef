/** The digits' networks of web/data are as good as web/data/README.md says. Those of the shapes: test_quality and tests/cli/recipe.test.mjs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runCells } from './cells.mjs';

/** How many of 100 digits have a nearest neighbour of the class that was asked for, and the share that lies among the data. @param {string} name @param {number} scale */
async function judge(name, scale) {
  const { scope } = await runCells(
    {},
    `const { pixels, labels } = await lab.images('digits'), data = pixels.mul(2).sub(1);
     const { model, info } = await lab.shipped('${name}');
     const asked = Array.from({ length: 100 }, (_, i) => i % 10);
     const x = await lab.DDIM({
       model, schedule: lab.schedule(info.schedule, { T: info.T }), labels: asked, guidance_scale: ${scale}, steps: 20,
       x_T: lab.randn([100, 1, 8, 8], { generator: lab.generator(22) }), clip_x0: true,
     }).run();
     const { index } = lab.nearest(x, data);
     const right = asked.filter((c, i) => labels.at(index.at(i)) === c).length;
     const { precision } = lab.precision_recall(x, data.slice(0, 400));`,
  );
  return { right: scope.right, precision: scope.precision };
}

test('nearly every digit of digits-net is the one asked for, and most lie among the data', async () => {
  const { right, precision } = await judge('digits-net', 2);
  const unet = await judge('digits-unet', 7.5);
  const text = readFileSync('web/data/README.md', 'utf8');
  const told = /Of 100 digits[^.]*?\n?DDIM\), (\d+) have[^.]*comes to (\d+) at its best scale/.exec(text);
  assert.ok(told);
  assert.deepEqual([right, unet.right], [Number(told[1]), Number(told[2])]);
  assert.ok(right >= 95 && precision > 0.5, `${right} of 100, precision ${precision}`);
});

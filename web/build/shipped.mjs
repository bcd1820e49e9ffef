/** Trains the playground's first model, which goes into data/playground.txt with its losses below, and draws the picture of the site that others show with a link: `node web/build/shipped.mjs`. */
import { writeFileSync } from 'node:fs';
import { Core } from '../kernel/core.js';
import { encodeModel } from '../kernel/play/codec.js';
import { LAST_STEP, Toy } from '../kernel/play/toy.js';
import { PRESETS, pointsOf } from '../page/play/shapes.js';

const { default: createNoisebook } = await import(
  new URL('../../build/wasm/noisebook-simd128.mjs', import.meta.url).href
);
const core = new Core(await createNoisebook());
const toy = new Toy(core);
toy.teach(pointsOf(PRESETS.spiral.strokes));
/** A page's curve has no more places: means of as many steps as fall into each. */
const CURVE = 200;
const each = LAST_STEP / CURVE;
const losses = [];
while (toy.isLearning) {
  let sum = 0;
  for (let i = 0; i < each; i++) sum += toy.train();
  losses.push((sum / each).toFixed(3));
}
const file = (/** @type {string} */ name) => new URL(`../${name}`, import.meta.url);
writeFileSync(
  file('data/playground.txt'),
  `${encodeModel({ weights: toy.weights(), step: LAST_STEP }, toy.sizes)}\n${losses.join(' ')}\n`,
);

/** As link previews want it. */
const [WIDTH, HEIGHT] = [1200, 630];
const PAPER = [24, 26, 38];
/** @type {[number[], number[]]} noise, sample */
const COLOURS = [
  [240, 165, 95],
  [105, 190, 240],
];
const pixels = new Uint8Array(3 * WIDTH * HEIGHT);
for (let i = 0; i < pixels.length; i++) pixels[i] = PAPER[i % 3];

/** @param {number} left @param {number} top @param {number[]} rgb */
function dot(left, top, rgb) {
  for (let y = -2; y <= 2; y++)
    for (let x = -2; x <= 2; x++) {
      const [px, py] = [Math.round(left) + x, Math.round(top) + y];
      if (x * x + y * y > 5 || px < 0 || py < 0 || px >= WIDTH || py >= HEIGHT) continue;
      pixels.set(rgb, 3 * (py * WIDTH + px));
    }
}

// From noise on the left to samples on the right.
const frames = [...toy.walk({ n: 700, steps: 30, eta: 0, seed: 4 })];
const shown = [0, 16, 30];
shown.forEach((frame, k) => {
  const { x } = frames[frame];
  const u = k / (shown.length - 1);
  const rgb = COLOURS[0].map((v, c) => Math.round(v + u * (COLOURS[1][c] - v)));
  for (let i = 0; i < x.length; i += 2)
    if (Math.hypot(x[i], x[i + 1]) < 2.9)
      dot(WIDTH * ((k + 0.5) / 3) + x[i] * 70, HEIGHT / 2 - x[i + 1] * 70, rgb);
});
writeFileSync(file('preview.png'), core.encode_png(WIDTH, HEIGHT, pixels));

/** Series in closed form: what is drawn are their amplitudes, places and phases. */
import { Tensor } from '../tensor.js';

/** @typedef {import('../core/random.js').Rng} Rng */

const COUNT = 1500;
export const LENGTH = 64;

/** @param {number} x @param {number} width */
const bump = (x, width) => Math.exp(-0.5 * (x / width) ** 2);

/** The waves of a beat: how long after it (in beats), how wide, how high. */
const WAVES = [
  [-0.2, 0.045, 0.18],
  [-0.035, 0.015, -0.2],
  [0, 0.018, 1.4],
  [0.04, 0.018, -0.35],
  [0.3, 0.07, 0.35],
];

/** The value at place i, of four numbers that were drawn between 0 and 1. @type {Record<string, (i: number, u: ArrayLike<number>, label: number) => number>} */
const FORMULAS = {
  sines: (i, u, label) => (0.5 + u[0]) * Math.sin(2 * Math.PI * (((label + 1) * i) / LENGTH + u[1])),
  steps: (i, u, label) => (i < (0.2 + 0.6 * u[0]) * LENGTH ? -1 : 1) * (label ? -1 : 1) * (0.5 + 0.5 * u[1]),
  heartbeat(i, u, label) {
    const beat = (label ? 18 : 28) + 4 * u[0];
    const at = i / beat - u[1];
    const near = at - Math.round(at);
    let sum = 0.08 * (u[2] - 0.5);
    for (const [after, width, height] of WAVES)
      for (const turn of [-1, 0, 1]) sum += height * bump(near - after + turn, width);
    return sum;
  },
};

/** What the labels say. @type {Record<string, string[]>} */
const CLASSES = {
  sines: ['one period', 'two periods', 'three periods'],
  steps: ['up', 'down'],
  heartbeat: ['at rest', 'running'],
};

/** @param {string} name @param {Rng} generator */
export function seriesOf(name, generator) {
  const classes = CLASSES[name];
  const drawn = generator.rand([COUNT, 4]).data;
  const data = new Float32Array(COUNT * LENGTH);
  const labels = Int32Array.from({ length: COUNT }, (_, n) => n % classes.length);
  for (let n = 0; n < COUNT; n++) {
    const u = drawn.subarray(4 * n, 4 * n + 4);
    for (let i = 0; i < LENGTH; i++) data[n * LENGTH + i] = FORMULAS[name](i, u, labels[n]);
  }
  return { x: new Tensor([COUNT, 1, LENGTH], data), labels, classes };
}

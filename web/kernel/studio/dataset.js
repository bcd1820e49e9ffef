/** What all rooms ask of a data set. */

/** The part of the samples, at their end, that is kept for judging, where nobody says otherwise. */
export const HELD = 0.1;

/** Pictures have values from here to there, unless their data say otherwise. @type {[number, number]} */
export const PICTURE_RANGE = [-1, 1];

/** How many numbers a sample has. @param {readonly number[]} shape */
export const numbersIn = (shape) => shape.reduce((a, b) => a * b, 1);

/** How many samples there are. @param {{values: ArrayLike<number>, shape: readonly number[]}} data */
export const countOf = ({ values, shape }) => values.length / numbersIn(shape);

/** How many samples are trained on: all but the last ones. @param {{values: ArrayLike<number>, shape: readonly number[], held: number}} data */
export const trainedOn = (data) => countOf(data) - data.held;

/** How many of n samples are held out. @param {number} n */
export const heldOf = (n) => Math.round(HELD * n);

/** What a run's settings say of its data. @param {import('./protocol.js').Data} data */
export const saidOf = ({ kind, shape, values, name, classes, labels, held, range = PICTURE_RANGE }) => ({
  kind,
  shape: [...shape],
  name: name.slice(0, 200),
  classes: [...classes],
  labels: labels ? 'labels.npy' : null,
  held_out: values.length > 0 ? held / countOf({ values, shape }) : 0,
  range: /** @type {[number, number]} */ ([...range]),
});

/** An order that is always the same and mixes what came sorted, as the last ones are held out: places of n samples. @param {number} n */
export function mixed(n) {
  const places = Array.from({ length: n }, (_, i) => i);
  let state = 1;
  for (let i = n - 1; i > 0; i--) {
    // Park and Miller's generator: for shuffling it does.
    state = (state * 48271) % 2147483647;
    const j = state % (i + 1);
    [places[i], places[j]] = [places[j], places[i]];
  }
  return places;
}

/** With mean 0, of each axis, and deviation 1, as schedules expect; a single scale keeps the shape of what points draw. @param {ArrayLike<number>} values @param {number} axes */
export function scaled(values, axes) {
  const offset = Array.from({ length: axes }, (_, axis) => {
    let sum = 0;
    for (let i = axis; i < values.length; i += axes) sum += values[i];
    return sum / (values.length / axes);
  });
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - offset[i % axes]) ** 2;
  const scale = Math.sqrt(squares / values.length);
  return { offset, scale, values: Float32Array.from(values, (v, i) => (v - offset[i % axes]) / scale) };
}

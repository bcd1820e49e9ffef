/**
 * Data as few bytes, for a link: numbers in steps of their range. Points are told as the places of a raster that hold one, in rising order,
 * each by its distance from the one before; the order in which they are trained on is then that of mixed().
 */
import { countOf, mixed, numbersIn } from '../../../kernel/studio/dataset.js';

/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** @typedef {{n: number, bits: number, low: number, high: number, labelled: boolean, transform: Data['transform']}} Head */

/** Finer first: the coarser ones are for what does not fit otherwise. */
export const BITS = { points: [10, 8], pictures: [8], series: [8] };
const MOST = 100_000;
const MOST_SIZE = 1 << 20;

/** @param {Float32Array} values */
function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high: high > low ? high : low + 1 };
}

/** A whole number in as few bytes as it needs, seven bits in each. @param {number[]} bytes @param {number} value */
function put(bytes, value) {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
}

/** @param {Uint8Array} bytes @param {number} n @returns {number[]} */
function taken(bytes, n) {
  const numbers = [];
  let at = 0;
  while (numbers.length < n && at < bytes.length) {
    let [value, scale] = [0, 1];
    do {
      value += (bytes[at] & 127) * scale;
      scale *= 128;
    } while (bytes[at++] > 127 && at < bytes.length);
    numbers.push(value);
  }
  if (numbers.length < n || at !== bytes.length || bytes[at - 1] > 127) throw new Error('not whole');
  return numbers;
}

/** @param {Data} data @param {number} bits @returns {{head: Head, bytes: Uint8Array}} */
export function packData({ kind, shape, values, labels, transform }, bits) {
  const n = countOf({ values, shape });
  const { low, high } = rangeOf(values);
  const side = 2 ** bits;
  const head = { n, bits, low, high, labelled: labels !== null, transform };
  const steps = Array.from(values, (value) => Math.round(((value - low) / (high - low)) * (side - 1)));
  /** @type {number[]} */
  const bytes = [];
  if (kind === 'points') {
    const places = Array.from(
      { length: n },
      (_, i) => ((labels?.[i] ?? 0) * side + steps[2 * i + 1]) * side + steps[2 * i],
    ).sort((a, b) => a - b);
    for (const [i, place] of places.entries()) put(bytes, place - (places[i - 1] ?? 0));
  } else {
    for (let i = 0; i < n; i++) if (labels) put(bytes, labels[i]);
    // What changes little from one place to the next packs better as differences.
    const before = kind === 'series' ? 1 : steps.length;
    for (const [i, step] of steps.entries()) bytes.push((step - (steps[i - before] ?? 0)) & 255);
  }
  return { head, bytes: Uint8Array.from(bytes) };
}

/** @param {any} head @returns {Head} */
function checked(head) {
  const { n, bits, low, high, labelled, transform } = head ?? {};
  const isNumbers = (/** @type {any} */ value) =>
    Number.isFinite(value) ||
    (Array.isArray(value) && value.length > 0 && value.length < 3 && value.every(Number.isFinite));
  if (
    !Number.isInteger(n) ||
    n < 1 ||
    n > MOST ||
    ![8, 10].includes(bits) ||
    !Number.isFinite(low) ||
    !(high > low) ||
    !Number.isFinite(high - low) ||
    !isNumbers(transform?.offset) ||
    !isNumbers(transform?.scale) ||
    [transform.scale].flat().some((/** @type {number} */ v) => v <= 0)
  )
    throw new Error('damaged');
  return {
    n,
    bits,
    low,
    high,
    labelled: labelled === true,
    transform: { offset: transform.offset, scale: transform.scale },
  };
}

/** Points from their places. @param {Head} head @param {Uint8Array} bytes */
function pointsFrom({ n, bits }, bytes) {
  const side = 2 ** bits;
  let place = 0;
  const places = taken(bytes, n).map((distance) => (place += distance));
  const inOrder = mixed(n).map((i) => places[i]);
  return {
    steps: inOrder.flatMap((each) => [each % side, Math.floor(each / side) % side]),
    labels: inOrder.map((each) => Math.floor(each / side / side)),
  };
}

/** @param {Head} head @param {Uint8Array} bytes @param {Pick<Data, 'kind' | 'shape'>} said */
function othersFrom({ n, labelled }, bytes, { kind, shape }) {
  const size = n * numbersIn(shape);
  if (size > MOST_SIZE || bytes.length < size) throw new Error('not whole');
  const labels = taken(bytes.subarray(0, bytes.length - size), labelled ? n : 0);
  const steps = Array.from(bytes.subarray(bytes.length - size));
  if (kind === 'series') for (let i = 1; i < size; i++) steps[i] = (steps[i] + steps[i - 1]) & 255;
  return { steps, labels };
}

/**
 * @param {unknown} packed @param {Uint8Array} bytes @param {import('../../../kernel/studio/config.js').RunConfig['data']} said
 * @returns {Data} throws where they are damaged
 */
export function unpackData(packed, bytes, said) {
  const head = checked(packed);
  const { kind, classes, name, held_out, range } = said;
  const shape = [...said.shape];
  if (kind === 'points' && shape.join() !== '2') throw new Error('damaged');
  const { steps, labels } =
    kind === 'points' ? pointsFrom(head, bytes) : othersFrom(head, bytes, { kind, shape });
  if (head.labelled && labels.some((label) => label >= classes.length)) throw new Error('damaged');
  const unit = (head.high - head.low) / (2 ** head.bits - 1);
  return {
    kind,
    shape,
    values: Float32Array.from(steps, (step) => head.low + unit * step),
    labels: head.labelled ? Int32Array.from(labels) : null,
    classes: [...classes],
    name,
    transform: head.transform,
    held: Math.round(held_out * head.n),
    range: [...range],
  };
}

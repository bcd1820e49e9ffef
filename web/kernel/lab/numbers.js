/** Tensors. */
import { shown } from '../check.js';
import { int32 } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';

/** @typedef {import('../tensor.js').Data} Data */

/** A number; null, texts and the like would become one without a word. @param {unknown} value @param {string} name @returns {number} */
function numberOf(value, name) {
  if (typeof value === 'number') return value;
  throw new TypeError(`${name} = ${shown(value)}: it takes a number`);
}

/** @param {number[]} shape @param {ArrayLike<number>} values */
function tensor(shape, values) {
  const count = countOf(shape);
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && 'length' in values))
    throw new TypeError(`tensor takes a list of numbers, got ${shown(values)}`);
  if (values.length !== count)
    throw new Error(`shape [${shape}] needs ${count} numbers, got ${values.length}`);
  if (Array.isArray(values)) values.forEach((value, i) => void numberOf(value, `values[${i}]`));
  return new Tensor(shape, Float32Array.from(values));
}

/** @param {number[]} shape @param {number} value */
const full = (shape, value) =>
  new Tensor(shape, new Float32Array(countOf(shape)).fill(numberOf(value, 'value')));

/** One tensor below the other, along the first axis. @param {Tensor[]} tensors */
function cat(tensors) {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new TypeError('cat takes a list of at least one tensor');
  const strange = tensors.findIndex((each) => !(each instanceof Tensor));
  if (strange >= 0)
    throw new TypeError(`cat: element ${strange} is no tensor, but ${shown(tensors[strange])}`);
  const [first] = tensors;
  const rest = first.shape.slice(1);
  const odd = tensors.find(({ shape }) => shape.slice(1).join() !== rest.join());
  if (odd) throw new Error(`cat: shapes [${first.shape}] and [${odd.shape}] differ beyond the first axis`);
  const create = /** @type {new (n: number) => Float32Array} */ (first.data.constructor);
  const data = new create(tensors.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of tensors) {
    data.set(each.data, at);
    at += each.length;
  }
  return new Tensor([tensors.reduce((sum, { rows }) => sum + rows, 0), ...rest], data);
}

/** @param {ArrayLike<number>} table @param {Tensor} t */
function gather(table, t) {
  if (typeof table?.length !== 'number') throw new TypeError(`gather: no table, but ${shown(table)}`);
  const indices = int32(t, 't');
  const out = Float32Array.from(indices, (index, i) => {
    if (index >= 0 && index < table.length) return table[index];
    throw new RangeError(`gather: t[${i}] = ${index}: the table has 0 to ${table.length - 1}`);
  });
  return new Tensor([out.length, 1], out);
}

export const numbers = {
  tensor,
  /** @param {number[]} shape */
  zeros: (shape) => full(shape, 0),
  full,
  cat,
  /** table[t[i]] for every i, as a column. */
  gather,
};

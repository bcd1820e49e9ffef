/** Functions of values whose arguments PyTorch has in another form than the core's table: cat([a, b], 1), h.reshape(-1, 4, 8). */
import { options, shown } from '../check.js';
import { isOptions } from './kinds.js';

/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {import('./trace.js').Value} Value */
/** @typedef {(...given: any[]) => any} Fn */
/** @typedef {Record<string, Fn>} Functions those of the core's table, by name */

/** PyTorch's dim, which may count from the end. @param {string} who @param {Value} value @param {unknown} dim */
function dimOf(who, { shape }, dim) {
  if (typeof dim === 'number' && Number.isInteger(dim)) {
    const from = dim < 0 ? dim + shape.length : dim;
    if (from >= 1 && from < shape.length) return from;
  }
  throw new RangeError(
    `${who}: dim = ${shown(dim)}: a value of shape [${shape}] takes 1 to ${shape.length - 1}`,
  );
}

/**
 * cat([a, b, ...], dim), the batch being dim 0.
 * @param {Fn} core @param {number} most values that the core joins at once @param {Value[]} values @param {number} dim @returns {Value}
 */
function cat(core, most, values, dim) {
  if (!Array.isArray(values) || values.length < 1)
    throw new TypeError(`cat takes a list of values and a dim, cat([a, b], 1), got ${shown(values)}`);
  if (values.length === 1) return values[0];
  const along = values[0]?.shape ? dimOf('cat', values[0], dim) : dim;
  const all = core(values.slice(0, most), along);
  return values.length > most ? cat(core, most, [all, ...values.slice(most)], along) : all;
}

/** @param {Functions} core @param {number} joined how many values its cat takes @returns {Functions} */
export const shapedFunctions = (core, joined) => ({
  /** @param {Value[]} values */
  cat: (values, dim = 1) => cat(core.cat, joined, values, dim),
  /** h.narrow(dim, start, length). @param {Value} value @param {number} dim @param {...any} rest */
  narrow: (value, dim, ...rest) => core.narrow(value, dimOf('narrow', value, dim), ...rest),
  /** h.chunk(n, dim): a list of n parts, the last one perhaps smaller. @param {Value} value @param {number} n @param {number} dim */
  chunk(value, n, dim) {
    const along = dimOf('chunk', value, dim);
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`chunk: ${shown(n)} parts: it takes 1 or more`);
    const size = value.shape[along];
    const length = Math.ceil(size / n);
    return Array.from({ length: Math.ceil(size / length) }, (_, i) =>
      core.narrow(value, along, i * length, Math.min(length, size - i * length)),
    );
  },
  /** h.mean(dim), over tokens or a series. @param {Value} value @param {number} dim */
  mean: (value, dim) => core.mean(value, dimOf('mean', value, dim)),
  /**
   * h.reshape(-1, ...sizes): one size gives features, three an image (channels, height, width), two tokens (tokens, features)
   * or with { axes: 'series' } a series (channels, length).
   * @param {Value} value @param {...any} given
   */
  reshape(value, ...given) {
    const last = given.at(-1);
    const sizes = (isOptions(last) ? given.slice(0, -1) : given).flat();
    if (sizes[0] !== -1 || sizes.length < 2 || sizes.length > 4)
      throw new TypeError(
        `reshape takes the batch as -1, then one to three sizes, h.reshape(-1, 4, 8), got ${shown(sizes)}`,
      );
    return core.reshape(value, ...sizes.slice(1), ...(isOptions(last) ? [last] : []));
  },
  /** A product with a value, or with a number. @param {Value} value @param {Value | number} other */
  mul: (value, other) => (typeof other === 'number' ? core.scale(value, other) : core.mul(value, other)),
  /** @param {Value} value @param {Value} other */
  sub: (value, other) => core.add(value, core.scale(other, -1)),
  /**
   * softmax(q k^T / sqrt(d)) v, of tokens (tokens, features), whose features are cut into num_heads heads. mask: a vector with a
   * number for each key, 0 where it is not to be heeded.
   * @param {Value} q @param {Value} k @param {Value} v @param {{num_heads?: number, mask?: Value}} [given]
   */
  scaled_dot_product_attention(q, k, v, given) {
    const accepted = ['num_heads', 'mask'];
    const { num_heads, mask } = options(given, 'scaled_dot_product_attention', accepted, { num_heads: 1 });
    const weights = core.attention_weights(...(mask ? [q, k, mask] : [q, k]), { num_heads });
    return core.matmul(weights, v, { num_heads });
  },
});

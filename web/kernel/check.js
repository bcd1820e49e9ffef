/** What a cell hands over, looked at before it is used: each function gives the value, or throws a sentence. */

/** @param {unknown} value */
export const shown = (value) => {
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return `[${value}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value !== null && typeof value === 'object') return `a ${value.constructor?.name || 'object'}`;
  return typeof value === 'function' ? 'a function' : String(value);
};

/** @param {unknown} value @param {string} name @param {number} [least] @param {number} [most] @returns {number} */
export function whole(value, name, least = 0, most = Number.MAX_SAFE_INTEGER) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  throw new RangeError(`${name} = ${shown(value)}: it takes a whole number, ${range}`);
}

/** @param {unknown} value @param {string} name @param {number} [least] @param {number} [most] @returns {number} */
export function finite(value, name, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY) {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return value;
  const range =
    least === Number.NEGATIVE_INFINITY
      ? ''
      : most === Number.POSITIVE_INFINITY
        ? `, ${least} or more`
        : ` from ${least} to ${most}`;
  throw new RangeError(`${name} = ${shown(value)}: it takes a finite number${range}`);
}

/** @param {unknown} value @param {string} name @returns {boolean} */
export function truth(value, name) {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} = ${shown(value)}: it takes true or false`);
}

/** A key of PyTorch's and NumPy's generators. @param {unknown} value @returns {number} */
export const seedOf = (value) => whole(value, 'seed', 0, 2 ** 32 - 1);

/**
 * @template T @param {unknown} value @param {abstract new (...values: any[]) => T} kind @param {string} name
 * @param {string} what such as "a model" @returns {T}
 */
export function instance(value, kind, name, what) {
  if (value instanceof kind) return value;
  throw new TypeError(`${name} must be ${what}, got ${shown(value)}`);
}

/** Bytes of a file. @param {unknown} value @param {string} name @returns {Uint8Array} */
export const bytesOf = (value, name) => instance(value, Uint8Array, name, 'bytes (a Uint8Array)');

/**
 * Options by name: those left out, or undefined, take their defaults; an unknown one is refused.
 * @template {Record<string, any>} T @template {Record<string, any>} [D={}] @param {T | undefined} given
 * @param {string} where the function's name @param {readonly string[]} accepted @param {D} [defaults]
 * @returns {T & D}
 */
export function options(given, where, accepted, defaults) {
  if (given !== undefined && (given === null || typeof given !== 'object' || Array.isArray(given)))
    throw new TypeError(`${where} takes its options as { name: value }, got ${shown(given)}`);
  const out = /** @type {any} */ ({ ...defaults });
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!accepted.includes(name))
      throw new TypeError(`${where} has no option "${name}": it takes ${accepted.join(', ') || 'none'}`);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

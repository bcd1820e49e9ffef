/** NumPy's .npy format: written in version 1.0 for float32, float64 and int32; read in any version, whatever holds numbers in C order. */

const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY')];

/** @param {number[]} shape @param {Float32Array | Float64Array | Int32Array} data @returns {Uint8Array<ArrayBuffer>} */
export function encodeNpy(shape, data) {
  const type = data instanceof Float64Array ? '<f8' : data instanceof Int32Array ? '<i4' : '<f4';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The numbers start at a multiple of 64: 6 bytes of magic, 2 of version, 2 of length, the header, a newline.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const header = `${dict.padEnd(length - 1)}\n`;
  const file = new Uint8Array(10 + length + data.byteLength);
  file.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return file;
}

/** NumPy's own headers have about a hundred characters. */
const LONGEST_HEADER = 10_000;

/** By NumPy's names, less the order of bytes. */
const ARRAYS = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  b1: Uint8Array,
};
const ACCEPTED = 'taken are float32, float64, whole numbers and bool, with the least byte first';

/** @typedef {keyof typeof ARRAYS} NpyType */
/** 64-bit whole numbers come as float64, bool as 0 and 1. @typedef {{type: NpyType, shape: number[], data: Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array}} Npy */

/** @param {Uint8Array} file @param {string} name @returns {{header: string, start: number}} */
function headerOf(file, name) {
  if (MAGIC.some((byte, i) => file[i] !== byte))
    throw new TypeError(`${name} is no .npy file: numpy.save writes one`);
  const version = file[6];
  if (file.length <= 6) throw new RangeError(`${name} is not whole: it ends in its header`);
  if (!(version >= 1 && version <= 3))
    throw new RangeError(`${name} is a .npy file of version ${version}, and 1 to 3 are read`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const from = version === 1 ? 10 : 12;
  if (file.length < from) throw new RangeError(`${name} is not whole: it ends in its header`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER || file.length < from + length)
    throw new RangeError(`${name} is not whole: it ends in its header`);
  return { header: new TextDecoder().decode(file.subarray(from, from + length)), start: from + length };
}

/** @param {string} header @param {string} name @returns {{type: NpyType, shape: number[]}} */
function saidBy(header, name) {
  const type = header.match(/'descr':\s*'([^']*)'/)?.[1];
  const shape = header.match(/'shape':\s*\(((?:\s*\d+\s*,)*\s*\d*\s*)\)/)?.[1];
  const order = header.match(/'fortran_order':\s*(True|False)/)?.[1];
  if (/'descr':\s*\[/.test(header))
    throw new TypeError(`${name} holds records with named fields: save the array of numbers alone`);
  if (type === undefined || shape === undefined || order === undefined)
    throw new TypeError(`${name} is damaged: its header does not say type, order and shape`);
  if (/O/.test(type))
    throw new TypeError(
      `${name} holds Python objects (pickled), which are not read: save an array of numbers`,
    );
  if (type.startsWith('>'))
    throw new TypeError(
      `${name} has its greatest byte first ('${type.slice(0, 20)}'): save x.astype('<${type.slice(1, 20)}')`,
    );
  const known = /^[<|]/.test(type) ? type.slice(1) : '';
  if (!Object.hasOwn(ARRAYS, known))
    throw new TypeError(`${name} holds numbers of type '${type.slice(0, 20)}': ${ACCEPTED}`);
  if (order === 'True')
    throw new TypeError(
      `${name} lies column by column (fortran_order): save numpy.ascontiguousarray(x), which lies row by row`,
    );
  return { type: /** @type {NpyType} */ (known), shape: (shape.match(/\d+/g) ?? []).map(Number) };
}

/** 64-bit whole numbers as those that JavaScript computes with. @param {BigInt64Array | BigUint64Array} data @param {string} name */
function exactly(data, name) {
  const numbers = Float64Array.from(data, Number);
  const far = numbers.find((value) => !Number.isSafeInteger(value));
  if (far !== undefined)
    throw new RangeError(
      `${name} has a whole number beyond 2^53 (about ${far.toPrecision(3)}), and up to that they are read`,
    );
  return numbers;
}

/**
 * An array as numpy.save writes it. Nothing is made before the file is known to hold as many numbers as its shape says.
 * @param {Uint8Array} file @param {string} name for messages @returns {Npy} throws a sentence without its full stop
 */
export function decodeNpy(file, name) {
  const { header, start } = headerOf(file, name);
  const { type, shape } = saidBy(header, name);
  const Kind = ARRAYS[type];
  const count = shape.reduce((a, b) => a * b, 1);
  const [said, there] = [count * Kind.BYTES_PER_ELEMENT, file.length - start];
  if (said !== there)
    throw new RangeError(
      `${name} is not whole: an array of shape (${shape.slice(0, 8).join(', ')}) has ${said.toLocaleString('en')} bytes, and ${there.toLocaleString('en')} are there`,
    );
  // A copy, as the numbers need not begin at a multiple of their size.
  const data = new Kind(file.slice(start).buffer);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { type, shape, data: exactly(data, name) };
  return { type, shape, data };
}

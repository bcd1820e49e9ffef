/** Reading NumPy's .npy files: what is written comes back, what numpy.save writes is read, and anything else is told in a sentence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeNpy, encodeNpy } from '../../web/page/outputs/npy.js';

/** A file as numpy.save writes it. @param {string} dict @param {ArrayBufferView} numbers @param {number} [version] */
function npy(dict, numbers, version = 1) {
  const from = version === 1 ? 10 : 12;
  const length = Math.ceil((from + dict.length + 1) / 64) * 64 - from;
  const file = new Uint8Array(from + length + numbers.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(`${dict.padEnd(length - 1)}\n`), from);
  file.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), from + length);
  return file;
}
/** @param {string} type @param {string} shape @param {string} [order] */
const dict = (type, shape, order = 'False') =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }`;

test('what is written comes back bit by bit, from any place in a file', () => {
  for (const [shape, data] of /** @type {[number[], Float32Array | Float64Array | Int32Array][]} */ ([
    [[3], new Float32Array([1, -0, Number.NaN])],
    [[2, 3], new Float64Array([1e300, -1, 0, 1 / 3, 5, 6])],
    [[2, 1, 2, 2], new Float32Array([0, 1, 2, 3, 4, 5, 6, 7])],
    [[2], new Int32Array([-5, 2 ** 31 - 1])],
    [[0, 2], new Float32Array(0)],
  ])) {
    const file = encodeNpy(shape, data);
    const odd = new Uint8Array(file.length + 3);
    odd.set(file, 3);
    for (const bytes of [file, odd.subarray(3)]) {
      const read = decodeNpy(bytes, 'x.npy');
      assert.deepEqual(read.shape, shape);
      assert.equal(read.data.constructor, data.constructor);
      assert.deepEqual(new Uint8Array(read.data.buffer), new Uint8Array(data.buffer));
    }
  }
});

test('whole numbers and bool of every size, a single number, and headers of versions 2 and 3 are read', () => {
  /** @type {[string, ArrayBufferView, number[]][]} */
  const cases = [
    ['<i8', new BigInt64Array([-7n, 2n ** 53n - 1n]), [-7, 2 ** 53 - 1]],
    ['<u8', new BigUint64Array([0n, 9n]), [0, 9]],
    ['<u4', new Uint32Array([0, 2 ** 32 - 1]), [0, 2 ** 32 - 1]],
    ['<i2', new Int16Array([-2, 3]), [-2, 3]],
    ['<u2', new Uint16Array([2, 65535]), [2, 65535]],
    ['|i1', new Int8Array([-2, 3]), [-2, 3]],
    ['|u1', new Uint8Array([0, 255]), [0, 255]],
    ['|b1', new Uint8Array([1, 0]), [1, 0]],
  ];
  for (const [type, numbers, expected] of cases) {
    const read = decodeNpy(npy(dict(type, '2,'), numbers), 'x.npy');
    assert.deepEqual([...read.data], expected, type);
    assert.deepEqual(read.shape, [2]);
  }
  const one = new Float32Array([4]);
  assert.deepEqual(decodeNpy(npy(dict('<f4', ''), one), 'x.npy').shape, []);
  for (const version of [2, 3])
    assert.deepEqual([...decodeNpy(npy(dict('<f4', '1, 1'), one, version), 'x.npy').data], [4]);
});

test('what is no array of numbers in C order is told in a sentence that names the file', () => {
  const two = new Float32Array(2);
  const whole = npy(dict('<f4', '2,'), two);
  /** @type {[string, Uint8Array, RegExp][]} */
  const cases = [
    ['nothing', new Uint8Array(0), /no \.npy file/],
    ['other bytes', new TextEncoder().encode('PK\x03\x04 and so on'), /no \.npy file/],
    ['magic alone', whole.slice(0, 6), /ends in its header/],
    ['half a header', whole.slice(0, 40), /ends in its header/],
    ['a header without end', npy(dict('<f4', '2,'), two).fill(255, 8, 10), /ends in its header/],
    ['a number too few', whole.slice(0, -4), /shape \(2\) has 8 bytes, and 4 are there/],
    ['half a number', whole.slice(0, -1), /has 8 bytes, and 7/],
    ['more than it says', npy(dict('<f4', '1,'), two), /has 4 bytes, and 8/],
    ['a huge shape', npy(dict('<f4', '1000000, 1000000, 1000000'), two), /not whole/],
    ['an endless shape', npy(dict('<f4', '9'.repeat(400)), two), /not whole/],
    ['a negative shape', npy(dict('<f4', '-2,'), two), /header does not say/],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False}", two), /header does not say/],
    ['columns first', npy(dict('<f4', '1, 2', 'True'), two), /ascontiguousarray/],
    ['the greatest byte first', npy(dict('>f4', '2,'), two), /x\.astype\('<f4'\)/],
    ['pickled', npy(dict('|O', '2,'), two), /pickled/],
    [
      'records',
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", two),
      /named fields/,
    ],
    ['text', npy(dict('<U2', '1,'), two), /type '<U2': taken are/],
    ['half floats', npy(dict('<f2', '4,'), two), /type '<f2'/],
    ['a type that objects have', npy(dict('<constructor', '2,'), two), /type '<constructor'/],
    ['beyond 2^53', npy(dict('<i8', '1,'), new BigInt64Array([2n ** 60n])), /beyond 2\^53/],
    ['version 9', whole.map((byte, i) => (i === 6 ? 9 : byte)), /version 9/],
  ];
  for (const [what, file, sentence] of cases)
    assert.throws(
      () => decodeNpy(file, 'mine.npy'),
      (/** @type {Error} */ error) => {
        assert.match(error.message, sentence, what);
        assert.match(error.message, /^mine\.npy /, what);
        return true;
      },
      what,
    );
});

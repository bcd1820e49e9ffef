/** NumPy's .npy format, version 1.0, for float32, float64 and int32. */

/** @param {number[]} shape @param {Float32Array | Float64Array | Int32Array} data @returns {Uint8Array<ArrayBuffer>} */
export function encodeNpy(shape, data) {
  const type = data instanceof Float64Array ? '<f8' : data instanceof Int32Array ? '<i4' : '<f4';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The numbers start at a multiple of 64: 6 bytes of magic, 2 of version, 2 of length, the header, a newline.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const header = `${dict.padEnd(length - 1)}\n`;
  const file = new Uint8Array(10 + length + data.byteLength);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return file;
}

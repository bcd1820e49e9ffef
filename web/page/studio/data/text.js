/** A table's bytes as text, whatever program wrote it: UTF-8, UTF-16, or what Windows wrote before. */

/** How many of the first bytes are looked at. */
const LOOKED_AT = 1000;

/** Which byte order zeros between letters speak for; '' for none. @param {Uint8Array} bytes */
function wide(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const some = bytes.subarray(0, LOOKED_AT);
  for (const [i, byte] of some.entries()) if (byte === 0) zeros[i % 2]++;
  // In numbers and Western letters all of one side are zero, and none of the other.
  if (zeros[1] > some.length / 3 && zeros[0] === 0) return 'utf-16le';
  return zeros[0] > some.length / 3 && zeros[1] === 0 ? 'utf-16be' : '';
}

/** @param {Uint8Array} bytes @returns {{text: string, note: string}} note: what is not certain, for the reader */
export function textOf(bytes) {
  const utf16 = wide(bytes);
  if (utf16) return { text: new TextDecoder(utf16).decode(bytes), note: '' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), note: '' };
  } catch {
    return {
      text: new TextDecoder('windows-1252').decode(bytes),
      note: 'Its text is no UTF-8, and was read as Windows-1252.',
    };
  }
}

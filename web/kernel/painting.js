/**
 * A drawing as text, as links carry it: its size, a colon, then row after row a character for each pixel: the number of its
 * colour in base 36, or a dot where nothing was painted. '2x3:..1...' is one pixel of colour 1.
 */

const NOTHING = '.';
/** What no pixel of a drawing has been painted with. */
export const UNPAINTED = -1;
/** As many as one digit tells apart. */
export const MOST_COLOURS = 36;

/** @typedef {{height: number, width: number}} Size */

/** Whether a control's value is a drawing. @param {unknown} value @returns {value is string} */
export const isDrawing = (value) => typeof value === 'string' && /^\d+x\d+:[.0-9a-z]*$/.test(value);

/** @param {Size} size @param {ArrayLike<number>} pixels the number of a colour each, or UNPAINTED */
export function drawingText({ height, width }, pixels) {
  const text = Array.from(pixels, (k) => (k === UNPAINTED ? NOTHING : k.toString(MOST_COLOURS)));
  return `${height}x${width}:${text.join('')}`;
}

/** @param {Size} size @param {number} colours how many there are @param {unknown} value @returns {Int8Array | null} null if that is no such drawing */
export function drawingOf({ height, width }, colours, value) {
  const start = `${height}x${width}:`;
  if (!isDrawing(value) || !value.startsWith(start) || value.length !== start.length + height * width)
    return null;
  const pixels = Int8Array.from(value.slice(start.length), (c) =>
    c === NOTHING ? UNPAINTED : Number.parseInt(c, MOST_COLOURS),
  );
  return pixels.every((k) => k < colours) ? pixels : null;
}

/** Pictures of the reader's: cropped to a square, made small, in grey or colour; folders are classes. */
import { heldOf, mixed } from '../../../kernel/studio/dataset.js';
import { LEAST_ROWS } from './samples.js';

/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** @typedef {{side: number, channels: 1 | 3}} Wish */
/** @typedef {import('./dropped.js').Found} Found */

const MOST = 5000;
/** Larger files are no small pictures, and take long to decode. */
const MOST_BYTES = 40 * 2 ** 20;
const LEAST_SIDE = 4;
/** As many pixels take 256 MB while one is made small. */
const MOST_PIXELS = 2 ** 26;
/** The reader is told how far it is that often. */
const TOLD_EVERY = 50;

export const isPicture = (/** @type {File} */ file) =>
  file.type.startsWith('image/') && file.type !== 'image/svg+xml' && !file.name.startsWith('.');

const unreadable = (/** @type {File} */ file) =>
  new TypeError(`${file.name} is no picture that this browser can read: PNG, JPEG and WebP are`);

/** How large it is, before any pixel is made: an element that is not shown goes by the head of its file. @param {File} file */
async function sizeOf(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    });
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    throw unreadable(file);
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** @param {File} file */
async function checkSize(file) {
  const { width, height } = await sizeOf(file);
  if (Math.min(width, height) < LEAST_SIDE)
    throw new RangeError(
      `${file.name} is ${width}x${height}: a picture takes ${LEAST_SIDE} pixels a side or more`,
    );
  if (width * height > MOST_PIXELS)
    throw new RangeError(
      `${file.name} is ${width.toLocaleString('en')}x${height.toLocaleString('en')}: at most ${Math.floor(MOST_PIXELS / 1e6)} million pixels are taken, so make it smaller`,
    );
}

/** The middle square, as wide as asked for, in values from -1 to 1. @param {File} file @param {Wish} wish */
async function decode(file, { side, channels }) {
  if (file.size > MOST_BYTES)
    throw new RangeError(
      `${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB, and ${MOST_BYTES / 2 ** 20} are the most`,
    );
  await checkSize(file);
  const whole = await createImageBitmap(file).catch(() => {
    throw unreadable(file);
  });
  const { width, height } = whole;
  const edge = Math.min(width, height);
  try {
    const canvas = new OffscreenCanvas(side, side);
    const g = /** @type {OffscreenCanvasRenderingContext2D} */ (
      canvas.getContext('2d', { willReadFrequently: true })
    );
    g.fillStyle = '#fff';
    g.fillRect(0, 0, side, side);
    g.imageSmoothingQuality = 'high';
    g.drawImage(whole, (width - edge) / 2, (height - edge) / 2, edge, edge, 0, 0, side, side);
    return planes(g.getImageData(0, 0, side, side).data, channels);
  } finally {
    whole.close();
  }
}

/** @param {Uint8ClampedArray} rgba @param {1 | 3} channels */
function planes(rgba, channels) {
  const n = rgba.length / 4;
  const out = new Float32Array(channels * n);
  for (let i = 0; i < n; i++) {
    const [r, g, b] = rgba.subarray(4 * i, 4 * i + 3);
    if (channels === 1) out[i] = (0.299 * r + 0.587 * g + 0.114 * b) / 127.5 - 1;
    else for (let c = 0; c < 3; c++) out[c * n + i] = rgba[4 * i + c] / 127.5 - 1;
  }
  return out;
}

/**
 * @param {Found[]} files @param {Wish} wish @param {(done: number) => void} [told]
 * @returns {Promise<Data>} throws a sentence
 */
export async function readPictures(files, wish, told) {
  const chosen = files.filter(({ file }) => isPicture(file));
  if (chosen.length < LEAST_ROWS)
    throw new RangeError(
      `${chosen.length} picture${chosen.length === 1 ? '' : 's'} of ${files.length} file${files.length === 1 ? '' : 's'}: it takes ${LEAST_ROWS} or more (PNG, JPEG, WebP)`,
    );
  if (chosen.length > MOST)
    throw new RangeError(
      `${chosen.length.toLocaleString('en')} pictures: at most ${MOST.toLocaleString('en')} are taken`,
    );
  const folders = [...new Set(chosen.map(({ folder }) => folder))].sort();
  const size = wish.channels * wish.side ** 2;
  const values = new Float32Array(chosen.length * size);
  const inOrder = mixed(chosen.length).map((place) => chosen[place]);
  for (const [i, { file }] of inOrder.entries()) {
    values.set(await decode(file, wish), i * size);
    if (i % TOLD_EVERY === 0) told?.(i + 1);
  }
  const classes = folders.length > 1 ? folders.map((name) => (name || 'others').slice(0, 60)) : [];
  return {
    kind: 'pictures',
    shape: [wish.channels, wish.side, wish.side],
    values,
    labels: classes.length ? Int32Array.from(inOrder, ({ folder }) => folders.indexOf(folder)) : null,
    classes,
    name: folders.length === 1 && folders[0] ? folders[0] : 'My pictures',
    transform: { offset: 0.5, scale: 0.5 },
    held: heldOf(chosen.length),
  };
}

/** What can be taken away from a figure: picture, drawing, animation, numbers. Loaded when its menu first opens. */

import { colour } from '../../figures/parts/dom.js';
import { download } from '../common/save.js';
import { say } from '../common/say.js';
import { encodeGif } from './gif.js';
import { encodeNpy } from './npy.js';
import { drawn, paint } from './picture.js';

/** @typedef {import('../common/menu.js').Item} Item */
/** @typedef {import('../../figures/index.js').Figure} Figure */
/** @typedef {import('../../figures/index.js').Animation} Animation */
/** @typedef {(width: number, height: number, pixels: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>} EncodePng */
/** @typedef {() => HTMLElement[]} Picture what is painted */

const FRAME_MS = 150;
const REST_MS = 1500;

/** A file's name. @param {string} title of the figure */
function nameOf(title) {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name || 'figure';
}

/** @param {string} name @param {Picture} picture @param {EncodePng} encode */
async function savePng(name, picture, encode) {
  const { width, height, data } = await paint(picture(), 2);
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0, at = 0; at < data.length; at += 4) for (let k = 0; k < 3; k++) pixels[i++] = data[at + k];
  download(`${name}.png`, await encode(width, height, pixels), 'image/png');
}

/** Every frame, painted as the reader would see it. @param {string} name @param {Picture} picture @param {Animation} animation */
async function saveGif(name, picture, { at, count, show }) {
  const images = [];
  for (let i = 0; i < count; i++) {
    show(i);
    await drawn();
    images.push(await paint(picture(), 1));
  }
  show(at);
  const [{ width, height }] = images;
  const frames = images.map(({ data }) => data);
  const delays = frames.map((_, i) => (i === count - 1 ? REST_MS : FRAME_MS));
  const file = await encodeGif({ width, height, frames, delays }, (done) => say(`Frame ${done} of ${count}`));
  download(`${name}.gif`, file, 'image/gif');
  say(`Saved an animation of ${count} frames.`);
}

/** @param {Figure} figure @param {HTMLElement} element where it is: for its colours @param {EncodePng} encode @returns {Item[]} */
export function itemsFor(figure, element, encode) {
  const name = nameOf(figure.title());
  const item = (/** @type {string} */ label, /** @type {() => unknown} */ act) => ({
    label,
    async act() {
      try {
        await act();
      } catch (error) {
        say(`It could not be saved: ${error instanceof Error ? error.message : error}`);
      }
    },
  });
  const { picture, svg, animation } = figure;
  const css = (/** @type {string} */ token) => `rgb(${colour(element, token).join(' ')})`;
  const arrays = figure.arrays();
  return [
    ...(picture ? [item('Picture (.png)', () => savePng(name, picture, encode))] : []),
    ...(svg ? [item('Drawing (.svg)', () => download(`${name}.svg`, svg(css), 'image/svg+xml'))] : []),
    ...(picture && animation ? [item('Animation (.gif)', () => saveGif(name, picture, animation()))] : []),
    ...arrays.map(({ name: part, shape, data }) =>
      item(`Numbers ${arrays.length > 1 ? `${part} ` : ''}[${shape.join(', ')}] (.npy)`, () =>
        download(`${name}-${part}.npy`, encodeNpy(shape, data)),
      ),
    ),
  ];
}

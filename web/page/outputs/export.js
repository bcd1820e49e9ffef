/** What can be taken away from a figure: picture, drawing, animation, numbers. Loaded when its menu first opens. */

import { download } from '../common/save.js';
import { say } from '../common/say.js';
import { encodeNpy } from './npy.js';
import { drawn, paint } from './picture.js';
import { canBeSvg, toSvg } from './svg.js';

/** @typedef {import('../common/menu.js').Item} Item */
/** @typedef {{element: HTMLElement, kind: string, props: Record<string, any>}} Source */
/** @typedef {(width: number, height: number, pixels: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>} EncodePng */

const FRAME_MS = 150;
const REST_MS = 1500;

/** @param {HTMLElement} element */
function nameOf(element) {
  const title = element.querySelector('figcaption')?.firstChild?.textContent ?? '';
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name || 'figure';
}

/** @param {Source} source @param {EncodePng} encode */
async function savePng({ element }, encode) {
  const { width, height, data } = paint(element, 2);
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0, at = 0; at < data.length; at += 4) for (let k = 0; k < 3; k++) pixels[i++] = data[at + k];
  download(`${nameOf(element)}.png`, await encode(width, height, pixels), 'image/png');
}

/** Every frame of a player, painted as the reader would see it. @param {Source} source */
async function saveGif({ element }) {
  const slider = /** @type {HTMLInputElement} */ (element.querySelector('.player-controls [type="range"]'));
  const [at, count] = [slider.value, Number(slider.max) + 1];
  const show = (/** @type {string} */ value) => {
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
    return drawn();
  };
  const images = [];
  for (let i = 0; i < count; i++) {
    await show(String(i));
    images.push(paint(element, 1));
  }
  await show(at);
  const [{ width, height }] = images;
  const frames = images.map(({ data }) => data);
  const delays = frames.map((_, i) => (i === count - 1 ? REST_MS : FRAME_MS));
  const worker = new Worker(new URL('./gif-worker.js', import.meta.url), { type: 'module' });
  worker.onerror = () => say('The animation could not be made: its encoder did not load.');
  worker.onmessage = ({ data: { done, file } }) => {
    if (!file) return say(`Frame ${done} of ${count}`);
    worker.terminate();
    download(`${nameOf(element)}.gif`, file, 'image/gif');
    say(`Saved an animation of ${count} frames.`);
  };
  worker.postMessage(
    { width, height, frames, delays },
    frames.map(({ buffer }) => buffer),
  );
}

/** @param {ArrayLike<number>[]} lists of one length */
const joined = (lists) => Float32Array.from(lists.flatMap((list) => Array.from(list)));

/** @param {any} tensor with a shape, or the flat numbers of points in the plane */
function shaped(tensor) {
  const data = tensor.data ?? tensor;
  const numbers = data instanceof Float64Array ? data : Float32Array.from(data);
  return { shape: tensor.shape ?? [numbers.length / 2, 2], data: numbers };
}

/** The numbers behind a figure, each with a name. @param {Source} source */
function arraysOf({ kind, props }) {
  if (kind === 'chart') {
    const columns = /** @type {ArrayLike<number | null>[]} */ (props.data ?? []);
    const rows = columns[0]?.length ?? 0;
    const data = new Float64Array(rows * columns.length);
    columns.forEach((column, k) => {
      for (let i = 0; i < rows; i++) data[i * columns.length + k] = column[i] ?? Number.NaN;
    });
    return [{ name: 'lines', shape: [rows, columns.length], data }];
  }
  /** @type {Record<string, any>[]} */
  const panels = props.panels ?? [props];
  return panels.flatMap((panel, p) => {
    const name = (/** @type {number} */ i) => `${p + 1}-${i + 1}`;
    if (panel.frames) {
      const frames = panel.frames.map(shaped);
      const data = joined(frames.map((/** @type {{data: ArrayLike<number>}} */ frame) => frame.data));
      return [{ name: `frames-${p + 1}`, shape: [frames.length, ...frames[0].shape], data }];
    }
    const tensors = [
      panel.images,
      panel.values,
      ...(panel.sets ?? []).map((/** @type {any} */ s) => s.points),
    ];
    return tensors.filter(Boolean).map((tensor, i) => ({ name: name(i), ...shaped(tensor) }));
  });
}

/** @param {Source} source @param {EncodePng} encode @returns {Item[]} */
export function itemsFor(source, encode) {
  const name = nameOf(source.element);
  const guarded = (/** @type {() => unknown} */ act) => async () => {
    try {
      await act();
    } catch (error) {
      say(`It could not be saved: ${error instanceof Error ? error.message : error}`);
    }
  };
  /** @type {Item[]} */
  const items = [];
  if (source.element.querySelector('canvas'))
    items.push({ label: 'Picture (.png)', act: guarded(() => savePng(source, encode)) });
  if (canBeSvg(source.kind))
    items.push({
      label: 'Drawing (.svg)',
      act: guarded(() =>
        download(`${name}.svg`, toSvg(source.kind, source.props, source.element), 'image/svg+xml'),
      ),
    });
  if (source.kind === 'player')
    items.push({ label: 'Animation (.gif)', act: guarded(() => saveGif(source)) });
  const arrays = arraysOf(source);
  for (const { name: part, shape, data } of arrays)
    items.push({
      label: `Numbers ${arrays.length > 1 ? `${part} ` : ''}[${shape.join(', ')}] (.npy)`,
      act: guarded(() => download(`${name}-${part}.npy`, encodeNpy(shape, data))),
    });
  return items;
}

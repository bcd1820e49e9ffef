/** What a cell hands to a figure, made ready for the page. Checked here, so that a mistake is an error of the cell. */
import { Model } from '../core/model.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../protocol.js').Props} Props */
/** @typedef {{shape: number[], data: Float32Array}} Shaped a tensor as figures get it */

/** @param {unknown} value what a reader passed */
const got = (value) =>
  value instanceof Tensor
    ? `a tensor of shape [${value.shape}]`
    : Array.isArray(value)
      ? 'a list'
      : typeof value;

/** @param {Tensor} tensor @param {number[]} [shape] @returns {Shaped} */
const shaped = (tensor, shape = tensor.shape) => ({ shape, data: Float32Array.from(tensor.data) });

/** @param {string} what @param {unknown} value @returns {Shaped} (rows, columns) */
function matrix(what, value) {
  if (!(value instanceof Tensor) || value.shape.length !== 2)
    throw new TypeError(`${what} must be a tensor of shape [rows, columns], got ${got(value)}`);
  return shaped(value);
}

/** @param {string} what @param {unknown} value @returns {Shaped} (n, 2) */
function plane(what, value) {
  if (!(value instanceof Tensor) || value.shape.length !== 2 || value.columns !== 2)
    throw new TypeError(`${what} must be a tensor of shape [n, 2], got ${got(value)}`);
  return shaped(value);
}

/** One picture (height, width), several (n, channels, height, width), or a list of single ones. @param {unknown} value @returns {Shaped} */
function pictures(value) {
  const say = () =>
    new TypeError(
      `images must be a tensor of shape [height, width] or [n, 1 or 3, height, width], or a list of the first, got ${got(value)}`,
    );
  if (Array.isArray(value)) {
    const [first] = value;
    if (!value.every((each) => each instanceof Tensor && each.shape.length === 2)) throw say();
    if (!value.every((each) => each.shape.join() === first.shape.join()))
      throw new TypeError('all images of a list must have the same shape');
    const data = new Float32Array(value.length * (first?.length ?? 0));
    for (const [i, each] of value.entries()) data.set(each.data, i * first.length);
    return { shape: [value.length, 1, ...(first?.shape ?? [1, 1])], data };
  }
  if (!(value instanceof Tensor)) throw say();
  if (value.shape.length === 2) return shaped(value, [1, 1, ...value.shape]);
  if (value.shape.length !== 4 || (value.shape[1] !== 1 && value.shape[1] !== 3)) throw say();
  return shaped(value);
}

/** @param {Props} panel @param {Props} all what the panels share */
function grid(panel, { range = [0, 1], columns }) {
  const images = pictures(panel.images);
  const n = images.shape[0];
  if (panel.labels && panel.labels.length !== n)
    throw new TypeError(`${panel.labels.length} labels for ${n} images`);
  return { columns, ...panel, range: panel.range ?? range, images };
}

/** @param {Props} panel @param {Props} all */
const heatmap = (panel, { range, x, y }) => ({
  range,
  x,
  y,
  ...panel,
  values: matrix('values', panel.values),
});

/** @param {Props} panel @param {Props} all */
function field(panel, { background_range }) {
  const { points, vectors, background } = panel;
  if (vectors && points?.rows !== vectors.rows)
    throw new TypeError(`${vectors.rows} vectors for ${points?.rows ?? 'no'} points`);
  return {
    background_range,
    ...panel,
    ...(vectors && { points: plane('points', points), vectors: plane('vectors', vectors) }),
    ...(background && { background: matrix('background', background) }),
  };
}

/** @param {Props} panel frames of points, or of pictures */
const track = (panel, { range = [0, 1] }) =>
  panel.frames?.[0]?.shape?.length === 4
    ? {
        ...panel,
        frames: panel.frames.map((/** @type {unknown} */ each) =>
          grid({ ...panel, images: each }, { range }),
        ),
      }
    : panel;

/** @type {Record<string, (panel: Props, all: Props) => Props>} */
const PANELS = { grid, heatmap, field, player: track };

/**
 * The props of a figure of panels: what it was given, with tensors as {shape, data}. A single panel can be given without
 * the list; what all panels share stands beside it.
 * @param {string} kind @param {Props} props @returns {Props}
 */
export function panelled(kind, props) {
  const { panels, ...shared } = props;
  if (panels)
    return { ...shared, panels: panels.map((/** @type {Props} */ each) => PANELS[kind](each, shared)) };
  return { range: shared.range, panels: [PANELS[kind](shared, shared)] };
}

/** What a drawing of a U-Net shows. @param {unknown} model */
export function partsOf(model) {
  if (!(model instanceof Model) || model.kind !== 'mini-unet')
    throw new TypeError(`network draws a MiniUNet, got ${model instanceof Model ? model.kind : got(model)}`);
  return { input: model.sample_shape, layers: model.layers(), skips: model.skips };
}

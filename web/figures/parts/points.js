/** One square panel of points in the plane, drawn as ImageData: 10,000 points take half a millisecond. */
import { colour, short } from './dom.js';
import { createPanel } from './panel.js';

/** @typedef {{points: ArrayLike<number>, label?: string, color?: string}} PointSet */

/** A round dot: offsets from its centre and how much of each pixel it covers. @param {number} radius */
function stamp(radius) {
  const reach = Math.ceil(radius);
  const dot = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) dot.push({ dx, dy, cover });
    }
  return dot;
}

/**
 * @param {ImageData} image @param {ArrayLike<number>} points @param {[number, number, number]} rgb
 * @param {[number, number]} range @param {number} ratio device pixels a CSS pixel
 */
export function plot(image, points, rgb, [low, high], ratio) {
  const { data, width, height } = image;
  const n = points.length / 2;
  const alpha = Math.min(0.9, Math.max(0.3, 900 / n));
  const small = Math.max(0.6, Math.min(1, width / ratio / 300));
  const dot = stamp((n > 2000 ? 1.1 : 1.6) * small * ratio);
  const scale = width / (high - low);
  for (let i = 0; i < n; i++) {
    const cx = Math.round((points[2 * i] - low) * scale);
    const cy = Math.round(height - (points[2 * i + 1] - low) * scale);
    for (const { dx, dy, cover } of dot) {
      const x = cx + dx;
      const y = cy + dy;
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      const at = 4 * (y * width + x);
      const a = alpha * cover;
      for (let k = 0; k < 3; k++) data[at + k] += (rgb[k] - data[at + k]) * a;
    }
  }
}

/**
 * Axes through zero, and numbers at the left and lower edge, where few points are.
 * @param {CanvasRenderingContext2D} g @param {[number, number]} range @param {number} ratio @param {string} css
 */
function axes(g, [low, high], ratio, css) {
  const size = g.canvas.width;
  const place = (/** @type {number} */ v) => Math.round(((v - low) / (high - low)) * size) + 0.5;
  g.strokeStyle = css;
  g.fillStyle = css;
  g.lineWidth = 1;
  g.font = `${10.5 * ratio}px Inter Variable, sans-serif`;
  g.globalAlpha = 0.3;
  g.beginPath();
  g.moveTo(place(0), 0);
  g.lineTo(place(0), size);
  g.moveTo(0, size - place(0));
  g.lineTo(size, size - place(0));
  g.stroke();
  g.globalAlpha = 1;
  const unit = high - low > 4 ? 2 : 1;
  for (let v = Math.ceil(low) + (Math.ceil(low) === low ? 1 : 0); v < high; v++) {
    if (v % unit) continue;
    const text = short(v).replace('-', '−');
    const wide = g.measureText(text).width;
    // Zero stands beside the axis, not on it.
    g.fillText(text, place(v) - (v === 0 ? wide + 3 * ratio : wide / 2), size - 6 * ratio);
    // In a small panel the lowest number at the left would meet the first one below.
    if (v !== 0 && place(v) > 24 * ratio) g.fillText(text, 6 * ratio, size - place(v) + 4 * ratio);
  }
}

/** @param {PointSet[]} sets @param {[number, number]} range */
function inWords(sets, [low, high]) {
  const parts = sets.map(({ points, label }) => {
    const n = points.length / 2;
    let out = 0;
    for (let i = 0; i < n; i++)
      if (
        !(
          Math.max(points[2 * i], points[2 * i + 1]) <= high &&
          Math.min(points[2 * i], points[2 * i + 1]) >= low
        )
      )
        out++;
    return `${n} points${label ? ` (${label})` : ''}${out ? `, ${out} of them outside the frame` : ''}`;
  });
  return parts.join('; ') || 'no points yet';
}

/** @typedef {{title?: string, sets?: PointSet[], range?: [number, number]}} Options */
/** @typedef {(g: CanvasRenderingContext2D, ratio: number, range: [number, number]) => void} Layer */

/**
 * @param {HTMLElement} el @param {Options} options
 * @param {{below?: Layer, above?: Layer, words?: () => string, marks?: import('./panel.js').Mark[]}} [layers] what else the panel shows
 */
export function create(el, options, { below, above, words, marks: more = [] } = {}) {
  let state = { title: '', sets: /** @type {PointSet[]} */ ([]), ...options };
  const range = options.range ?? /** @type {[number, number]} */ ([-3, 3]);

  const panel = createPanel(el, 'square', (g, ratio) => {
    const { width, height } = g.canvas;
    g.fillStyle = `rgb(${colour(panel.root, 'figure')})`;
    g.fillRect(0, 0, width, height);
    below?.(g, ratio, range);
    const image = g.getImageData(0, 0, width, height);
    for (const { points, color = 'xt' } of state.sets)
      plot(image, points, colour(panel.root, color), range, ratio);
    g.putImageData(image, 0, 0);
    above?.(g, ratio, range);
    axes(g, range, ratio, `rgb(${colour(panel.root, 'axis')})`);
  });

  /** @param {Options} next */
  function update(next) {
    state = { ...state, ...next };
    const marks = state.sets.flatMap(({ label, color = 'xt' }) => (label ? [{ label, color }] : []));
    const told = words?.() ?? '';
    const parts = [
      ...(told ? [told] : []),
      ...(told && state.sets.length === 0 ? [] : [inWords(state.sets, range)]),
    ];
    panel.say(
      state.title,
      [...more, ...marks],
      `${state.title || 'Points in the plane'}: ${parts.join('; ')}.`,
    );
    panel.redraw();
  }
  update({});
  return { update, redraw: panel.redraw, destroy: panel.destroy, root: panel.root, canvas: panel.canvas };
}

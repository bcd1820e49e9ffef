/** Charts, points and drawings as SVG, from the numbers and not from the pixels. */
import { colour, short } from '../../figures/dom.js';
import { label } from '../../figures/label.js';
import { drawing } from '../../figures/network.js';

/** @typedef {(name: string) => string} Css a colour of tokens.css as it is now */
/** @typedef {Record<string, any>} Props */

const COLOURS = ['eps', 'x0', 'xt', 'abar'];
const [WIDTH, HEIGHT] = [720, 360];
const BOX = { left: 58, right: 16, top: 34, bottom: 44 };
const PANEL = 340;

/** @param {number} width @param {number} height @param {Css} css @param {string[]} parts */
const file = (width, height, css, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="${width}" height="${height}" fill="${css('figure')}"/>
${parts.join('\n')}
</svg>
`;

/** About five round numbers from low to high. @param {number} low @param {number} high */
function marks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** @param {ArrayLike<number | null>[]} lists */
function extent(lists) {
  const values = lists.flatMap((list) => Array.from(list).filter((v) => v !== null && Number.isFinite(v)));
  const numbers = /** @type {number[]} */ (values);
  const low = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return low < high ? [low, high] : [(low || 0) - 1, (low || 0) + 1];
}

/** @param {Props} props of a chart @param {Css} css */
export function chartSvg({ title = '', x, series, colors = [], log = false, data }, css) {
  const scaled = (/** @type {number | null} */ v) =>
    v === null || !Number.isFinite(v) || (log && v <= 0) ? null : log ? Math.log10(v) : v;
  const xs = Array.from(/** @type {ArrayLike<number>} */ (data[0]));
  const lines = data.slice(1).map((/** @type {ArrayLike<number | null>} */ list) => Array.from(list, scaled));
  const [[x0, x1], [y0, y1]] = [extent([xs]), extent(lines)];
  const px = (/** @type {number} */ v) => BOX.left + ((v - x0) / (x1 - x0)) * (WIDTH - BOX.left - BOX.right);
  const py = (/** @type {number} */ v) =>
    HEIGHT - BOX.bottom - ((v - y0) / (y1 - y0)) * (HEIGHT - BOX.top - BOX.bottom);
  const name = (/** @type {number} */ i) => colors[i] ?? COLOURS[i % COLOURS.length];
  const grid = marks(y0, y1).flatMap((v) => [
    `<path d="M${BOX.left} ${py(v).toFixed(1)}H${WIDTH - BOX.right}" stroke="${css('grid')}"/>`,
    label(BOX.left - 6, py(v) + 4, short(log ? 10 ** v : v), css('axis'), 'text-anchor="end"'),
  ]);
  const below = marks(x0, x1).map((v) =>
    label(px(v), HEIGHT - BOX.bottom + 18, short(v), css('axis'), 'text-anchor="middle"'),
  );
  const paths = lines.map((/** @type {(number | null)[]} */ line, /** @type {number} */ i) => {
    const points = line.flatMap((v, k) =>
      v === null ? [] : [`${px(xs[k]).toFixed(2)},${py(v).toFixed(2)}`],
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${css(name(i))}" stroke-width="1.8"/>`;
  });
  let at = WIDTH - BOX.right;
  const legend = series.map((/** @type {string} */ text, /** @type {number} */ i) => {
    const end = at;
    at -= text.length * 7 + 18;
    return label(end, 20, text, css(name(i)), 'text-anchor="end"');
  });
  const words = label((BOX.left + WIDTH - BOX.right) / 2, HEIGHT - 8, x, css('axis'), 'text-anchor="middle"');
  return file(WIDTH, HEIGHT, css, [
    label(BOX.left, 20, title, css('axis'), 'font-weight="600"'),
    ...legend,
    ...grid,
    ...below,
    words,
    ...paths,
  ]);
}

/** @param {Props} props of a scatter @param {Css} css */
export function scatterSvg({ title, sets, panels, range = [-3, 3] }, css) {
  /** @type {Props[]} */
  const list = panels ?? [{ title, sets }];
  const [low, high] = range;
  const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * PANEL;
  const parts = list.flatMap((panel, k) => {
    const left = 10 + k * (PANEL + 16);
    const dots = (panel.sets ?? []).map((/** @type {Props} */ { points, color = 'xt' }) => {
      const n = points.length / 2;
      let path = '';
      for (let i = 0; i < n; i++) {
        const [x, y] = [place(points[2 * i]), PANEL - place(points[2 * i + 1])];
        if (x >= 0 && x <= PANEL && y >= 0 && y <= PANEL) path += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
      }
      const opacity = Math.min(0.9, Math.max(0.3, 900 / n));
      return `<path d="${path}" stroke="${css(color)}" stroke-width="3" stroke-linecap="round" stroke-opacity="${opacity}"/>`;
    });
    const zero = place(0).toFixed(1);
    return [
      `<g transform="translate(${left} 34)">`,
      label(0, -12, panel.title ?? '', css('axis'), 'font-weight="600"'),
      `<rect width="${PANEL}" height="${PANEL}" fill="none" stroke="${css('grid')}"/>`,
      `<path d="M${zero} 0V${PANEL}M0 ${PANEL - Number(zero)}H${PANEL}" stroke="${css('grid')}"/>`,
      ...dots,
      '</g>',
    ];
  });
  return file(list.length * (PANEL + 16) + 4, PANEL + 48, css, parts);
}

/** @param {Props} props of a network @param {Css} css */
function networkSvg(props, css) {
  const { width, height, parts } = drawing(/** @type {any} */ (props), css);
  return file(width, height, css, parts);
}

/** @type {Record<string, (props: Props, css: Css) => string>} */
const WRITERS = { chart: chartSvg, scatter: scatterSvg, network: networkSvg };

/** @param {string} kind */
export const canBeSvg = (kind) => kind in WRITERS;

/** @param {string} kind @param {Props} props @param {HTMLElement} display */
export const toSvg = (kind, props, display) =>
  WRITERS[kind](props, (name) => `rgb(${colour(display, name).join(' ')})`);

/** Drawings as text: an SVG file and its parts. */
import { label } from './label.js';

/** @typedef {(name: string) => string} Css a colour of tokens.css as it is now */
/** @typedef {{x: (v: number) => number, y: (v: number) => number, size: number}} Place where the plane's numbers stand in a panel */

/** @param {number} width @param {number} height @param {Css} css @param {string[]} parts */
export const svgFile = (width, height, css, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="${width}" height="${height}" fill="${css('figure')}"/>
${parts.join('\n')}
</svg>
`;

/** A bold title. @param {number} x @param {number} y @param {string | undefined} text @param {Css} css */
export const svgTitle = (x, y, text, css) => label(x, y, text ?? '', css('axis'), 'font-weight="600"');

const PANEL = 340;

/**
 * Square panels of the plane side by side, with their axes.
 * @template {{title?: string}} P
 * @param {P[]} panels @param {[number, number]} range @param {Css} css @param {(panel: P, place: Place) => string[]} inside
 */
export function squaresSvg(panels, [low, high], css, inside) {
  const x = (/** @type {number} */ v) => ((v - low) / (high - low)) * PANEL;
  const y = (/** @type {number} */ v) => PANEL - x(v);
  const parts = panels.flatMap((panel, k) => [
    `<g transform="translate(${10 + k * (PANEL + 16)} 34)">`,
    svgTitle(0, -12, panel.title, css),
    `<rect width="${PANEL}" height="${PANEL}" fill="none" stroke="${css('grid')}"/>`,
    `<path d="M${x(0).toFixed(1)} 0V${PANEL}M0 ${y(0).toFixed(1)}H${PANEL}" stroke="${css('grid')}"/>`,
    '<g clip-path="url(#panel)">',
    ...inside(panel, { x, y, size: PANEL }),
    '</g></g>',
  ]);
  const clip = `<clipPath id="panel"><rect width="${PANEL}" height="${PANEL}"/></clipPath>`;
  return svgFile(panels.length * (PANEL + 16) + 4, PANEL + 48, css, [clip, ...parts]);
}

/** The dots of sets of points. @param {import('./points.js').PointSet[]} sets @param {Place} place @param {Css} css */
export const dotsSvg = (sets, { x, y, size }, css) =>
  sets.map(({ points, color = 'xt' }) => {
    const n = points.length / 2;
    let path = '';
    for (let i = 0; i < n; i++) {
      const [left, top] = [x(points[2 * i]), y(points[2 * i + 1])];
      if (left >= 0 && left <= size && top >= 0 && top <= size)
        path += `M${left.toFixed(1)} ${top.toFixed(1)}h0`;
    }
    const opacity = Math.min(0.9, Math.max(0.3, 900 / n));
    return `<path d="${path}" stroke="${css(color)}" stroke-width="3" stroke-linecap="round" stroke-opacity="${opacity}"/>`;
  });

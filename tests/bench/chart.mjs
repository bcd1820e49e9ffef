// What was measured, as a chart: a row for each workload, a dot for each of five contestants, on a logarithmic axis of
// speed with the fastest PyTorch at 1. It follows the reader's dark mode.

import { digits } from './report.mjs';
import { workloads } from './workloads.mjs';

/** @typedef {import('./report.mjs').Measurement} Measurement */

/** The contestants that are shown, by their role. */
const series = [
  { role: 'native', name: 'native, fast', short: 'native', mark: 'disc' },
  { role: 'chromium', name: 'Chromium, fast', short: 'Chromium', mark: 'disc' },
  { role: 'page', name: 'Chromium, exact, 1 thread', short: 'exact, 1', mark: 'ring' },
  { role: 'tfjs', name: 'TensorFlow.js', short: 'TF.js', mark: 'diamond' },
  { role: 'jaxjs', name: 'jax-js', short: 'jax-js', mark: 'square' },
];

const [width, left, right, top, rowHeight] = [800, 232, 484, 118, 36];
const columns = [548, 604, 668, 724, 784]; // right edges: PyTorch, native, Chromium, TensorFlow.js, jax-js

const style = `
  svg { --paper: #ffffff; --ink: #1f2430; --soft: #5d6575; --line: #d9dde4; --base: #8a8f98;
        --native: #2563a8; --chromium: #c2571a; --page: #c2571a; --tfjs: #6b4fa0; --jaxjs: #2f7d4f; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14171d; --ink: #e6e8ec; --soft: #a2a9b6; --line: #323843; --base: #8a8f98;
          --native: #6aa9ee; --chromium: #f09355; --page: #f09355; --tfjs: #b79cf0; --jaxjs: #6cc492; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .soft { fill: var(--soft); font-size: 11.5px; }
  .head { font-weight: 600; }
  .number { font-variant-numeric: tabular-nums; font-size: 12px; }
  .end { text-anchor: end; } .middle { text-anchor: middle; }
  .grid { stroke: var(--line); } .base { stroke: var(--base); stroke-width: 1.5; } .span { stroke: var(--line); stroke-width: 3; }
${series.map(({ role, mark }) => `  .${role} { fill: var(--${mark === 'ring' ? 'paper' : role}); stroke: var(--${role}); stroke-width: 2; }`).join('\n')}
`;

const asText = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @param {string} mark
 * @param {string} role
 * @param {number} x
 * @param {number} y
 */
function shape(mark, role, x, y) {
  if (mark === 'diamond') return `<path class="${role}" d="M${x} ${y - 6}l6 6-6 6-6-6z"/>`;
  if (mark === 'square') return `<rect class="${role}" x="${x - 5}" y="${y - 5}" width="10" height="10"/>`;
  return `<circle class="${role}" cx="${x}" cy="${y}" r="${mark === 'ring' ? 5 : 6}"/>`;
}

/** Speeds as a reader writes them: 4, 1/2. @param {number} power */
const tick = (power) => (power >= 0 ? String(2 ** power) : `1/${2 ** -power}`);

/**
 * The powers of two that enclose all speeds.
 * @param {number[]} speeds
 */
function makeAxis(speeds) {
  const low = Math.floor(Math.log2(Math.min(1, ...speeds)));
  const high = Math.max(low + 1, Math.ceil(Math.log2(Math.max(1, ...speeds))));
  const step = high - low > 9 ? 2 : 1;
  const x = (/** @type {number} */ speed) =>
    Math.round(left + ((Math.log2(speed) - low) / (high - low)) * (right - left));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i).filter((p) => p % step === 0);
  return { x, ticks };
}

/**
 * One workload: what it is, its dots and its times.
 * @param {Measurement[]} group
 * @param {Measurement} base
 * @param {number} y
 * @param {(speed: number) => number} x
 */
function row(group, base, y, x) {
  const name = group[0].workload;
  const parts = [
    `<text x="16" y="${y - 2}" class="head">${asText(name)}</text>`,
    `<text x="16" y="${y + 13}" class="soft">${asText(subtitle(name))}</text>`,
  ];
  const shown = series.flatMap((kind) => {
    const m = group.find(({ role }) => role === kind.role);
    return m ? [{ ...kind, m, at: x(base.median / m.median) }] : [];
  });
  if (shown.length > 0) {
    const places = shown.map(({ at }) => at);
    parts.push(`<path class="span" d="M${Math.min(...places)} ${y}H${Math.max(...places)}"/>`);
  }
  for (const { mark, role, at, m } of [...shown].reverse()) {
    const title = `<title>${asText(m.contestant)}, threads: ${m.threads}: ${digits(m.median)} ms</title>`;
    parts.push(`<g>${title}${shape(mark, role, at, y)}</g>`);
  }
  const pytorch = base.role === 'pytorch' ? base : undefined;
  const others = ['native', 'chromium', 'tfjs', 'jaxjs'].map((role) => group.find((m) => m.role === role));
  for (const [i, m] of [pytorch, ...others].entries()) {
    parts.push(
      `<text x="${columns[i]}" y="${y + 4}" class="number end">${m ? digits(m.median) : '-'}</text>`,
    );
  }
  return parts.join('\n');
}

/** The part of the description that fits. @param {string} name */
function subtitle(name) {
  const { batch, n, steps, model, base } = workloads[name];
  const net = {
    mlp: 'exercise 5',
    conditional: 'exercise 10',
    miniUnet: `MiniUNet(${base})`,
    simpleUnet: 'SimpleUNet, 64x64',
  };
  return batch ? `${net[model]}, batch ${batch}` : `${net[model]}, ${n} samples, ${steps} steps`;
}

/**
 * What a workload's speeds are compared with: the fastest PyTorch, or without one whoever came first.
 * @param {Measurement[]} group
 */
function baseOf(group) {
  const pytorch = group.filter(({ role }) => role === 'pytorch').sort((a, b) => a.median - b.median);
  return pytorch[0] ?? group[0];
}

/**
 * Whom the fastest PyTorch is the fastest of.
 * @param {Measurement[]} measurements
 */
function fastestOf(measurements) {
  const pytorch = measurements.filter(({ role }) => role === 'pytorch');
  const all = new Set(pytorch.map(({ contestant, threads }) => `${contestant} on ${threads}`));
  return all.size > 1 ? `Fastest of ${[...all].join(', ')}. ` : '';
}

/**
 * @param {Measurement[]} measurements
 * @param {string} note the machine
 */
export function chart(measurements, note) {
  const names = [...new Set(measurements.map(({ workload }) => workload))];
  const groups = names.map((name) => measurements.filter(({ workload }) => workload === name));
  const bases = groups.map(baseOf);
  const speeds = groups.flatMap((group, g) =>
    group.filter((m) => series.some(({ role }) => role === m.role)).map((m) => bases[g].median / m.median),
  );
  const { x, ticks } = makeAxis(speeds);
  const bottom = top + names.length * rowHeight;
  const threads = Math.max(1, ...measurements.map((m) => m.threads));
  const reference = bases.every(({ role }) => role === 'pytorch') ? 'PyTorch' : bases[0]?.contestant;
  let at = 22;
  const legend = series.map(({ name, mark, role }) => {
    const item = `${shape(mark, role, at, 55)}<text x="${at + 12}" y="59">${asText(name)}</text>`;
    at += 44 + 7 * name.length;
    return item;
  });
  const heads = ['PyTorch', 'native', 'Chromium', 'TF.js', 'jax-js'].map(
    (head, i) => `<text x="${columns[i]}" y="${top - 12}" class="soft end">${head}</text>`,
  );
  const grid = ticks.map((power) => {
    const at = x(2 ** power);
    const label = `<text x="${at}" y="${bottom + 14}" class="soft middle">${tick(power)}</text>`;
    return `<path class="${power === 0 ? 'base' : 'grid'}" d="M${at} ${top - 6}V${bottom - 2}"/>${label}`;
  });
  const rows = groups.map((group, g) => row(group, bases[g], top + (g + 0.5) * rowHeight, x));
  const fastest = reference === 'PyTorch' ? 'the fastest PyTorch' : reference;
  const title = `Speed in times of ${fastest}, ${threads} thread${threads === 1 ? '' : 's'}`;
  const height = bottom + 58;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${asText(title)}</title>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" rx="8" style="fill: var(--paper)"/>`,
    `<text x="16" y="28" class="head" style="font-size: 16px">${asText(title)}</text>`,
    ...legend,
    `<text x="${x(1)}" y="${top - 12}" class="soft middle">${asText(String(reference))} = 1</text>`,
    `<text x="${columns[4]}" y="${top - 30}" class="soft end">median, milliseconds</text>`,
    ...[...heads, ...grid, ...rows],
    `<text x="16" y="${bottom + 32}" class="soft">${asText(note)}. Further right is faster; the scale is logarithmic.</text>`,
    `<text x="16" y="${bottom + 48}" class="soft">${asText(fastestOf(measurements))}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

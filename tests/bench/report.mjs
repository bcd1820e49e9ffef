// What was measured, as a table, as JSON and as a chart.

import { workloads } from './workloads.mjs';

/**
 * rounds: the median of each round.
 * @typedef {object} Measurement
 * @property {string} workload
 * @property {string} contestant
 * @property {string} role
 * @property {number} threads
 * @property {number[]} rounds
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {number} gflops
 * @property {number} [peak_gflops] the median of what was measured after each round
 * @property {number} [of_peak] the median of the rounds' shares
 * @property {number} [ratio] PyTorch's median over this one
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * What the rounds of one contestant brought; a peak of 0 is one that was not measured.
 * @typedef {object} Run
 * @property {string} name
 * @property {string} role
 * @property {number} threads
 * @property {number[]} rounds
 * @property {number[]} peaks
 * @property {number} min
 * @property {number} max
 */

/**
 * Fills in what follows from the rounds of one workload.
 * @param {string} workload
 * @param {Run[]} runs
 * @returns {Measurement[]}
 */
export function summarize(workload, runs) {
  const done = runs.filter(({ rounds }) => rounds.length > 0);
  const pytorch = done.find(({ role }) => role === 'pytorch');
  const reference = pytorch && median(pytorch.rounds);
  const gflops = (/** @type {number} */ ms) => (1e-6 * workloads[workload].flops) / ms;
  return done.map(({ name, role, threads, rounds, peaks, min, max }) => {
    const measured = peaks.every((peak) => peak > 0);
    return {
      ...{ workload, contestant: name, role, threads, rounds },
      ...{ median: median(rounds), min, max, gflops: gflops(median(rounds)) },
      peak_gflops: measured ? median(peaks) : undefined,
      of_peak: measured ? median(rounds.map((ms, i) => gflops(ms) / peaks[i])) : undefined,
      ratio: reference && reference / median(rounds),
    };
  });
}

/**
 * workload -> PyTorch's time over ours, of the fastest contestant that counts for it; without PyTorch empty.
 * @param {Measurement[]} measurements
 */
export function ratiosOf(measurements) {
  /** @type {Record<string, Record<string, number>>} */
  const ratios = {};
  for (const { workload, role, ratio } of measurements) {
    if (!ratio || (role !== 'chromium' && role !== 'native')) continue;
    ratios[workload] ??= {};
    ratios[workload][role] = Math.max(ratio, ratios[workload][role] ?? 0);
  }
  return ratios;
}

// ---- Table -------------------------------------------------------------------------------------------------

const digits = (/** @type {number} */ ms) => ms.toFixed(ms < 10 ? 3 : 1);
const times = (/** @type {number | undefined} */ ratio) => (ratio ? ratio.toFixed(2) : '-');

/**
 * @param {Measurement[]} measurements of one workload
 */
export function table(measurements) {
  const head = ['', 'median ms', 'min', 'max', 'x PyTorch', 'GFLOP/s', 'peak', 'of peak'];
  const rows = measurements.map((m) => [
    ...[m.contestant, digits(m.median), digits(m.min), digits(m.max), times(m.ratio), m.gflops.toFixed(1)],
    ...[m.peak_gflops?.toFixed(1) ?? '-', m.of_peak ? `${(100 * m.of_peak).toFixed(0)}%` : '-'],
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [head, ...rows].map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}

// ---- Chart -------------------------------------------------------------------------------------------------

const colours = { pytorch: '#8a8f98', native: '#2563a8', chromium: '#c2571a', '': '#7d9cc0' };
const asText = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * Bars of speed: PyTorch is 1, or the slowest where PyTorch is missing.
 * @param {Measurement[]} measurements
 * @param {string} note
 */
export function chart(measurements, note) {
  const [left, width, bar] = [150, 330, 20];
  const names = [...new Set(measurements.map(({ workload }) => workload))];
  const groups = names.map((name) => measurements.filter(({ workload }) => workload === name));
  const speeds = groups.map((group) => {
    const slowest = Math.max(...group.map((m) => m.median));
    return group.map((m) => m.ratio ?? slowest / m.median);
  });
  const scale = width / Math.max(1, ...speeds.flat());
  const parts = [];
  let y = 16;
  for (const [g, group] of groups.entries()) {
    const about = `${names[g]}: ${workloads[names[g]].about}`;
    parts.push(`<text x="12" y="${y + 12}" font-weight="bold">${asText(about)}</text>`);
    y += 24;
    for (const [i, m] of group.entries()) {
      const length = (speeds[g][i] * scale).toFixed(1);
      const colour = colours[/** @type {keyof typeof colours} */ (m.role)] ?? colours[''];
      const label = `${speeds[g][i].toFixed(2)} x  (${digits(m.median)} ms)`;
      parts.push(
        `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${asText(m.contestant)}</text>`,
        `<rect x="${left}" y="${y + 1}" width="${length}" height="${bar - 4}" fill="${colour}"/>`,
        `<text x="${left + Number(length) + 6}" y="${y + 13}">${label}</text>`,
      );
      y += bar;
    }
    y += 14;
  }
  parts.push(`<text x="12" y="${y + 8}" fill="#555">${asText(note)}</text>`);
  const size = `width="640" height="${y + 24}" viewBox="0 0 640 ${y + 24}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="13">`;
  return [head, '<rect width="100%" height="100%" fill="#fff"/>', ...parts, '</svg>', ''].join('\n');
}

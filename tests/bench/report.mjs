// What was measured, as a table and as ratios.

import { median } from './measure.mjs';
import { flopsOf } from './workloads.mjs';

/**
 * rounds: the median of each round.
 * @typedef {object} Measurement
 * @property {string} workload
 * @property {string} id
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
 * @property {number} [ratio] over this one, the median of the first PyTorch on the most threads
 * @property {number} [best] over this one, the smallest of PyTorch's medians
 */

/**
 * How what a contestant reached differs from what the first one reached; '' if it does not.
 * @param {number[]} found
 * @param {number[]} expected
 */
export function disagreement(found, expected) {
  const same = (/** @type {number} */ value, /** @type {number} */ i) =>
    Math.abs(value - expected[i]) <= 1e-4 * Math.abs(expected[i]);
  if (found.length === expected.length && found.every(same)) return '';
  return `it reaches ${found.join(', ')} where ${expected.join(', ')} is right`;
}

/**
 * What the rounds of one contestant brought; a peak of 0 is one that was not measured.
 * @typedef {object} Run
 * @property {string} id
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
  const pytorch = done.filter(({ role }) => role === 'pytorch');
  const most = Math.max(...pytorch.map(({ threads }) => threads));
  const first = pytorch.find(({ threads }) => threads === most);
  const reference = first && median(first.rounds);
  const best = first && Math.min(...pytorch.map(({ rounds }) => median(rounds)));
  const gflops = (/** @type {number} */ ms) => (1e-6 * flopsOf(workload)) / ms;
  return done.map(({ id, name, role, threads, rounds, peaks, min, max }) => {
    const measured = peaks.every((peak) => peak > 0);
    return {
      ...{ workload, id, contestant: name, role, threads, rounds },
      ...{ median: median(rounds), min, max, gflops: gflops(median(rounds)) },
      peak_gflops: measured ? median(peaks) : undefined,
      of_peak: measured ? median(rounds.map((ms, i) => gflops(ms) / peaks[i])) : undefined,
      ratio: reference && reference / median(rounds),
      best: best && best / median(rounds),
    };
  });
}

/**
 * PyTorch's time over ours in fast mode on the most threads, workload -> { native, chromium }: ratios to the first PyTorch on as
 * many threads, best to the fastest of all PyTorchs and numbers of threads. Without PyTorch both are empty.
 * @param {Measurement[]} measurements
 */
export function ratiosOf(measurements) {
  const of = (/** @type {'ratio' | 'best'} */ which) => {
    /** @type {Record<string, Record<string, number>>} */
    const ratios = {};
    for (const { workload, role, [which]: ratio } of measurements) {
      if (!ratio || (role !== 'chromium' && role !== 'native')) continue;
      ratios[workload] = { ...ratios[workload], [role]: ratio };
    }
    return ratios;
  };
  return { ratios: of('ratio'), best: of('best') };
}

// ---- Table -------------------------------------------------------------------------------------------------

export const digits = (/** @type {number} */ ms) => ms.toFixed(ms < 10 ? 3 : 1);
const times = (/** @type {number | undefined} */ ratio) => (ratio ? ratio.toFixed(2) : '-');

/**
 * @param {Measurement[]} measurements of one workload
 */
export function table(measurements) {
  const head = ['', 'threads', 'median ms', 'min', 'max', 'x best PyTorch', 'GFLOP/s', 'peak', 'of peak'];
  const rows = measurements.map((m) => [
    ...[
      m.contestant,
      String(m.threads),
      digits(m.median),
      digits(m.min),
      digits(m.max),
      times(m.best),
      m.gflops.toFixed(1),
    ],
    ...[m.peak_gflops?.toFixed(1) ?? '-', m.of_peak ? `${(100 * m.of_peak).toFixed(0)}%` : '-'],
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [head, ...rows].map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}

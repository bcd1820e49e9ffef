// How a contestant in JavaScript times itself.

/**
 * run: a training step or a sampling run; returns the step's loss, or the mean size of the samples' numbers.
 * @typedef {{run: () => number, end: () => void}} Work
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * Times runs one by one until `seconds` have passed, at least one.
 * @param {Work} work
 * @param {number} warmup runs before that
 * @param {number} seconds
 */
export function measure(work, warmup, seconds) {
  /** @type {number[]} */
  const times = [];
  for (let i = 0; i < warmup; i++) work.run();
  const end = performance.now() + 1e3 * seconds;
  while (times.length === 0 || performance.now() < end) {
    const start = performance.now();
    work.run();
    times.push(performance.now() - start);
  }
  return times;
}

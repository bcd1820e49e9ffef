// How a contestant in JavaScript times itself.

/**
 * run: a training step or a sampling run; returns the step's loss, or the mean size of the samples' numbers.
 * @typedef {{run: () => number | Promise<number>, end: () => void}} Work
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
async function measure(work, warmup, seconds) {
  /** @type {number[]} */
  const times = [];
  for (let i = 0; i < warmup; i++) await work.run();
  const end = performance.now() + 1e3 * seconds;
  while (times.length === 0 || performance.now() < end) {
    const start = performance.now();
    const result = work.run();
    if (result instanceof Promise) await result; // others need not wait for a turn of the microtasks
    times.push(performance.now() - start);
  }
  return times;
}

/**
 * Answers 'check NAME' and 'run NAME', as every contestant does.
 * @template {{batch?: number, warmup?: number}} W
 * @param {Record<string, W>} workloads
 * @param {(workload: W) => Work} start
 * @param {number} seconds
 * @param {() => Promise<number>} peak
 */
export function answering(workloads, start, seconds, peak) {
  /** @param {string} line */
  return async (line) => {
    const [word, name] = line.trim().split(/\s+/);
    if ((word !== 'check' && word !== 'run') || !name)
      return { error: "expected 'check NAME' or 'run NAME'" };
    if (!Object.hasOwn(workloads, name)) return { error: 'unknown workload' };
    const workload = workloads[name];
    try {
      const work = start(workload);
      if (word === 'check') {
        const results = [];
        for (let i = 0; i < (workload.batch ? 3 : 1); i++) results.push(await work.run());
        work.end();
        return { name, check: results };
      }
      const times = await measure(work, workload.warmup ?? 0, seconds);
      work.end();
      return { name, ms_median: median(times), ms_all: times, peak_gflops: await peak() };
    } catch (error) {
      return { error: `${name} failed: ${error instanceof Error ? error.message : error}` };
    }
  };
}

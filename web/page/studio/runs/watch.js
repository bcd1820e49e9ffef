/** When one looks at what trains. */

/** @typedef {Pick<import('../studio.js').Studio, 'phase' | 'isLive' | 'on'>} Watched */

/**
 * Looks at the run now and then while it trains, and once more when it has ended, be that during a look: the next question follows the answer
 * to the last one. @param {Watched} studio @param {number} ms @param {() => Promise<void>} look
 */
export function watch(studio, ms, look) {
  let asking = false;
  let last = 0;
  let phase = studio.phase;
  let ended = false;
  const now = async () => {
    ended ||= phase === 'training' && studio.phase !== 'training';
    phase = studio.phase;
    const due = ended || (phase === 'training' && performance.now() - last > ms);
    if (!due || asking || !studio.isLive) return;
    asking = true;
    ended = false;
    await look().catch(() => {});
    asking = false;
    last = performance.now();
    if (ended) await now();
  };
  studio.on('progress', now);
}

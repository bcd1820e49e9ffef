/** What moves by itself. */

/** Longer than that between two frames nothing has been seen: it does not count. */
const MOST_MS = 100;

/** Whether the reader's system asks for pictures that stand still. */
export const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/**
 * Frames while it is on and its element is in the window.
 * @param {Element} el @param {(ms: number) => void} step how long since the frame before
 */
export function createLoop(el, step) {
  let on = false;
  let seen = false;
  let frame = 0;
  let before = 0;

  /** @param {number} now */
  function next(now) {
    frame = 0;
    const ms = Math.max(0, Math.min(MOST_MS, now - before));
    before = now;
    step(ms);
    ask();
  }

  function ask() {
    if (on && seen && frame === 0) frame = requestAnimationFrame(next);
  }

  const watch = new IntersectionObserver((entries) => {
    seen = entries.at(-1)?.isIntersecting ?? false;
    ask();
  });
  watch.observe(el);
  return {
    on: () => on,
    start() {
      on = true;
      before = performance.now();
      ask();
    },
    stop() {
      on = false;
      cancelAnimationFrame(frame);
      frame = 0;
    },
    destroy() {
      this.stop();
      watch.disconnect();
    },
  };
}

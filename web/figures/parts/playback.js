/** Frames that follow one another: played once they are seen, scrubbed, stepped through. */
import { still } from './loop.js';
import { createTransport } from './transport.js';

/** A frame is shown for so long at most; the whole is over in about six seconds. */
const FRAME_MS = 600;
const WHOLE_MS = 6000;

/** Acts once the element comes near the middle of the window. @param {HTMLElement} el @param {() => void} act @returns {() => void} gives up */
function whenSeen(el, act) {
  const observer = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      act();
    },
    { rootMargin: '-20% 0px' },
  );
  observer.observe(el);
  return () => observer.disconnect();
}

/**
 * What plays them, below what shows them.
 * @param {HTMLElement} el @param {string[]} first a label each @param {(at: number) => void} draw
 */
export function createPlayback(el, first, draw) {
  let labels = first;
  let at = 0;
  let timer = 0;
  let untouched = () => {};
  const { box, play, slider, label, speed } = createTransport({
    toggle: () => (timer ? pause() : start()),
    hurry: () => timer && start(),
    seek,
  });
  el.append(box);

  /** @param {number} frame */
  function show(frame) {
    const last = labels.length - 1;
    at = Math.max(0, Math.min(frame, last));
    slider.max = String(last);
    slider.value = String(at);
    label.textContent = labels[at] ?? '';
    slider.setAttribute('aria-valuetext', label.textContent);
    draw(at);
  }

  function pause() {
    untouched();
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
  }

  /** @param {number} frame */
  function seek(frame) {
    pause();
    show(frame);
  }

  function start() {
    pause();
    if (at >= labels.length - 1) show(0);
    play.textContent = 'Pause';
    timer = window.setInterval(
      () => {
        show(at + 1);
        if (at >= labels.length - 1) pause();
      },
      Math.min(FRAME_MS, WHOLE_MS / labels.length) / Number(speed.value),
    );
  }
  // It begins when it is first seen; for those who want no motion, the end is shown.
  show(still() ? labels.length - 1 : 0);
  if (!still()) untouched = whenSeen(el, start);
  return {
    animation: () => ({ at, count: labels.length, show: seek }),
    /** Other frames, from the same place on. @param {string[]} next */
    update(next) {
      labels = next;
      show(at);
    },
    destroy() {
      pause();
      box.remove();
    },
  };
}

/** Series that change from frame to frame: the chart of lines, played. */
import { create as createChart } from '../../../figures/chart.js';
import { createPlayback } from '../../../figures/parts/playback.js';

export { needs } from '../../../figures/chart.js';

/** @typedef {Parameters<typeof createChart>[1] & {labels: string[], frames: number[][][]}} Props frames: data of the chart */

/** @param {HTMLElement} el @param {Props} props @param {Parameters<typeof createChart>[2]} needed @returns {import('../../../figures/index.js').Figure} */
export function create(el, { labels, frames, ...props }, needed) {
  const chart = createChart(el, { ...props, data: frames[0] }, needed);
  const playback = createPlayback(el, labels, (at) => chart.update({ data: frames[at] }));
  return {
    ...chart,
    animation: playback.animation,
    destroy() {
      playback.destroy();
      chart.destroy();
    },
  };
}

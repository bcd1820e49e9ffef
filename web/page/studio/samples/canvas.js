/** A canvas of lab.paint for samples that are pictures: what is drawn, or a mask, over what lies below. */
import { h } from '../../../figures/parts/dom.js';
import { paint, painted } from '../../../kernel/lab/paint.js';
import { Tensor } from '../../../kernel/tensor.js';
import { loaded } from '../../outputs/loaded.js';

/**
 * @param {string} label @param {number[]} shape of a picture @param {{mask?: boolean, over: Float32Array | null, paper?: number[], range: [number, number]}} look paper: a colour, of values in that range
 * @param {() => void} changed
 */
export function createCanvas(label, shape, { mask = false, over, paper, range }, changed) {
  const [channels, height, width] = shape;
  const spec = paint({
    label,
    channels,
    height,
    width,
    range,
    mask,
    brush: Math.max(1, Math.round(Math.min(height, width) / 10)),
    ...(over && { over: new Tensor([1, ...shape], over) }),
    ...(paper && !mask && { paper: paper.map((v) => (v - range[0]) / (range[1] - range[0])) }),
  });
  const place = h('div', { class: 'control paint' });
  const change = (/** @type {string} */ value) => {
    spec.value = value;
    changed();
  };
  const view = loaded(place, { ...spec, change }, () => import('../../outputs/paint.js'));
  return {
    el: h('div', { class: 'knobs' }, place),
    /** The picture, or a mask of 1 where it is painted. */
    get: () => Float32Array.from(painted(spec, spec.value).data),
    /** @param {Float32Array | null} below */
    lay(below) {
      spec.over = below;
      view.update({ over: below });
    },
  };
}

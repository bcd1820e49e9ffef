/**
 * The figures that cells can show: one line each.
 *
 * A figure is one module, NAME.js:
 *   offer(show)        what `lab.NAME` is, with its documentation; show(props, check) makes a display of what it was handed;
 *                      show(props, check, hands) one whose values a reader moves: lab.interact(display, fn) takes them
 *   create(el, props, needed, change)  draws the figure into an element of the page and gives it back, as a Figure;
 *                      change(values) tells code that the reader has moved something
 *   needs()            if it has any: loads what `create` is handed as needed
 * `offer` and the checks that it names run in the kernel's worker: this table leads to them alone, and a build leaves the rest
 * of the module out of there. The page loads a module when one of its figures is first shown.
 */
export { offer as chart } from './chart.js';
export { offer as convolution } from './convolution.js';
export { offer as field } from './field.js';
export { offer as grid } from './grid.js';
export { offer as guidance } from './guidance.js';
export { offer as heatmap } from './heatmap.js';
export { offer as network } from './network.js';
export { offer as particles } from './particles.js';
export { offer as player } from './player.js';
export { offer as scatter } from './scatter.js';
export { offer as schedule_curve } from './schedule_curve.js';
export { offer as strip } from './strip.js';
export { offer as trajectories } from './trajectories.js';
export { offer as weight_curve } from './weight_curve.js';

/**
 * @typedef {object} Figure
 * @property {(next: any) => void} update the props that change
 * @property {() => void} destroy
 * @property {() => string} title what files of it are named after
 * @property {() => Array[]} arrays the numbers behind it, to be saved
 * @property {() => HTMLElement[]} [picture] what is painted when it is saved as a picture: canvases, and the text around them
 * @property {(css: (name: string) => string) => string} [svg] it as a drawing; css: a colour of tokens.css as it is now
 * @property {() => Animation} [animation] its frames
 */
/** @typedef {{name: string, shape: number[], data: Float32Array | Float64Array}} Array */
/** @typedef {{at: number, count: number, show: (frame: number) => void}} Animation */

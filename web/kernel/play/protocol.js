/** The messages between the playground and its worker. */

/**
 * What the page asks for. `job` counts what is looked at: what belongs to an earlier one is no longer wanted.
 * @typedef {{type: 'start', threads?: number}
 *   | {type: 'teach', job: number, points: Float32Array, fresh: boolean}
 *   | {type: 'load', job: number, weights: Float32Array, step: number}
 *   | {type: 'walk', job: number, id: number, n: number, steps: number, eta: number, seed: number}
 *   | {type: 'field', job: number, id: number, t: number, points: Float32Array | null}
 *   | {type: 'weights', job: number}
 *   | {type: 'pause', paused: boolean}} Request
 */
/**
 * @typedef {{type: 'loaded'}
 *   | {type: 'ready', measured: number | undefined, sizes: number[], T: number, sqrt_alpha_bar: Float32Array}
 *   | {type: 'failed', message: string}
 *   | {type: 'progress', job: number, step: number, last: number, losses: number[]}
 *   | {type: 'frames', job: number, id: number, ts: number[], frames: Float32Array[], done: boolean}
 *   | {type: 'field', job: number, id: number, t: number, score: Float32Array, density: Float32Array | null}
 *   | {type: 'weights', job: number, weights: Float32Array, step: number}
 *   | {type: 'refused', job: number, message: string}} Message
 */

/** Places in a row of the grids that `field` gives. */
export const SCORE_SIDE = 17;
export const DENSITY_SIDE = 44;

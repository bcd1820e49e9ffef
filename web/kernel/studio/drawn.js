/**
 * The playground's model as a run of the studio can have it. Its schedule is none of the core's, but what a network is told of noise is
 * one number: at the timestep of a core's schedule that is as noisy, it is told the time that it learned for that, and predicts the same.
 */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { namedSchedule } from '../core/schedule.js';
import { decodeModel } from '../play/codec.js';
import { LAST_STEP, networkText, Toy, timeAt } from '../play/toy.js';
import { Tensor } from '../tensor.js';

/** With so many timesteps it ends at a noise of 7.98 times the signal: just within what the playground trains for, 8. */
export const SCHEDULE = { name: 'linear', T: 412, start: 1e-4, end: 0.02 };

/**
 * Times as a sum of ramps, one for each timestep of the schedule: between two of them a straight line.
 * @param {Float64Array} times @returns {Record<string, Tensor>} weights of its two layers
 */
function clockOf(times) {
  const T = times.length;
  const slopes = times.map((time, t) => (t + 1 < T ? (times[t + 1] - time) * T : 0));
  const n = T - 1;
  const bends = Float32Array.from({ length: n }, (_, t) => slopes[t] - (t > 0 ? slopes[t - 1] : 0));
  return {
    'clock.0.weight': new Tensor([n, 1], new Float32Array(n).fill(1)),
    'clock.0.bias': new Tensor(
      [n],
      Float32Array.from({ length: n }, (_, t) => -t / T),
    ),
    'clock.2.weight': new Tensor([1, n], bends),
    'clock.2.bias': new Tensor([1], Float32Array.of(times[0])),
  };
}

/** @param {{core: import('../core.js').Core}} context @param {{code: string}} asked a model as a link has it @returns {{file: Uint8Array, step: number}} throws a sentence */
export function drawnModel({ core: { memory, engine } }, { code }) {
  const rng = new Rng(memory, 0);
  const toy = new Toy({ memory, engine });
  const schedule = namedSchedule(memory, SCHEDULE.name, SCHEDULE.T, SCHEDULE.start, SCHEDULE.end);
  const model = new Model(memory, engine, rng, {
    kind: 'network',
    graph: networkText(SCHEDULE.T),
    max_batch: 1,
  });
  try {
    const { weights, step } = decodeModel(code, toy.sizes, LAST_STEP);
    toy.load(weights, step);
    const noise = schedule.sqrt_one_minus_alpha_bar;
    const times = Float64Array.from(noise, (each, t) => timeAt(each / schedule.sqrt_alpha_bar[t]));
    model.load_state_dict({ ...toy.model.state_dict(), ...clockOf(times) });
    model.predicts('eps', schedule);
    return { file: model.save(), step };
  } finally {
    for (const each of [model, schedule, toy, rng]) each.dispose();
  }
}

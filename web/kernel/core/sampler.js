/** From noise to samples, one timestep at a time. */
import { Handle, int32 } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('./schedule.js').Schedule} Schedule */

/** As nb_method numbers them. */
export const METHODS = { DDPM: 0, DDIM: 1, DPM_SOLVER: 2, PLMS: 3 };

/**
 * @typedef {{model: Model, schedule: Schedule, rng: Rng, n: number, steps?: number, variance?: number, method?: number,
 *   eta?: number, clip_x0?: boolean, timesteps?: ArrayLike<number>, labels?: Tensor | ArrayLike<number> | null,
 *   guidance_scale?: number, x_T?: Tensor}} SamplerParts guidance_scale: none for no guidance
 */
export class Sampler extends Handle {
  #perStep;

  /** @param {SamplerParts} parts */
  constructor({ model, schedule, rng, n, ...knobs }) {
    const { memory, wasm } = model;
    const { steps = 0, variance = 0, method = METHODS.DDPM, eta = 0, clip_x0 = false } = knobs;
    const { timesteps, labels, guidance_scale, x_T } = knobs;
    const noise = x_T && model.check(x_T, 'x_T');
    if (x_T && x_T.rows !== n) throw new Error(`x_T holds ${x_T.rows} samples, not ${n}`);
    if (timesteps && timesteps.length === 0) throw new Error('an empty list of timesteps');
    const list = timesteps && int32(timesteps, 'timesteps');
    const classes = labels && int32(labels, 'labels', n);
    const [px, pt, pl] = memory.place(noise, list, classes);
    const guided = guidance_scale !== undefined;
    const address = wasm._nbw_sampler_create(
      ...[model.address, schedule.address, rng.address, n, list?.length ?? steps, variance, method, eta],
      ...[Number(clip_x0), pt, pl, Number(guided), guidance_scale ?? 0, px],
    );
    super(memory, address, wasm._nbw_sampler_destroy, [model, schedule, rng]);
    this.shape = [n, ...model.sample_shape];
    this.#perStep = guided && guidance_scale !== 0 && guidance_scale !== 1 ? 2 : 1;
    /** How often the network has been evaluated for each sample: once a step, twice where guidance needs both halves. */
    this.evaluations = 0;
  }

  /** The timestep of x; -1 once it is x_0. @returns {number} */
  get t() {
    return this.wasm._nbw_sampler_t(this.address);
  }

  get x() {
    return this.#samples(this.wasm._nbw_sampler_x(this.address));
  }

  /** x_0 as the last step predicted it. */
  get x_0() {
    return this.#samples(this.wasm._nbw_sampler_x0(this.address));
  }

  step() {
    this.memory.ok(this.wasm._nbw_sampler_step(this.address));
    this.evaluations += this.#perStep;
  }

  /** @param {number} address */
  #samples(address) {
    return new Tensor(this.shape, this.memory.f32(address, countOf(this.shape)));
  }
}

/** From noise to samples, one timestep at a time. */
import { finite, shown, truth, whole } from '../check.js';
import { Handle, idOf, int32 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Tensors} Tensors */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('./schedule.js').Schedule} Schedule */

/**
 * What each predicted x_0 is clipped to: false nothing, true -1 to 1, [low, high], or 'data', the range of the data that the
 * weights were trained on. Left out, that of the data where the method needs it and the range is known.
 * @typedef {boolean | 'data' | [number, number]} Clip
 */

/** @param {Clip | undefined} clip */
function clipOf(clip) {
  if (clip === undefined || clip === false || clip === 'data') {
    const how = clip === undefined ? 'auto' : clip === false ? 'off' : 'data';
    return /** @type {const} */ ({ clip: how, clip_low: 0, clip_high: 0 });
  }
  const [low, high] = clip === true ? [-1, 1] : Array.isArray(clip) && clip.length === 2 ? clip : [];
  if (!(Number.isFinite(low) && Number.isFinite(high) && Number(low) < Number(high)))
    throw new TypeError(`clip_x0 = ${shown(clip)}: it takes true (-1 to 1), false, 'data' or [low, high]`);
  return /** @type {const} */ ({ clip: 'range', clip_low: Number(low), clip_high: Number(high) });
}

/**
 * method and variance: by the core's names.
 * @typedef {{model: Model, schedule: Schedule | null, rng: Rng, n: number, evaluations?: number, steps?: number, times?: Tensor | ArrayLike<number>, variance?: string, method: string,
 *   eta?: number, clip_x0?: Clip, any_schedule?: boolean, timesteps?: ArrayLike<number>, labels?: Tensor | ArrayLike<number> | null,
 *   conds?: Tensors | null, guidance_scale?: number, x_T?: Tensor}} SamplerParts guidance_scale: none for no guidance
 */

/** @param {SamplerParts} parts */
function create({ model, schedule, rng, n, ...knobs }) {
  const { api } = model;
  const {
    steps = 0,
    eta = 0,
    any_schedule = false,
    timesteps,
    times,
    labels,
    conds,
    guidance_scale,
    x_T,
  } = knobs;
  const noise = x_T && model.check(x_T, 'x_T');
  if (x_T && x_T.rows !== n) throw new Error(`x_T holds ${x_T.rows} samples, not ${n}`);
  if (timesteps && timesteps.length === 0) throw new Error('an empty list of timesteps');
  const list = timesteps && int32(timesteps, 'timesteps');
  const moments = times && Float32Array.from(times instanceof Tensor ? times.data : times);
  const config = {
    n: whole(n, 'n', 1),
    steps: moments ? moments.length - 1 : (list?.length ?? whole(steps, 'steps')),
    variance: api.variance_find(knobs.variance ?? 'posterior'),
    method: api.method_find(knobs.method),
    eta: finite(eta, 'eta'),
    ...clipOf(knobs.clip_x0),
    any_schedule: truth(any_schedule, 'any_schedule'),
    timesteps: list,
    times: moments,
    labels: labels && int32(labels, 'labels', n),
    cond: model.conds(conds, n),
    guidance_scale: finite(guidance_scale ?? 0, 'guidance_scale'),
    guided: guidance_scale !== undefined,
  };
  return api.sampler_create(model.id, idOf(schedule), rng.id, config, noise ?? null);
}

/** @extends {Handle<'sampler'>} */
export class Sampler extends Handle {
  #perStep;

  /** @param {SamplerParts} parts */
  constructor(parts) {
    const { model, schedule, rng, n, guidance_scale } = parts;
    super(model.memory, create(parts), schedule ? [model, schedule, rng] : [model, rng]);
    this.shape = [n, ...model.sample_shape];
    const halves = guidance_scale === undefined || guidance_scale === 0 || guidance_scale === 1 ? 1 : 2;
    this.#perStep = halves * (parts.evaluations ?? 1);
    /** How often the network has been evaluated for each sample: once a step, of Heun twice; twice as often where guidance needs both halves. */
    this.evaluations = 0;
  }

  /** The timestep of x; -1 once it is x_0. */
  get t() {
    return this.api.sampler_t(this.id);
  }

  /** Of a flow: where x is, from 1 (noise) to 0; of others t / T. */
  get time() {
    return this.api.sampler_time(this.id);
  }

  get x() {
    return new Tensor(this.shape, this.api.sampler_x(this.id));
  }

  /** x_0 as the last step predicted it. */
  get x_0() {
    return new Tensor(this.shape, this.api.sampler_x0(this.id));
  }

  /** What each predicted x_0 is clipped to, [low, high]; null where it is not. */
  get clips() {
    const { value, low, high } = this.api.sampler_clips(this.id);
    return value ? [low, high] : null;
  }

  step() {
    this.api.sampler_step(this.id);
    this.evaluations += this.#perStep;
  }
}

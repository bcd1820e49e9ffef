/** The networks of the course: x_t, t and labels in, the predicted noise out. */
import { bytesOf, finite, shown, truth } from '../check.js';
import { float32, Handle, int32 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('../../../build/bridge/table.js').Api} Api */
/** @typedef {import('../../../build/bridge/table.js').ModelConfig} Fields */

/**
 * Sizes by their names in the core; a kind has those it uses. image_size is both height and width.
 * @typedef {Partial<Omit<Fields, 'kind' | 'attention'>> & {image_size?: number, attention?: boolean}} Sizes
 */
/** @typedef {{kind: string} & Sizes} Wish a kind, by its name in the core, and the sizes that are not the course's */
/** @typedef {{kind: string, max_batch: number} & Sizes} Config */

/** The names of the sizes that a kind takes. @param {Api} api @param {Fields['kind']} kind @returns {string[]} */
function sizeNames(api, kind) {
  const names = [];
  for (let name = api.model_size_name(kind, 0); name; name = api.model_size_name(kind, names.length))
    names.push(name);
  return names;
}

/** The course's sizes where `sizes` names no others. @param {Api} api @param {Wish} wish @returns {Fields} */
function fieldsOf(api, { kind, ...sizes }) {
  const number = api.model_kind_find(kind);
  const used = sizeNames(api, number);
  const fields = /** @type {Record<string, any>} */ (api.model_default(number));
  for (const [name, value] of Object.entries(sizes)) {
    const names = name === 'image_size' ? ['image_height', 'image_width'] : [name];
    if (!used.includes(names[0]))
      throw new Error(`${kind} has no option "${name}": it takes ${used.join(', ')}`);
    if (value === undefined) continue;
    if (name !== 'attention' && !Number.isInteger(value))
      throw new TypeError(`${name} = ${shown(value)}: a whole number is needed`);
    for (const field of names) fields[field] = name === 'attention' ? Number(truth(value, name)) : value;
  }
  return /** @type {Fields} */ (fields);
}

/** @param {Api} api @param {Fields} fields @returns {Config} */
function configOf(api, fields) {
  const { kind, attention, ...sizes } = fields;
  const all = /** @type {Record<string, any>} */ ({ ...sizes, attention: attention === 1 });
  const named = sizeNames(api, kind).map((name) => [name, all[name]]);
  return { kind: api.model_kind_name(kind), ...Object.fromEntries(named) };
}

/**
 * The sizes of the model whose weights a safetensors file holds; height, width and max_batch are the course's.
 * @param {Memory} memory @param {string} kind @param {Uint8Array} file @returns {Config}
 */
export const configOfFile = ({ api }, kind, file) =>
  configOf(api, api.model_config_of(api.model_kind_find(kind), bytesOf(file, 'file')));

/** @extends {Handle<'model'>} */
export class Model extends Handle {
  #skips = true;
  /** @type {{name: string, shape: number[]}[] | undefined} */
  #parameters;

  /**
   * @param {Memory} memory @param {Handle<'engine'>} engine
   * @param {Rng} init PyTorch's generator: the initial weights are drawn from it
   * @param {Wish} wish the sizes left out are the course's
   */
  constructor(memory, engine, init, wish) {
    const { api } = memory;
    const id = api.model_create(engine.id, fieldsOf(api, wish), init.id);
    super(memory, id, [engine]);
    /** Its kind and every size. */
    this.config = Object.freeze(configOf(api, api.model_get_config(id)));
    /** Whether forward takes t / T, or the timestep t itself. */
    this.takes_fraction = api.model_takes_fraction(id);
    /** How many classes it knows, 0 for none. As a label this number means no class. */
    this.n_classes = api.model_classes(id);
  }

  get kind() {
    return this.config.kind;
  }

  get n_parameters() {
    return this.api.model_param_count(this.id);
  }

  /** Bytes that it holds. */
  get memory_bytes() {
    return this.api.model_memory(this.id);
  }

  /** Of one sample: [input_dim] or [in_channels, image_height, image_width]. @returns {number[]} */
  get sample_shape() {
    const { input_dim, in_channels = 0, image_height = 0, image_width = 0 } = this.config;
    return input_dim ? [input_dim] : [in_channels, image_height, image_width];
  }

  /** Throws unless x is a batch of samples for this model. @param {Tensor} x @param {string} name */
  check(x, name) {
    const shape = this.sample_shape;
    const data = float32(x, name);
    if (x.shape.slice(1).join() !== shape.join())
      throw new Error(`${name} has shape [${x.shape}]; ${this.kind} takes [n, ${shape.join(', ')}]`);
    return data;
  }

  /**
   * @param {Tensor} x [n, input_dim] or [n, in_channels, image_height, image_width]
   * @param {Tensor | number} t [n] or one number for all: t / T if takes_fraction, otherwise the timestep
   * @param {Tensor | ArrayLike<number> | null} [labels] [n], 0 to n_classes; none: no class everywhere
   * @returns {Tensor} the predicted noise, shaped as x
   */
  forward(x, t, labels = null) {
    return new Tensor(x.shape, this.api.model_run(this.id, x.rows, this.#inputs(x, t, labels)));
  }

  /** What forward is given, as the core takes it. @param {Tensor} x @param {Tensor | number} t @param {Tensor | ArrayLike<number> | null} labels */
  #inputs(x, t, labels) {
    return {
      x: this.check(x, 'x'),
      t: this.#times(t, x.rows),
      labels: labels && int32(labels, 'labels', x.rows),
      cond: null,
    };
  }

  /** forward's t as the core takes it. @param {Tensor | number} t @param {number} n */
  #times(t, n) {
    if (typeof t === 'number') return new Float32Array(n).fill(this.#time(finite(t, 't')));
    if (t instanceof Tensor && t.data instanceof Int32Array) {
      if (this.takes_fraction)
        throw new TypeError(`${this.kind} takes t / T, not the timestep: use t.div(T)`);
      t = t.float();
    }
    const data = float32(t, 't');
    if (data.length !== n) throw new Error(`t has shape [${t.shape}]; for ${n} samples it takes [${n}]`);
    for (const each of data) this.#time(each);
    return data;
  }

  /** @param {number} t */
  #time(t) {
    if (this.takes_fraction && !(t >= 0 && t <= 1))
      throw new RangeError(`t = ${t}: ${this.kind} takes t / T, from 0 to 1`);
    if (!(t >= 0)) throw new RangeError(`t = ${t}: ${this.kind} takes the timestep, 0 or more`);
    return t;
  }

  /**
   * Names and shapes of the values between input and output that activations() shows, in the order of forward: for
   * mini-unet sinusoidal, time_emb, down1, down2, bottleneck, up2, up1. @returns {{name: string, shape: number[]}[]}
   */
  layers() {
    const { api, id } = this;
    return Array.from({ length: api.model_activations(id) }, (_, i) => {
      const { name, rank, shape } = api.model_activation_info(id, i);
      return { name, shape: shape.slice(0, rank) };
    });
  }

  /**
   * A named value of a real forward pass, which stops there.
   * @param {Tensor} x @param {Tensor | number} t @param {string} name one of layers()
   * @param {Tensor | ArrayLike<number> | null} [labels] x, t and labels as forward takes them
   * @returns {Tensor} [n, channels, height, width], or [n, features]
   */
  activations(x, t, name, labels = null) {
    const layers = this.layers();
    const index = layers.findIndex((layer) => layer.name === name);
    if (index < 0)
      throw new Error(
        `${this.kind} has no layer "${name}": choose one of ${layers.map((l) => l.name).join(', ')}`,
      );
    const values = this.api.model_activation(this.id, index, x.rows, this.#inputs(x, t, labels));
    return new Tensor([x.rows, ...layers[index].shape], values);
  }

  /** Whether the skip connections of mini-unet carry anything: false switches them off, to see what they do. */
  get skips() {
    return this.#skips && this.kind === 'mini-unet';
  }

  set skips(on) {
    this.api.model_set_skips(this.id, truth(on, 'skips'));
    this.#skips = on;
  }

  /** Replaces all gradients by those of the last forward pass. @param {Tensor} d_eps */
  backward(d_eps) {
    const data = this.check(d_eps, 'd_eps');
    this.api.model_backward(this.id, d_eps.rows, data);
  }

  /** Name and shape of every parameter, in PyTorch's order. */
  named_parameters() {
    const { api, id } = this;
    this.#parameters ??= Array.from({ length: api.model_params(id) }, (_, i) => {
      const { name, rank, shape } = api.model_param_info(id, i);
      return { name, shape: shape.slice(0, rank) };
    });
    return this.#parameters.map(({ name, shape }) => ({ name, shape: [...shape] }));
  }

  /** @returns {Record<string, Tensor>} */
  state_dict() {
    return this.#tensors(this.api.model_get_param);
  }

  /** The gradients of the last backward pass. @returns {Record<string, Tensor>} */
  gradients() {
    return this.#tensors(this.api.model_get_grad);
  }

  /** @param {Record<string, Tensor>} state every parameter, no other */
  load_state_dict(state) {
    if (state === null || typeof state !== 'object')
      throw new TypeError(`load_state_dict takes tensors by name, got ${shown(state)}`);
    const params = this.named_parameters();
    const names = params.map(({ name }) => name);
    for (const name of Object.keys(state))
      if (!names.includes(name)) throw new Error(`load_state_dict: unknown parameter "${name}"`);
    for (const { name, shape } of params)
      if (state[name]?.shape?.join() !== shape.join())
        throw new Error(`load_state_dict: "${name}" must have shape [${shape}]`);
    const values = names.map((name) => float32(state[name], name));
    values.forEach((each, i) => void this.api.model_set_param(this.id, i, each));
  }

  /** The weights as a safetensors file. */
  save() {
    return this.api.model_save(this.id);
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.api.model_load(this.id, bytesOf(file, 'file'));
  }

  /** @param {(model: Model['id'], index: number) => Float32Array} get */
  #tensors(get) {
    const entries = this.named_parameters().map(({ name, shape }, i) => [
      name,
      new Tensor(shape, get(this.id, i)),
    ]);
    return Object.fromEntries(entries);
  }
}

/** The networks of the course: x_t, t and labels in, the predicted noise out. */
import { float32, Handle, int32 } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {keyof typeof KINDS} Kind */

/**
 * Sizes by their names in the core; a kind has those it uses. image_size is both height and width.
 * @typedef {{input_dim?: number, hidden_dim?: number, time_dim?: number, max_batch?: number, in_channels?: number,
 *   base_channels?: number, image_height?: number, image_width?: number, image_size?: number, n_classes?: number, attention?: boolean}} Sizes
 */
/** @typedef {{kind: Kind, max_batch: number} & Sizes} Config */

/** nb_model_config's fields after kind, in their order. */
const FIELDS = /** @type {const} */ ([
  'input_dim',
  'hidden_dim',
  'time_dim',
  'max_batch',
  'in_channels',
  'base_channels',
  'image_height',
  'image_width',
  'n_classes',
  'attention',
]);

/** As nb_model_kind numbers them, with the sizes that each uses. */
const KINDS = {
  'simple-noise-predictor': ['input_dim', 'hidden_dim', 'time_dim', 'max_batch'],
  'mini-unet': [
    'in_channels',
    'base_channels',
    'time_dim',
    'image_height',
    'image_width',
    'attention',
    'max_batch',
  ],
  'simple-unet': ['in_channels', 'base_channels', 'image_height', 'image_width', 'max_batch'],
  'conditional-unet': [
    'in_channels',
    'base_channels',
    'image_height',
    'image_width',
    'n_classes',
    'max_batch',
  ],
  'conditional-diffusion': ['input_dim', 'hidden_dim', 'time_dim', 'n_classes', 'max_batch'],
};

/** @param {string} kind */
export function checkKind(kind) {
  if (!Object.hasOwn(KINDS, kind))
    throw new Error(`no kind of model is named "${kind}": there are ${Object.keys(KINDS).join(', ')}`);
  return Object.keys(KINDS).indexOf(kind);
}

/** The course's sizes where `sizes` names no others. @param {Memory} memory @param {string} kind @param {Sizes} sizes */
function sizesOf(memory, kind, sizes) {
  const number = checkKind(kind);
  const used = KINDS[/** @type {Kind} */ (kind)];
  const [at] = memory.room(4 * FIELDS.length);
  memory.wasm._nbw_model_default(number, at);
  const values = memory.i32(at, FIELDS.length);
  for (const [name, value] of Object.entries(sizes)) {
    const names = name === 'image_size' ? ['image_height', 'image_width'] : [name];
    if (!used.includes(names[0]))
      throw new Error(`${kind} has no option "${name}": it takes ${used.join(', ')}`);
    if (!Number.isInteger(Number(value))) throw new TypeError(`${name} = ${value}: a whole number is needed`);
    for (const field of names) values[FIELDS.indexOf(/** @type {any} */ (field))] = Number(value);
  }
  return { number, values };
}

/** @param {Kind} kind @param {Int32Array} values @returns {Config} */
function configOf(kind, values) {
  const named = KINDS[kind].map((name) => {
    const value = values[FIELDS.indexOf(/** @type {any} */ (name))];
    return [name, name === 'attention' ? value === 1 : value];
  });
  return { kind, ...Object.fromEntries(named) };
}

/**
 * The sizes of the model whose weights a safetensors file holds; height, width and max_batch are the course's.
 * @param {Memory} memory @param {string} kind @param {Uint8Array} file @returns {Config}
 */
export function configOfFile(memory, kind, file) {
  const number = checkKind(kind);
  const [at, out] = memory.place(file, 4 * FIELDS.length);
  memory.ok(memory.wasm._nbw_model_config_of(number, at, file.length, out));
  return configOf(/** @type {Kind} */ (kind), memory.i32(out, FIELDS.length));
}

export class Model extends Handle {
  #skips;

  /**
   * @param {Memory} memory @param {Handle} engine
   * @param {Rng} init PyTorch's generator: the initial weights are drawn from it
   * @param {{kind: string} & Sizes} config the sizes left out are the course's
   */
  constructor(memory, engine, init, { kind, ...sizes }) {
    const { wasm } = memory;
    const { number, values } = sizesOf(memory, kind, sizes);
    const [at] = memory.place(values);
    const address = wasm._nbw_model_create_sized(engine.address, number, at, init.address);
    super(memory, address, wasm._nbw_model_destroy, [engine]);
    /** Its kind and every size. */
    this.config = Object.freeze(configOf(/** @type {Kind} */ (kind), values));
    this.#skips = kind === 'mini-unet';
  }

  get kind() {
    return this.config.kind;
  }

  get n_parameters() {
    return this.wasm._nbw_model_param_count(this.address);
  }

  /** Bytes that it holds. */
  get memory_bytes() {
    return this.wasm._nbw_model_memory(this.address);
  }

  /** Whether forward takes t / T, or the timestep t itself. */
  get takes_fraction() {
    return this.wasm._nbw_model_takes_fraction(this.address) === 1;
  }

  /** How many classes it knows, 0 for none. As a label this number means no class. */
  get n_classes() {
    return this.wasm._nbw_model_classes(this.address);
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
    const [px, pt, pl, out] = this.#place(x, t, labels, 4 * x.length);
    this.memory.ok(this.wasm._nbw_model_forward(this.address, x.rows, px, pt, pl, out));
    return new Tensor(x.shape, this.memory.f32(out, x.length));
  }

  /**
   * forward's arguments in the core's memory, with room for a result.
   * @param {Tensor} x @param {Tensor | number} t @param {Tensor | ArrayLike<number> | null} labels @param {number} bytes
   */
  #place(x, t, labels, bytes) {
    const data = this.check(x, 'x');
    const classes = labels && int32(labels, 'labels', x.rows);
    return this.memory.place(data, this.#times(t, x.rows), classes, bytes);
  }

  /** forward's t as the core takes it. @param {Tensor | number} t @param {number} n */
  #times(t, n) {
    if (typeof t === 'number') return new Float32Array(n).fill(t);
    if (t instanceof Tensor && t.data instanceof Int32Array) {
      if (this.takes_fraction)
        throw new TypeError(`${this.kind} takes t / T, not the timestep: use t.div(T)`);
      t = t.float();
    }
    const data = float32(t, 't');
    if (data.length !== n) throw new Error(`t has shape [${t.shape}]; for ${n} samples it takes [${n}]`);
    return data;
  }

  /**
   * Names and shapes of the values between input and output that activations() shows, in the order of forward: for
   * mini-unet sinusoidal, time_emb, down1, down2, bottleneck, up2, up1. @returns {{name: string, shape: number[]}[]}
   */
  layers() {
    const { wasm, memory, address } = this;
    return Array.from({ length: wasm._nbw_model_activations(address) }, (_, i) => ({
      name: memory.text(wasm._nbw_model_activation_name(address, i)),
      shape: Array.from({ length: wasm._nbw_model_activation_rank(address, i) }, (__, axis) =>
        wasm._nbw_model_activation_dim(address, i, axis),
      ),
    }));
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
    const shape = [x.rows, ...layers[index].shape];
    const [px, pt, pl, out] = this.#place(x, t, labels, 4 * countOf(shape));
    this.memory.ok(this.wasm._nbw_model_activation(this.address, index, x.rows, px, pt, pl, out));
    return new Tensor(shape, this.memory.f32(out, countOf(shape)));
  }

  /** Whether the skip connections of mini-unet carry anything: false switches them off, to see what they do. */
  get skips() {
    return this.#skips;
  }

  set skips(on) {
    this.memory.ok(this.wasm._nbw_model_set_skips(this.address, Number(on)));
    this.#skips = Boolean(on);
  }

  /** Replaces all gradients by those of the last forward pass. @param {Tensor} d_eps */
  backward(d_eps) {
    const [at] = this.memory.place(this.check(d_eps, 'd_eps'));
    this.memory.ok(this.wasm._nbw_model_backward(this.address, d_eps.rows, at, 0));
  }

  /** Name and shape of every parameter, in PyTorch's order. */
  named_parameters() {
    return Array.from({ length: this.wasm._nbw_model_params(this.address) }, (_, i) => {
      const rank = this.wasm._nbw_model_param_rank(this.address, i);
      const dim = (/** @type {unknown} */ __, /** @type {number} */ axis) =>
        this.wasm._nbw_model_param_dim(this.address, i, axis);
      const name = this.memory.text(this.wasm._nbw_model_param_name(this.address, i));
      return { name, shape: Array.from({ length: rank }, dim) };
    });
  }

  /** @returns {Record<string, Tensor>} */
  state_dict() {
    return this.#tensors(this.wasm._nbw_model_get_param);
  }

  /** The gradients of the last backward pass. @returns {Record<string, Tensor>} */
  gradients() {
    return this.#tensors(this.wasm._nbw_model_get_grad);
  }

  /** @param {Record<string, Tensor>} state every parameter, no other */
  load_state_dict(state) {
    const params = this.named_parameters();
    const names = params.map(({ name }) => name);
    for (const name of Object.keys(state))
      if (!names.includes(name)) throw new Error(`load_state_dict: unknown parameter "${name}"`);
    for (const { name, shape } of params)
      if (state[name]?.shape.join() !== shape.join())
        throw new Error(`load_state_dict: "${name}" must have shape [${shape}]`);
    const values = names.map((name) => float32(state[name], name));
    values.forEach((each, i) => {
      this.wasm._nbw_model_set_param(this.address, i, this.memory.place(each)[0]);
    });
  }

  /** The weights as a safetensors file. */
  save() {
    return this.memory.file(this.wasm._nbw_model_save(this.address));
  }

  /** @param {Uint8Array} file */
  load(file) {
    this.memory.ok(this.wasm._nbw_model_load(this.address, this.memory.bytes(file), file.length));
  }

  /** @param {(model: number, index: number, out: number) => void} get */
  #tensors(get) {
    const entries = this.named_parameters().map(({ name, shape }, i) => {
      const n = countOf(shape);
      const [out] = this.memory.room(4 * n);
      get(this.address, i, out);
      return [name, new Tensor(shape, this.memory.f32(out, n))];
    });
    return Object.fromEntries(entries);
  }
}

/** The networks of the course: x_t, t and labels in, the predicted noise out. */
import { bytesOf, finite, options, shown, truth } from '../check.js';
import { crc32 } from '../crc32.js';
import { float32, Handle, idOf, int32 } from '../memory.js';
import { Tensor } from '../tensor.js';
import { nodesOf, portsOf } from './graph.js';

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./random.js').Rng} Rng */
/** @typedef {import('../../../build/bridge/table.js').Api} Api */
/** @typedef {import('../../../build/bridge/table.js').ModelConfig} Fields */

/**
 * Sizes by their names in the core; a kind has those it uses. image_size is both height and width.
 * @typedef {Partial<Omit<Fields, 'kind' | 'attention'>> & {image_size?: number, attention?: boolean}} Sizes
 */
/**
 * A kind, by its name in the core, and the sizes that are not the course's; or 'network', with its text or its number in
 * the core; or the file of its weights, which says all of that.
 * @typedef {{kind: string, graph?: string, network?: import('../../../build/bridge/table.js').Id<'network'>, file?: undefined} & Sizes
 *   | {file: Uint8Array, max_batch: number}} Wish
 */
/** @typedef {{kind: string, max_batch: number, graph?: string} & Sizes} Config */
/** @typedef {Record<string, Tensor>} Tensors by name */
/** @typedef {Tensor | ArrayLike<number> | null} Labels */

const NETWORK = 'network';

/** Most samples of a backward pass, where nothing is said: of points, which need little room each, and of all else. */
export const BATCH = { points: 1024, others: 32 };

/** Values that lie one after the other in each sample, apart. @param {import('./graph.js').Port[]} ports @param {number} n @param {Float32Array} data @returns {Tensors} */
function split(ports, n, data) {
  const row = ports.reduce((sum, { count }) => sum + count, 0);
  let first = 0;
  const parts = ports.map(({ name, shape, count }) => {
    const part = new Float32Array(n * count);
    for (let i = 0; i < n; i++) part.set(data.subarray(i * row + first, i * row + first + count), i * count);
    first += count;
    return [name, new Tensor([n, ...shape], part)];
  });
  return Object.fromEntries(parts);
}

/**
 * And back. @template {import('./graph.js').Port} P @param {P[]} ports @param {number} n
 * @param {(port: P) => Tensor | null} get null: zeros @param {string} [prefix] before its name, in messages
 */
function join(ports, n, get, prefix = '') {
  const row = ports.reduce((sum, { count }) => sum + count, 0);
  const data = new Float32Array(n * row);
  let first = 0;
  for (const port of ports) {
    const { name, shape, count } = port;
    const value = get(port);
    if (value) {
      const part = float32(value, `${prefix}${name}`);
      if (value.shape.join() !== [n, ...shape].join())
        throw new Error(
          `${prefix}${name} has shape [${value.shape}]; it takes [${[n, ...shape].join(', ')}]`,
        );
      for (let i = 0; i < n; i++) data.set(part.subarray(i * count, (i + 1) * count), i * row + first);
    }
    first += count;
  }
  return data;
}

/** The names of the sizes that a kind takes. @param {Api} api @param {Fields['kind']} kind @returns {string[]} */
function sizeNames(api, kind) {
  const names = [];
  for (let name = api.model_size_name(kind, 0); name; name = api.model_size_name(kind, names.length))
    names.push(name);
  return names;
}

/** The course's sizes where `sizes` names no others. @param {Api} api @param {{kind: string} & Sizes} wish @returns {Fields} */
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

/** @param {Memory} memory @param {Handle<'engine'>} engine @param {Rng} init @param {Wish} wish */
function create({ api, bridge }, engine, init, wish) {
  if (wish.file) return api.model_open(engine.id, wish.file, wish.max_batch);
  const { kind, network, graph, max_batch = BATCH.others, ...others } = wish;
  if (kind !== NETWORK) return api.model_create(engine.id, fieldsOf(api, wish), init.id);
  const [unknown] = Object.keys(others);
  if (unknown) throw new Error(`network has no option "${unknown}": it takes max_batch`);
  if (network !== undefined) return api.model_build(engine.id, network, max_batch, init.id);
  const net = api.network_read(/** @type {string} */ (graph));
  try {
    return api.model_build(engine.id, net, max_batch, init.id);
  } finally {
    bridge.destroy(net);
  }
}

/** @extends {Handle<'model'>} */
export class Model extends Handle {
  #skips = true;
  /** What Dropout draws from. @type {Rng} */
  #rng;
  #training = true;
  /** Whether it has any; unknown before it is asked. @type {boolean | undefined} */
  #hasSkips;
  /** @type {import('./graph.js').Ports | undefined} */
  #ports;
  /** @type {{name: string, shape: number[]}[] | undefined} */
  #parameters;

  /**
   * @param {Memory} memory @param {Handle<'engine'>} engine
   * @param {Rng} init PyTorch's generator: the initial weights are drawn from it, but not those of a file
   * @param {Wish} wish the sizes left out are the course's
   */
  constructor(memory, engine, init, wish) {
    const { api } = memory;
    const id = create(memory, engine, init, wish);
    super(memory, id, [engine]);
    this.#rng = init;
    const fields = api.model_get_config(id);
    /** Its kind and every size; of a network of your own the text instead. @type {Readonly<Config>} */
    this.config = Object.freeze(
      api.model_kind_name(fields.kind) === NETWORK
        ? { kind: NETWORK, max_batch: fields.max_batch, graph: this.describe() }
        : configOf(api, fields),
    );
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

  /** What it predicts: 'eps' where nothing is known. */
  get objective() {
    return this.api.objective_name(this.api.model_get_training(this.id).objective);
  }

  /**
   * For a training loop of your own: what the network has learned to predict, which samplers ask; with its schedule, but for a flow.
   * @param {string} objective @param {import('./schedule.js').Schedule | null} [schedule]
   */
  predicts(objective, schedule = null) {
    const number = this.api.objective_find(String(objective));
    this.api.model_note_training(this.id, idOf(schedule), number, 0, 0);
    return this;
  }

  /** log p(x) of a flow, in nats. @param {Tensor} x @param {number} steps @param {Labels} [labels] @param {Tensors | null} [conds] */
  log_likelihood(x, steps, labels = null, conds = null) {
    const data = this.check(x, 'x');
    const classes = labels && int32(labels, 'labels', x.rows);
    const cond = this.conds(conds, x.rows);
    return new Tensor([x.rows], this.api.flow_log_likelihood(this.id, x.rows, data, classes, cond, steps));
  }

  /** Its network as text: a line for each input, module, call and output. */
  describe() {
    return new TextDecoder().decode(this.api.model_describe(this.id));
  }

  /** The boxes of a drawing of it. */
  nodes() {
    return nodesOf(this.memory, this.describe());
  }

  /** What forward takes and gives. */
  get #io() {
    this.#ports ??= portsOf(this.memory, this.describe());
    return this.#ports;
  }

  /** Of one sample: [features] or [channels, height, width]. @returns {number[]} */
  get sample_shape() {
    const { rank, shape } = this.api.model_sample_shape(this.id);
    return shape.slice(0, rank);
  }

  /** Names and shapes of what forward gives, without the batch. */
  get outputs() {
    return this.#io.outputs.map(({ name, shape }) => ({ name, shape: [...shape] }));
  }

  /** Throws unless x is a batch of samples for this model. @param {Tensor} x @param {string} name */
  check(x, name) {
    return this.#shaped(x, name, this.sample_shape);
  }

  /** @param {Tensor} x @param {string} name @param {number[]} shape without the batch */
  #shaped(x, name, shape) {
    const data = float32(x, name);
    if (x.shape.slice(1).join() !== shape.join())
      throw new Error(`${name} has shape [${x.shape}]; ${this.kind} takes [n, ${shape.join(', ')}]`);
    return data;
  }

  /**
   * @param {Tensor} x [n, ...sample_shape]
   * @param {Tensor | number | null} [t] [n] or one number for all: t / T if takes_fraction, otherwise the timestep; none for
   *   a network without
   * @param {Labels} [labels] [n], 0 to n_classes; none: no class everywhere
   * @param {Tensors | null} [conds] further inputs of a network of your own, by their names
   * @returns {any} a tensor: the predicted noise, shaped as x, for the course's networks; tensors by name where a network
   *   has several outputs
   */
  forward(x, t = null, labels = null, conds = null) {
    const inputs = this.#inputs(x, t, labels, conds);
    if (this.#training && this.api.model_draws(this.id)) this.api.model_draw(this.id, x.rows, this.#rng.id);
    return this.#given(x.rows, this.api.model_run(this.id, x.rows, inputs));
  }

  /** As PyTorch's: forward drops what Dropout draws. So it begins. */
  train() {
    this.#training = true;
    return this;
  }

  /** forward lets all through, as activations and samplers always do. */
  eval() {
    this.#training = false;
    return this;
  }

  get training() {
    return this.#training;
  }

  /** Outputs, which lie one after the other in each sample. @param {number} n @param {Float32Array} data */
  #given(n, data) {
    const { outputs } = this.#io;
    if (outputs.length === 1) return new Tensor([n, ...outputs[0].shape], data);
    return split(outputs, n, data);
  }

  /** What forward is given, as the core takes it. @param {Tensor} x @param {Tensor | number | null} t @param {Labels} labels @param {Tensors | null} conds */
  #inputs(x, t, labels, conds) {
    return {
      x: this.check(x, 'x'),
      t: this.#times(t, x.rows),
      labels: labels && int32(labels, 'labels', x.rows),
      cond: this.conds(conds, x.rows),
    };
  }

  /** The further inputs, in their order. */
  get #further() {
    return this.#io.inputs.filter(({ kind }) => kind === 'cond' || kind === 'tokens');
  }

  /** Further inputs, by their names, as the core takes them. @param {Tensors | null | undefined} conds @param {number} n @returns {Float32Array | null} */
  conds(conds, n) {
    const further = this.#further;
    const names = further.map(({ name }) => name);
    const given = conds ?? {};
    for (const name of Object.keys(given))
      if (!names.includes(name))
        throw new Error(
          `${this.kind} has no input "${name}": its further inputs are ${names.join(', ') || 'none'}`,
        );
    if (further.length === 0) return null;
    return join(further, n, ({ name, kind }) => {
      const value = given[name];
      if (value === undefined)
        throw new Error(`input "${name}" is missing: further inputs are given as { ${names.join(', ')} }`);
      const tokens = kind === 'tokens' && value instanceof Tensor && value.data instanceof Int32Array;
      return tokens ? value.float() : value;
    });
  }

  /** forward's t as the core takes it. @param {Tensor | number | null} t @param {number} n */
  #times(t, n) {
    if (!this.#io.inputs.some(({ kind }) => kind === 'timestep' || kind === 'fraction')) {
      if (t === null || t === undefined) return null;
      throw new TypeError(`t = ${shown(t)}: this network takes no t`);
    }
    if (typeof t === 'number') return new Float32Array(n).fill(this.#time(finite(t, 't')));
    if (t instanceof Tensor && t.data instanceof Int32Array) {
      if (this.takes_fraction)
        throw new TypeError(`${this.kind} takes t / T, not the timestep: use t.div(T)`);
      t = t.float();
    }
    const data = float32(t, 't');
    if (data.length !== n)
      throw new Error(`t has shape [${/** @type {Tensor} */ (t).shape}]; for ${n} samples it takes [${n}]`);
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
   * @param {Tensor} x @param {Tensor | number | null} t @param {string} name one of layers()
   * @param {Labels} [labels] @param {Tensors | null} [conds] x, t, labels and conds as forward takes them
   * @returns {Tensor} [n, channels, height, width], or [n, features]
   */
  activations(x, t, name, labels = null, conds = null) {
    const layers = this.layers();
    const index = layers.findIndex((layer) => layer.name === name);
    if (index < 0)
      throw new Error(
        `${this.kind} has no layer "${name}": choose one of ${layers.map((l) => l.name).join(', ')}`,
      );
    const inputs = this.#inputs(x, t, labels, conds);
    const values = this.api.model_activation(this.id, index, x.rows, inputs);
    return new Tensor([x.rows, ...layers[index].shape], values);
  }

  /**
   * Whether its skip connections carry anything (false where it has none): false switches them off, to see what they do.
   */
  get skips() {
    if (this.#hasSkips === undefined) {
      try {
        this.api.model_set_skips(this.id, true);
        this.#hasSkips = true;
      } catch {
        this.#hasSkips = false;
      }
    }
    return this.#skips && this.#hasSkips;
  }

  set skips(on) {
    this.api.model_set_skips(this.id, truth(on, 'skips'));
    this.#hasSkips = true;
    this.#skips = on;
  }

  /**
   * Replaces all gradients by those of the last forward pass. `d_out` is as forward's result; of several outputs, those
   * left out have a gradient of zeros. inputs: true gives the gradients of x and of the further inputs too, by name: to
   * pass them on to the network that made those.
   * @param {Tensor | Tensors} d_out @param {{inputs?: boolean}} [given] @returns {Tensors | undefined}
   */
  backward(d_out, given) {
    const { inputs } = options(given, 'backward', ['inputs'], { inputs: false });
    const { n, data } = this.#outputGradient(d_out);
    if (!truth(inputs, 'inputs')) return void this.api.model_backward(this.id, n, data);
    const { d_x, d_cond } = this.api.model_run_back(this.id, n, data);
    return { x: new Tensor([n, ...this.sample_shape], d_x), ...split(this.#further, n, d_cond) };
  }

  /** @param {Tensor | Tensors} d_out @returns {{n: number, data: Float32Array}} */
  #outputGradient(d_out) {
    const { outputs } = this.#io;
    if (outputs.length === 1) {
      const { name, shape } = outputs[0];
      const given = /** @type {Tensor} */ (d_out);
      return { data: this.#shaped(given, `d_${name}`, shape), n: given.rows };
    }
    const names = outputs.map(({ name }) => name);
    const given = d_out instanceof Tensor ? [] : Object.keys(d_out ?? {});
    if (given.length === 0 || !given.every((name) => names.includes(name)))
      throw new TypeError(
        `backward takes gradients by name, of ${names.join(', ')}, got ${given.join(', ') || shown(d_out)}`,
      );
    const by = /** @type {Tensors} */ (d_out);
    float32(by[given[0]], `d_${given[0]}`);
    const n = by[given[0]].rows;
    return { n, data: join(outputs, n, ({ name }) => by[name] ?? null, 'd_') };
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

  /** A checksum of the weights, as zlib.crc32 gives it of their bytes: two networks that have one have, as good as surely, the same weights. */
  fingerprint() {
    const sum = Object.values(this.state_dict()).reduce(
      (crc, { data }) => crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc),
      0,
    );
    return sum.toString(16).padStart(8, '0');
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

  /** Strictly by names: all of its tensors and no others, or nothing changes. @param {Uint8Array} file safetensors, whoever wrote it */
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

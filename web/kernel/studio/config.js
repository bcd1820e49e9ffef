/**
 * The run config: one JSON document that says all of a run, shared by page, link, command line and exports. One line a setting:
 * where it begins, and what it takes. Names are those of `noisebook train` where it has them.
 */
import { HELD, PICTURE_RANGE } from './dataset.js';

/**
 * @typedef {{kind: 'points' | 'pictures' | 'series', shape: number[], name: string, classes: string[], held_out: number,
 *   range: [number, number], file: string, labels: string | null}} DataConfig range: of what value to what pictures are shown and painted
 * @typedef {{kind: 'mlp' | 'unet1d' | 'unet' | 'code', width: number, depth: number, attention: boolean,
 *   activation: 'relu' | 'silu' | 'gelu' | 'tanh', code: string, text: string}} NetworkConfig code: only of kind 'code'; text: the core's, once traced
 * @typedef {{patience: number, seconds: number}} StopRule ends early after so many epochs without a lower loss, or so many seconds; 0: never
 * @typedef {{seed: number, mode: 'exact' | 'fast', schedule: string, timesteps: number, objective: 'eps' | 'x0' | 'v' | 'flow',
 *   optimizer: 'adam' | 'muon', lr: number, warmup: number, decay: boolean, batch: number, ema: number, label_dropout: number,
 *   epochs: number, stop: StopRule}} TrainingConfig warmup: as a part of all steps
 * @typedef {{method: string, steps: number, eta: number, guidance_scale: number, seed: number, count: number}} SamplingConfig
 * @typedef {{noisebook_run: 1, name: string, data: DataConfig, network: NetworkConfig, training: TrainingConfig,
 *   sampling: SamplingConfig}} RunConfig
 * @typedef {{name?: string, data?: Partial<DataConfig>, network?: Partial<NetworkConfig>, training?: Partial<TrainingConfig>,
 *   sampling?: Partial<SamplingConfig>}} Patch
 */

export const VERSION = 1;
/** What a file or a link may hold at most, in characters. */
const LONGEST = 200_000;
/** Of one method, drawn at once. */
export const MOST_SAMPLES = 256;
const MOST_CLASSES = 1000;
const MOST_NUMBER = 2 ** 32 - 1;

/** @typedef {(value: any) => string} Check a sentence's end that says what is accepted; nothing where the value is */

/** @param {number} low @param {number} high @returns {Check} */
const whole = (low, high) => (value) =>
  Number.isInteger(value) && value >= low && value <= high
    ? ''
    : `a whole number from ${low.toLocaleString('en')} to ${high.toLocaleString('en')}`;
/** @param {number} low @param {number} high @returns {Check} */
const number = (low, high) => (value) =>
  Number.isFinite(value) && value >= low && value <= high ? '' : `a number from ${low} to ${high}`;
/** @param {string[]} names @returns {Check} */
const oneOf = (names) => (value) => (names.includes(value) ? '' : `one of ${names.join(', ')}`);
/** @type {Check} */
const truth = (value) => (typeof value === 'boolean' ? '' : 'true or false');
/** @param {number} most @returns {Check} */
const text = (most) => (value) =>
  typeof value === 'string' && value.length <= most
    ? ''
    : `a text of at most ${most.toLocaleString('en')} characters`;
/** @param {Check} each @param {number} least @param {number} most @param {string} words @returns {Check} */
const list = (each, least, most, words) => (value) =>
  Array.isArray(value) &&
  value.length >= least &&
  value.length <= most &&
  value.every((item) => each(item) === '')
    ? ''
    : words;
/** @param {Check} check @returns {Check} */
const orNull = (check) => (value) => (value === null ? '' : check(value));
/** @type {Check} */
const fromTo = (value) =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1]
    ? ''
    : 'two numbers, the lower one first';
/** @type {Check} */
const fileName = (value) =>
  typeof value === 'string' && /^[\w][\w.-]{0,99}$/.test(value)
    ? ''
    : 'a file name of letters, digits, dots and dashes';

/** @param {Record<string, [any, Check]>} fields @returns {Check} */
const record = (fields) => (value) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'an object of settings';
  const wrong = Object.entries(fields).find(([name, [, check]]) => check(value[name]) !== '');
  return wrong ? `${wrong[0]}: ${wrong[1][1](value[wrong[0]])}` : '';
};

export const MOST_NAME = 60;
/** The core's, which a test holds this list against. */
export const SCHEDULES = [
  'cosine',
  'cosine-0.9999',
  'cosine-clipped',
  'linear',
  'quadratic',
  'quadratic-sqrt',
  'exponential',
  'exponential-closed',
];

/** Each setting: where it begins, and what it takes. @type {Record<'data' | 'network' | 'training' | 'sampling', Record<string, [any, Check]>>} */
const SETTINGS = {
  data: {
    kind: ['points', oneOf(['points', 'pictures', 'series'])],
    shape: [
      [2],
      list(whole(1, 4096), 1, 3, 'the shape of a sample: [2], [channels, height, width] or [1, length]'),
    ],
    name: ['', text(200)],
    classes: [[], list(text(60), 0, MOST_CLASSES, `a list of at most ${MOST_CLASSES} names`)],
    held_out: [HELD, number(0, 0.9)],
    range: [PICTURE_RANGE, fromTo],
    file: ['data.npy', fileName],
    labels: [null, orNull(fileName)],
  },
  network: {
    kind: ['mlp', oneOf(['mlp', 'unet1d', 'unet', 'code'])],
    width: [64, whole(1, 1024)],
    depth: [3, whole(1, 16)],
    attention: [false, truth],
    activation: ['relu', oneOf(['relu', 'silu', 'gelu', 'tanh'])],
    code: ['', text(100_000)],
    text: ['', text(100_000)],
  },
  training: {
    seed: [42, whole(0, MOST_NUMBER)],
    mode: ['exact', oneOf(['exact', 'fast'])],
    schedule: ['cosine', oneOf(SCHEDULES)],
    timesteps: [1000, whole(2, 10_000)],
    objective: ['eps', oneOf(['eps', 'x0', 'v', 'flow'])],
    optimizer: ['adam', oneOf(['adam', 'muon'])],
    lr: [4e-3, number(1e-8, 10)],
    warmup: [0, number(0, 1)],
    decay: [true, truth],
    batch: [128, whole(1, 4096)],
    ema: [0.995, number(0, 0.99999)],
    label_dropout: [0.1, number(0, 1)],
    epochs: [100, whole(1, 100_000)],
    stop: [
      { patience: 0, seconds: 0 },
      record({ patience: [0, whole(0, 100_000)], seconds: [0, number(0, 1e6)] }),
    ],
  },
  sampling: {
    method: ['ddim', text(40)],
    steps: [30, whole(1, 10_000)],
    eta: [0, number(0, 1)],
    guidance_scale: [1, number(0, 100)],
    seed: [0, whole(0, MOST_NUMBER)],
    count: [64, whole(1, MOST_SAMPLES)],
  },
};

/** Frozen through and through: whoever has it may keep it. @template T @param {T} value @returns {T} */
function frozen(value) {
  if (value !== null && typeof value === 'object') {
    for (const each of Object.values(value)) frozen(each);
    Object.freeze(value);
  }
  return value;
}

/** @returns {RunConfig} */
export const defaults = () =>
  frozen(
    structuredClone(
      /** @type {any} */ ({
        noisebook_run: VERSION,
        name: '',
        ...Object.fromEntries(
          Object.entries(SETTINGS).map(([section, fields]) => [
            section,
            Object.fromEntries(Object.entries(fields).map(([name, [begins]]) => [name, begins])),
          ]),
        ),
      }),
    ),
  );

/** @param {string} where @param {unknown} value @param {Check} check */
function hold(where, value, check) {
  const accepted = check(value);
  if (accepted === '') return;
  const got = JSON.stringify(value)?.slice(0, 60) ?? String(value);
  throw new RangeError(`${where} = ${got}: it takes ${accepted}`);
}

/** The settings of a section over those before. @param {keyof typeof SETTINGS} section @param {unknown} given @param {any} before */
function sectionOf(section, given, before) {
  if (given === undefined) return before;
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`${section} takes an object of settings, such as {"${Object.keys(before)[0]}": ...}`);
  const fields = SETTINGS[section];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(fields, name))
      throw new RangeError(
        `${section} has no setting ${JSON.stringify(name.slice(0, 40))}: it has ${Object.keys(fields).join(', ')}`,
      );
    hold(`${section}.${name}`, value, fields[name][1]);
  }
  return { ...before, ...given };
}

/** What settings must keep among each other. @param {RunConfig} config */
function together({ data, network }) {
  const rank = { points: 1, series: 2, pictures: 3 }[data.kind];
  if (data.shape.length !== rank)
    throw new RangeError(
      `data.shape = ${JSON.stringify(data.shape)}: ${data.kind} have a shape of ${rank} number${rank > 1 ? 's' : ''}`,
    );
  if (network.kind === 'unet' && data.kind !== 'pictures')
    throw new RangeError(
      `network.kind = "unet": it takes pictures, and the data are ${data.kind}: take "mlp"${data.kind === 'series' ? ' or "unet1d"' : ''}`,
    );
  if (network.kind === 'unet1d' && data.kind !== 'series')
    throw new RangeError(
      `network.kind = "unet1d": it takes series, and the data are ${data.kind}: take "mlp"${data.kind === 'pictures' ? ' or "unet"' : ''}`,
    );
}

/** The config with a patch over it, held to what settings take: throws a sentence, and then nothing has changed. @param {RunConfig} config @param {Patch} patch @returns {RunConfig} */
export function patched(config, patch) {
  const sections = /** @type {(keyof typeof SETTINGS)[]} */ (Object.keys(SETTINGS));
  const unknown = Object.keys(patch).find(
    (name) => !(name in SETTINGS || ['name', 'noisebook_run'].includes(name)),
  );
  if (unknown) throw new RangeError(`a run has no part ${JSON.stringify(unknown.slice(0, 40))}`);
  if (patch.name !== undefined) hold('name', patch.name, text(MOST_NAME));
  const next = /** @type {any} */ ({ ...config, name: patch.name ?? config.name });
  for (const section of sections) next[section] = sectionOf(section, patch[section], config[section]);
  together(next);
  return frozen(structuredClone(next));
}

/**
 * Of a file's or a link's text, or of what was read of it. What is left out is as where a run begins.
 * @param {unknown} json @returns {RunConfig} throws a sentence
 */
export function readConfig(json) {
  let value = /** @type {any} */ (json);
  if (typeof json === 'string') {
    if (json.length > LONGEST)
      throw new RangeError(
        `this is no run: its settings have ${json.length.toLocaleString('en')} characters, and at most ${LONGEST.toLocaleString('en')} are read`,
      );
    try {
      value = JSON.parse(json);
    } catch {
      throw new SyntaxError(
        'this is no run: its settings are no JSON. A run is saved by the studio as a .zip',
      );
    }
  }
  const version = value?.noisebook_run;
  if (!Number.isInteger(version) || version < 1)
    throw new TypeError('this is no run of the studio: a run says "noisebook_run": 1');
  if (version > VERSION)
    throw new RangeError(
      `this run was saved by a newer Noisebook (version ${version} of the file, and this one reads up to ${VERSION}): reload the page to get the newer one`,
    );
  return patched(defaults(), value);
}

/** How good samples are: measures beside those of real data, whether they copy, and for series their spectrum and autocorrelation. */
import { Rng } from '../core/random.js';
import { numbersIn } from './dataset.js';

/** @typedef {import('../core.js').Core} Core */
/** @typedef {'points' | 'pictures' | 'series'} Kind */
/**
 * Samples, and data apart from them: what was trained on, and what was held out. All as they are trained on, `size` numbers each.
 * `labels`: the classes that were asked for, and those of the data; none where there are none.
 * @typedef {{samples: ArrayLike<number>, train: ArrayLike<number>, held: ArrayLike<number>}} Labels
 * @typedef {{kind: Kind, shape: number[], samples: Float32Array, train: Float32Array, held: Float32Array, labels?: Labels | null}} Judged
 */
/**
 * `real`: what real data get, held against the same. `better`: which way; 'even' where real data's own figure is best.
 * @typedef {{name: string, title: string, value: number, real: number, better: 'low' | 'high' | 'even'}} Measure
 * @typedef {{index: Int32Array, distance: Float64Array, usual: number}} Nearest the nearest of the training data beside each sample; usual: a held-out sample's median
 * @typedef {{lags: number[], frequencies: number[], samples: {spectrum: number[], correlation: number[]}, real: {spectrum: number[], correlation: number[]}}} Waves
 * @typedef {{measures: Measure[], nearest: Nearest, waves: Waves | null, notes: string[], copying: string}} Judgement copying: whether they copy, in a sentence
 */

/** More would take the worker too long at once. */
const MOST = 400;
/** A neighbourhood reaches to the so-manieth neighbour. */
const K = 3;
/** With fewer held out, a figure says more of their choice than of the samples. */
const FEW = 10;
const PLANES = 64;
const DIRECTIONS = 16;

/** The first rows, or rows spread evenly. @param {Float32Array} all @param {number} size @param {number} most */
export function some(all, size, most) {
  const n = all.length / size;
  if (n <= most) return all;
  const out = new Float32Array(most * size);
  for (let i = 0; i < most; i++) {
    const row = Math.floor((i * n) / most);
    out.set(all.subarray(row * size, (row + 1) * size), i * size);
  }
  return out;
}

/** Every second row, from the first or the second on. @param {Float32Array} all @param {number} size @param {number} first */
function half(all, size, first) {
  const n = Math.ceil((all.length / size - first) / 2);
  const out = new Float32Array(n * size);
  for (let i = 0; i < n; i++)
    out.set(all.subarray((2 * i + first) * size, (2 * i + first + 1) * size), i * size);
  return out;
}

/** @param {Float32Array} a @param {number} size */
const rows = (a, size) => a.length / size;

/** Two orthonormal directions. @param {Float64Array} u @param {Float64Array} v */
function orthonormal(u, v) {
  const dot = (/** @type {Float64Array} */ a, /** @type {Float64Array} */ b) =>
    a.reduce((sum, each, i) => sum + each * b[i], 0);
  const one = u.map((each) => each / Math.sqrt(dot(u, u)));
  const along = dot(v, one);
  const rest = v.map((each, i) => each - along * one[i]);
  return [one, rest.map((each) => each / Math.sqrt(dot(rest, rest)))];
}

/** Each row on a plane. @param {Float32Array} a @param {number} size @param {Float64Array[]} plane */
function onto(a, size, [u, v]) {
  const n = rows(a, size);
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < size; k++) {
      const value = a[i * size + k];
      out[2 * i] += u[k] * value;
      out[2 * i + 1] += v[k] * value;
    }
  return out;
}

/**
 * Sliced Wasserstein distance in any number of dimensions: the core's, of the plane, on planes that lie at random (the same ones for all).
 * @param {Core} core @param {Float32Array} a @param {Float32Array} b @param {number} size
 */
export function slicedWasserstein({ api, memory }, a, b, size) {
  const [n, m] = [rows(a, size), rows(b, size)];
  const doubles = (/** @type {Float32Array} */ x) => Float64Array.from(x);
  if (size === 1) return api.energy_distance(n, doubles(a), m, doubles(b), 1);
  if (size === 2) return api.sliced_wasserstein(n, doubles(a), m, doubles(b), 128);
  const rng = new Rng(memory, 0);
  let sum = 0;
  for (let p = 0; p < PLANES; p++) {
    const [u, v] = [rng.np_randn([size]), rng.np_randn([size])].map(({ data }) => Float64Array.from(data));
    const plane = orthonormal(u, v);
    sum += api.sliced_wasserstein(n, onto(a, size, plane), m, onto(b, size, plane), DIRECTIONS);
  }
  rng.dispose();
  return sum / PLANES;
}

/** How likely one of a is smaller than one of b; ties count half. @param {Float64Array} a @param {Float64Array} b */
export function chanceBelow(a, b) {
  const sorted = Float64Array.from(b).sort();
  /** How many of b are below, or not above. @param {number} value @param {boolean} orEqual */
  const count = (value, orEqual) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let sum = 0;
  for (const each of a) sum += sorted.length - (count(each, false) + count(each, true)) / 2;
  return sum / (a.length * b.length);
}

/** @param {Float64Array} values */
const median = (values) => {
  const sorted = Float64Array.from(values).sort();
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};

/** Labels of the rows that `some` takes. @param {ArrayLike<number>} all */
const someLabels = (all) => some(Float32Array.from(all), 1, MOST);

/** The part whose nearest training sample is of their own class. @param {Int32Array} index @param {ArrayLike<number>} own @param {ArrayLike<number>} train */
export function shareOfClass(index, own, train) {
  let sum = 0;
  index.forEach((row, i) => {
    if (train[row] === own[i]) sum++;
  });
  return sum / index.length;
}

/**
 * Whether samples copy: more of them lie near a training sample than held-out data let one expect. How many of n new ones are below the k-th of
 * m old ones is beta-binomial; more than three deviations above its mean is no chance.
 * @param {Float64Array} distance @param {Float64Array} theirs of held-out data
 */
export function copyingOf(distance, theirs) {
  const [n, m] = [distance.length, theirs.length];
  if (m < FEW) return `Whether they copy cannot be told: of ${m} held-out samples, fewer than ${FEW}.`;
  const k = Math.max(1, Math.floor(m / 20));
  const near = Float64Array.from(theirs).sort()[k - 1];
  const count = distance.filter((d) => d < near).length;
  const part = k / (m + 1);
  const deviation = Math.sqrt((n * part * (1 - part) * (m + 1 + n)) / (m + 2));
  const copy = count > n * part + 3 * deviation;
  const said = `${count} of ${n} samples are nearer to a training sample than ${near.toPrecision(3)}, which ${k} of ${m} held-out samples reach.`;
  return `${copy ? 'They copy' : 'No sign of copying'}: ${said}`;
}

/** What samples are held against, and real data that stand in for samples. @param {Judged} judged @param {number} size */
function references({ samples, train, held }, size) {
  const n = rows(samples, size);
  if (rows(held, size) >= FEW)
    return {
      against: some(held, size, MOST),
      real: some(train, size, Math.min(n, MOST)),
      notes: [],
    };
  if (rows(train, size) < 2 * FEW)
    return {
      against: train,
      real: null,
      notes: [
        `With ${rows(train, size) + rows(held, size)} samples of data there are too few to hold some against the others: real data's own figures are left out.`,
      ],
    };
  return {
    against: some(half(train, size, 0), size, MOST),
    real: some(half(train, size, 1), size, Math.min(n, MOST)),
    notes: [
      `Only ${rows(held, size)} samples are held out, fewer than ${FEW}: samples are held against half of the training data, and so is its other half.`,
    ],
  };
}

/** Mean power at each frequency, the mean taken out first. @param {Float32Array} all @param {number} length @returns {number[]} */
export function spectrum(all, length) {
  const n = all.length / length;
  const out = new Array(Math.floor(length / 2) + 1).fill(0);
  const turn = Array.from({ length }, (_, k) => (2 * Math.PI * k) / length);
  const [cos, sin] = [turn.map(Math.cos), turn.map(Math.sin)];
  for (let i = 0; i < n; i++) {
    const x = all.subarray(i * length, (i + 1) * length);
    for (let f = 0; f < out.length; f++) {
      let [re, im] = [0, 0];
      for (let k = 0; k < length; k++) {
        const at = (f * k) % length;
        re += x[k] * cos[at];
        im -= x[k] * sin[at];
      }
      out[f] += (re * re + im * im) / (length * n);
    }
  }
  return out;
}

/** Mean correlation of a series with itself, so many places later. @param {Float32Array} all @param {number} length @returns {number[]} */
export function autocorrelation(all, length) {
  const n = all.length / length;
  const lags = Math.max(1, Math.floor(length / 2));
  const out = new Array(lags).fill(0);
  for (let i = 0; i < n; i++) {
    const x = all.subarray(i * length, (i + 1) * length);
    const mean = x.reduce((a, b) => a + b, 0) / length;
    const power = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    for (let lag = 0; lag < lags; lag++) {
      let sum = 0;
      for (let k = 0; k + lag < length; k++) sum += (x[k] - mean) * (x[k + lag] - mean);
      // A series that stands still is like itself.
      out[lag] += power > 0 ? sum / power / n : 1 / n;
    }
  }
  return out;
}

/** @param {Judged} judged @param {Float32Array} real */
function wavesOf({ kind, shape, samples }, real) {
  const length = shape[shape.length - 1];
  if (kind !== 'series' || length < 2) return null;
  const channels = (/** @type {Float32Array} */ all) => some(all, length, MOST);
  const both = (/** @type {Float32Array} */ all) => ({
    spectrum: spectrum(channels(all), length),
    correlation: autocorrelation(channels(all), length),
  });
  const made = both(samples);
  return {
    lags: made.correlation.map((_, k) => k),
    frequencies: made.spectrum.map((_, k) => k),
    samples: made,
    real: both(real),
  };
}

/** The nearest training samples, and what they say of copies and of classes. @param {Core} core @param {Judged} judged @param {number} size */
function nearestOf({ api }, { samples, train, held, labels }, size) {
  const to = (/** @type {Float32Array} */ a) => api.nearest(rows(a, size), a, rows(train, size), train, size);
  const own = to(samples);
  const theirs = rows(held, size) > 0 ? to(some(held, size, MOST)) : null;
  /** @type {Measure[]} */
  const more = [];
  if (theirs)
    more.push({
      name: 'copying',
      title: 'Nearer to a training sample than held-out data is',
      value: chanceBelow(own.distance, theirs.distance),
      real: 0.5,
      better: 'even',
    });
  if (labels)
    more.push({
      name: 'class',
      title: 'Class: the nearest training sample is of the class that was asked for',
      value: shareOfClass(own.index, someLabels(labels.samples), labels.train),
      real: theirs ? shareOfClass(theirs.index, someLabels(labels.held), labels.train) : Number.NaN,
      better: 'high',
    });
  const distance = theirs?.distance ?? new Float64Array(0);
  const usual = theirs ? median(distance) : Number.NaN;
  return { nearest: { ...own, usual }, copying: copyingOf(own.distance, distance), more };
}

/**
 * @param {Core} core @param {Judged} judged @param {() => Promise<void> | undefined | void} tick between two measures; throws what ends the work
 * @returns {Promise<Judgement>}
 */
export async function judge(core, judged, tick) {
  const { api } = core;
  const size = numbersIn(judged.shape);
  const samples = some(judged.samples, size, MOST);
  const { against, real, notes } = references({ ...judged, samples }, size);
  const [n, m] = [rows(samples, size), rows(against, size)];
  const doubles = (/** @type {Float32Array} */ x) => Float64Array.from(x);
  /** @type {Measure[]} */
  const measures = [];
  const distance = async (
    /** @type {string} */ name,
    /** @type {string} */ title,
    /** @type {(a: Float32Array) => number} */ of,
  ) => {
    measures.push({ name, title, value: of(samples), real: real ? of(real) : Number.NaN, better: 'low' });
    await tick();
  };
  await distance('sliced_wasserstein', 'Sliced Wasserstein distance', (a) =>
    slicedWasserstein(core, a, against, size),
  );
  await distance('energy_distance', 'Energy distance', (a) =>
    api.energy_distance(rows(a, size), doubles(a), m, doubles(against), size),
  );
  if (Math.min(n, m) > K) {
    const near = (/** @type {Float32Array} */ a) =>
      api.precision_recall(rows(a, size), a, m, against, size, K);
    const own = near(samples);
    await tick();
    const theirs = real && rows(real, size) > K ? near(real) : { precision: Number.NaN, recall: Number.NaN };
    for (const [name, title] of /** @type {const} */ ([
      ['precision', 'Precision: samples that lie among real data'],
      ['recall', 'Recall: real data that lie among samples'],
    ]))
      measures.push({ name, title, value: own[name], real: theirs[name], better: 'high' });
  } else notes.push(`Precision and recall need more than ${K} samples and as many real ones.`);
  await tick();
  const { nearest, copying, more } = nearestOf(core, { ...judged, samples }, size);
  measures.push(...more);
  await tick();
  return { measures, nearest, waves: wavesOf({ ...judged, samples }, against), notes, copying };
}

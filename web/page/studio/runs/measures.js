/** What a run's samples scored, by the method that drew them, and beside it what real data score: kept with the run, and in its file. */

/** @typedef {import('./runs.js').Run} Run */
/** Finite, by the measure's name. @typedef {Record<string, number>} Figures */
/** `values`: the samples'; `real`: those of real data, held against the same. @typedef {{values: Figures, real: Figures}} Scored */

/** @param {[string, number][]} all */
const finite = (all) => Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)));

/** @param {import('../../../kernel/studio/judge.js').Judgement} judgement @returns {Scored} */
export const scoredOf = ({ measures }) => ({
  values: finite(measures.map(({ name, value }) => [name, value])),
  real: finite(measures.map(({ name, real }) => [name, real])),
});

/** A run of before real data's figures were kept has the samples' alone. @param {any} kept @returns {Scored} */
const asScored = (kept) => (kept.values ? kept : { values: kept, real: {} });

/** The method whose samples lie nearest to the data, by sliced Wasserstein distance. @param {Pick<Run, 'measures'>} run @returns {({method: string} & Scored) | null} */
export function bestOf({ measures }) {
  const all = Object.entries(measures).map(([method, kept]) => ({ method, ...asScored(kept) }));
  const distance = (/** @type {Scored} */ { values }) =>
    values.sliced_wasserstein ?? Number.POSITIVE_INFINITY;
  return all.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

const MOST_METHODS = 64;
const MOST_FIGURES = 64;

const isObject = (/** @type {any} */ value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {any} value */
const areFigures = (value) =>
  isObject(value) &&
  Object.keys(value).length <= MOST_FIGURES &&
  Object.values(value).every((each) => Number.isFinite(each));

/** Whether a file says so. @param {any} value @returns {value is Record<string, Scored>} */
export const areMeasures = (value) =>
  isObject(value) &&
  Object.keys(value).length <= MOST_METHODS &&
  Object.values(value).every((each) => isObject(each) && areFigures(each.values) && areFigures(each.real));

/** What was measured counts for the weights that it was measured of: once a run has trained on, nothing has been. @param {Pick<Run, 'step' | 'measures'>} run @param {number} step @returns {Run['measures']} */
export const measuresAt = (run, step) => (run.step === step ? run.measures : {});

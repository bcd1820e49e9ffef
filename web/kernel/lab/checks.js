/** Checks: what is right passes, and what is not is explained, and shown beside what is wanted. */
import { options } from '../check.js';
import { messageOf } from '../evaluate.js';
import { Stopped } from '../flow.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('./mistakes.js').Numbers} Numbers */
/** @typedef {import('./mistakes.js').Known} Known */
/** @typedef {{range?: [number, number], x?: string, show?: false | ((both: [string, any][]) => unknown)}} Look */

/** Only those who have something checked load it. */
const loadMistakes = () => import('./mistakes.js');

/** Points beyond this many make no picture clearer. */
const MOST_POINTS = 1000;

/** @param {Numbers[]} both @param {number} margin @returns {[number, number]} */
function around(both, margin) {
  const all = both.flatMap(({ data }) => Array.from(data).map(Math.abs));
  const most = margin * all.reduce((a, b) => Math.max(a, b), 0) || 1;
  return [-most, most];
}

/** @param {Numbers} numbers @param {number[]} shape */
const tensorOf = ({ data }, shape) => new Tensor(shape, Float32Array.from(data));

/** Whether it can be drawn as numbers of that shape are drawn. @param {Numbers} numbers @param {readonly number[]} like */
const alike = ({ shape }, like) =>
  shape.length === like.length && (like.length === 1 || shape.slice(1).join() === like.slice(1).join());

/**
 * What is wanted beside what came, as numbers of that shape are drawn: points, pictures, or lines.
 * @param {any} lab @param {Numbers} wanted @param {Numbers} got @param {Look} look
 */
function draw(lab, wanted, got, { range, x = 'place' }) {
  const { shape } = wanted;
  /** @type {[string, Numbers][]} */
  const both = [
    ['expected', wanted],
    ['yours', got],
  ];
  if (shape.length === 1 && shape[0] > 2) {
    const n = Math.max(...both.map(([, { shape }]) => shape[0]));
    const places = Array.from({ length: n }, (_, i) => i);
    lab.chart({
      title: 'Expected, and yours',
      x,
      series: both.map(([title]) => title),
      colors: ['x0', 'eps'],
      data: [places, ...both.map(([, { data }]) => places.map((i) => data[i] ?? null))],
    });
  } else if (shape.length === 2 && shape[1] === 2 && shape[0] > 2) {
    const panels = both.map(([title, numbers], i) => ({
      title,
      sets: [
        { points: tensorOf(numbers, [...numbers.shape]).slice(0, MOST_POINTS), color: i ? 'eps' : 'x0' },
      ],
    }));
    lab.scatter({ range: range ?? around([wanted], 1.15), panels });
  } else if (shape.length === 2 || (shape.length === 4 && (shape[1] === 1 || shape[1] === 3))) {
    const all = Array.from(wanted.data);
    const span = range ?? [Math.min(...all), Math.max(...all) + 1e-6];
    const panels = both.map(([title, numbers]) => ({ title, images: tensorOf(numbers, [...numbers.shape]) }));
    lab.grid({ range: span, panels });
  }
}

/**
 * @param {import('../kernel.js').Kernel} kernel @param {any} lab its figures
 */
export function checks({ displays }, lab) {
  /** @param {string} name @param {boolean} pass @param {string} why */
  const tell = (name, pass, why) => void displays.show('check', { name, pass, message: pass ? '' : why });

  /** @param {unknown} value @param {unknown} right @param {Look} look */
  async function picture(value, right, { show, ...look }) {
    const { numbersOf } = await loadMistakes();
    const [got, wanted] = [numbersOf(value), numbersOf(right)];
    const drawable = got && wanted && alike(got, wanted.shape) && Array.from(got.data).every(Number.isFinite);
    if (!drawable || show === false) return;
    if (show)
      show([
        ['expected', right],
        ['yours', value],
      ]);
    else draw(lab, wanted, got, look);
  }

  return {
    /**
     * @param {string} name what is checked
     * @param {unknown} condition true or false, or a function (async if need be) that returns it or throws
     * @param {string} [message] what to tell the reader who is not there yet
     */
    async check(name, condition, message = '') {
      let pass = false;
      let why = message;
      try {
        pass = (typeof condition === 'function' ? await condition() : await condition) === true;
      } catch (error) {
        if (error instanceof Stopped) throw error;
        const { inWords } = await loadMistakes();
        why = [message, inWords(messageOf(error))].filter(Boolean).join(' ');
      }
      tell(name, pass, why);
    },
    /**
     * Compares numbers, lists or tensors: tells what is wrong with `got`, by the mistakes that are often made and those that
     * `known` names, and shows it beside `expected`.
     * @param {string} name what is checked
     * @param {unknown} got a value, or a function (async if need be) that gives it
     * @param {unknown} expected a value, or a function that gives it
     * @param {Known & Look & {hint?: string}} [known] tolerance: of the largest of the expected numbers, 1e-5 if not given;
     *   mistakes: a sentence, and what one gets who makes that mistake; n: over how many a mean is taken; hint: what to tell
     *   where none of these fits; range, x: of the picture; show: what draws it, given [title, value] of both, or false
     */
    async compare(name, got, expected, known) {
      const accepted = ['tolerance', 'n', 'mistakes', 'hint', 'range', 'x', 'show'];
      const { hint = '', tolerance, n, mistakes, ...look } = options(known, 'compare', accepted);
      const { inWords, whatIsWrong } = await loadMistakes();
      const right = typeof expected === 'function' ? await expected() : expected;
      /** @type {unknown} */
      let value;
      try {
        value = typeof got === 'function' ? await got() : await got;
      } catch (error) {
        if (error instanceof Stopped) throw error;
        tell(name, false, inWords(messageOf(error)));
        return;
      }
      const wrong = await whatIsWrong(value, right, { tolerance, n, mistakes });
      tell(name, !wrong, wrong ? [wrong.words, ...(wrong.sure || !hint ? [] : [hint])].join(' ') : '');
      if (wrong) await picture(value, right, look);
    },
  };
}

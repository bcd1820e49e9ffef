/** The controls of lab.interact: how cells make them, where a link may put them, and what code gets of their values. */
import { options, shown, whole } from './check.js';
import { paint, painted, paints } from './lab/paint.js';

/** @param {number} min @param {number} max @param {{value?: number, step?: number, label?: string, log?: boolean}} [options] */
const slider = (min, max, { value = min, step = 1, label = '', log = false } = {}) => ({
  type: 'slider',
  min,
  max,
  value,
  step,
  label,
  log,
});

/** @param {Record<string, string>} options value to text @param {{value?: string, label?: string}} [settings] */
const choice = (options, { value = Object.keys(options)[0], label = '' } = {}) => ({
  type: 'choice',
  options,
  value,
  label,
});

/** A line of text has no more letters than that, and none that cannot be seen. */
const MOST_LETTERS = 200;
const PLAIN = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** @param {any} control @param {unknown} value */
const isText = (control, value) =>
  typeof value === 'string' && value.length <= control.most && PLAIN.test(value);

/**
 * @param {string} value @param {{label?: string, words?: readonly string[], most?: number}} [given]
 */
function text(value, given) {
  const known = { label: '', words: [], most: MOST_LETTERS };
  const { label, words, most } = options(given, 'text', Object.keys(known), known);
  const control = { type: 'text', label, words: [...words], most: whole(most, 'most', 1, MOST_LETTERS) };
  if (!isText(control, value))
    throw new TypeError(`text = ${shown(value)}: it takes a line of at most ${most} letters`);
  if (!control.words.every((word) => typeof word === 'string'))
    throw new TypeError('text: words is a list of words to choose from');
  return { ...control, value };
}

export const controls = {
  slider,
  choice,
  /**
   * A file that the reader picks: null before that, then { name, bytes }. It never leaves the page.
   * @param {{label?: string, accept?: string}} [given] accept: which endings, such as '.safetensors,.npy'
   */
  file: (/** @type {{label?: string, accept?: string} | undefined} */ given) => ({
    type: 'file',
    ...options(given, 'file', ['label', 'accept'], { label: '', accept: '' }),
    value: null,
  }),
  /**
   * A canvas to draw on by mouse, pen, finger or keys. Code gets a picture [1, channels, height, width] with values in `range`;
   * with mask: true one of 1 where it is painted and 0 elsewhere. Options: size = 32, or height and width; channels = 1 (or 3);
   * range = [0, 1]; colors, by name a grey or [red, green, blue] from 0 to 1 each; paper = 0, the colour where nothing is painted;
   * over: a picture to paint on, or to see below a mask; value: a picture to begin with; brush = 3 pixels; label.
   */
  paint,
  /**
   * A line to type in, which code gets as it stands; it is handed over when Enter is pressed and when typing rests. Options:
   * words, which are offered for what is being typed, others are named below it; most = 200 letters; label.
   */
  text,
};

/** Whether a control can stand at a value that came from a link, which brings no files. @param {any} control @param {unknown} value */
export function accepts(control, value) {
  if (control?.type === 'file') return false;
  if (control?.type === 'paint') return paints(control, value);
  if (control?.type === 'text') return isText(control, value);
  if (control?.type === 'choice') return typeof value === 'string' && Object.hasOwn(control.options, value);
  return typeof value === 'number' && value >= control?.min && value <= control?.max;
}

/** What code gets, by name. @param {Record<string, any>} moved controls @param {Record<string, any>} values where they stand */
export const given = (moved, values) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      moved[name]?.type === 'paint' ? painted(moved[name], value) : value,
    ]),
  );

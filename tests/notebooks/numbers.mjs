/**
 * Numbers in prose. A markdown cell's metadata says how what it claims is computed, in the names of the lesson's cells:
 *
 *   "numbers": { "89% of this board's variance": "(1 - a) / (a * 0.25 + 1 - a)" }
 *
 * A value must round to the last number of the phrase, to as many digits as that has; % and percent count hundredths. Where
 * the phrase has its number in words the expression is a comparison, and must be true; where nothing here computes it, a text
 * that names the source. It is evaluated once the next cell of code has run, when a question's answer shows, or at the end.
 */

/** @typedef {import('../../web/build/notebook.js').Cell} Cell */

const NUMBER = /(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:%| per ?cent)?/g;
const PARTS = '(?:third|quarter|fifth|tenth|fortieth|hundredth|thousandth|ten-millionth)';
const WORDS = new RegExp(
  [
    `\\b(?:an?|one) ${PARTS}(?= of\\b|[,;.)])`, // and not "a third row"
    `\\b(?:two|three|nine) ${PARTS}s`,
    '\\b(?:one|nine) (?:\\w+ )?in ten\\b|\\btwo (?:\\w+ )?(?:out )?(?:of|in) three\\b',
    '\\w+ per ?cent',
    '(?:\\w+|\\d) times (?=as |smaller|larger|fewer|less|more|too )',
    'twice as \\w+',
    'about half',
  ].join('|'),
  'gi',
);

/** A formula's 1{,}024 and 400,033 are one number. @param {string} text */
const plain = (text) => text.replace(/(\d)\{,\}(?=\d)/g, '$1,');

/** @param {string} text */
const amount = (text) => Number.parseFloat(text.replaceAll(',', ''));

/** Whether a phrase says what was computed. @param {string} phrase @param {unknown} value */
export function says(phrase, value) {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length > 10;
  const said = plain(phrase).match(NUMBER)?.at(-1);
  if (said === undefined || typeof value !== 'number') return false;
  const digits = said.match(/\.(\d+)/)?.[1].length ?? 0;
  const scale = /%|cent/.test(said) ? 100 : 1;
  return Math.abs(value * scale - amount(said)) <= 0.5000001 * 10 ** -digits;
}

/** The cells of prose to hold against the numbers, by the cell of code after which that is done. @param {Cell[]} cells */
export function numbersDue(cells) {
  const runs = (/** @type {Cell} */ { type, tags }) =>
    type === 'code' && !tags.includes('task') && !tags.includes('solution');
  /** @type {Map<string, Cell[]>} */
  const due = new Map();
  for (const [i, cell] of cells.entries()) {
    if (!Object.keys(cell.numbers).length) continue;
    const { id } = /** @type {Cell} */ (cells.slice(i).find(runs) ?? cells.findLast(runs));
    due.set(id, [...(due.get(id) ?? []), cell]);
  }
  return due;
}

/**
 * For each thing that a cell says of numbers: what is wrong with it, or nothing.
 * @param {import('../../web/kernel/kernel.js').Kernel} kernel @param {Cell} cell
 */
export async function compareNumbers(kernel, { id, numbers }) {
  const out = [];
  for (const [said, expression] of Object.entries(numbers)) {
    /** @type {unknown} */
    let value;
    try {
      value = await kernel.evaluator.run(`${id}-numbers`, `(${expression})`);
    } catch (error) {
      value = error;
    }
    out.push(says(said, value) ? '' : `"${said}", but ${expression} is ${value}`);
  }
  return out;
}

/**
 * The numbers of a lesson's prose that nothing stands behind: no entry of `numbers`, and no such number in the lesson's code, as
 * settings have. Counts up to ten are let through, and so are a question's wrong answers, years, names of lessons, code and addresses.
 * @param {Cell[]} cells @returns {string[]}
 */
export function unfounded(cells) {
  const code = cells.filter(({ type }) => type === 'code').map(({ source }) => source);
  const settings = new Set(
    code
      .join('\n')
      .match(/(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?/g)
      ?.map(Number),
  );
  const given = (/** @type {string} */ said) =>
    !/%|cent/.test(said) && (/^(\d|10)$/.test(said) || settings.has(amount(said)));
  return cells
    .filter(({ type }) => type === 'markdown')
    .flatMap(({ id, source, numbers }) => {
      let text = source.replace(/`[^`]*`|\]\([^)]*\)|\b20\d\d(?=\))|^- \[ \].*$|\blesson \d+\b/gim, ' ');
      for (const said of Object.keys(numbers)) text = text.replaceAll(said, ' ');
      text = plain(text);
      const bare = text.match(NUMBER)?.filter((said) => !given(said)) ?? [];
      return [...bare, ...(text.match(WORDS) ?? [])].map((said) => `${id}: ${said}`);
    });
}

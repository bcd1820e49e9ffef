/** A lesson as a notebook of Python: its prose, and its PyTorch in place of the page's cells. Runs as it is in Jupyter. */

/** @typedef {import('./notebook.js').Cell} Cell */
/** @typedef {{cell_type: 'markdown' | 'code', id: string, metadata: object, source: string[]}} Entry */

const PACKAGES = 'torch numpy matplotlib scikit-learn';

/** @param {string} text */
const lines = (text) => text.split(/(?<=\n)/);

/** @param {string} id @param {string} text @returns {Entry} */
const markdown = (id, text) => ({ cell_type: 'markdown', id, metadata: {}, source: lines(text) });

/** @param {string} id @param {string} text */
const code = (id, text) => ({
  cell_type: /** @type {const} */ ('code'),
  execution_count: null,
  id,
  metadata: {},
  outputs: [],
  source: lines(text),
});

/** A link within the site leads nowhere from here. @param {string} text */
const withoutLinks = (text) => text.replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, '$1');

/** What only the page has: sliders, switches and buttons, the figure that opens it, and a place to keep things. */
const OF_THE_PAGE =
  /\b(?:[Ss]liders?|[Bb]uttons?|(?:[Tt]he|first|second) switch(?:es)?|this browser|[Tt]he figure above|[Tt]he pictures above|[Pp]ress|[Dd]rag(?:ged)?|[Rr]un all)\b|\*\*(?:Run|Pause|Step|Stop|Check)\*\*|\b[Rr]un (?:it|the cells?)\b/;

/**
 * Sentences that tell to move what only the page has are left out, in paragraphs of prose; what stands in a list or a quotation, or shows code or
 * a formula of its own, stays whole. @param {string} text
 */
function withoutControls(text) {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => {
    if (!OF_THE_PAGE.test(paragraph) || /^(?:[#*>|-]|\d+\.|```|\$\$)/.test(paragraph)) return paragraph;
    const sentences = paragraph.split(/(?<=[.!?:]\*{0,2})\s+(?=[A-Z*])/);
    return sentences.filter((sentence) => !OF_THE_PAGE.test(sentence)).join(' ');
  });
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

/** @param {string} summary @param {string} text */
const folded = (summary, text) => `<details><summary>${summary}</summary>\n\n${text.trim()}\n\n</details>`;

/** Options to think about, and the right one with its reasons behind a fold. @param {string} text */
function question(text) {
  const all = text.split('\n');
  const isOption = (/** @type {string} */ line) => /^- \[[ x]\] /.test(line);
  const last = all.findLastIndex(isOption);
  const right = all.find((line) => line.startsWith('- [x]'))?.slice(6);
  const asked = all.slice(0, last + 1).map((line) => (isOption(line) ? `- ${line.slice(6)}` : line));
  return `${asked.join('\n')}\n\n${folded(
    'Answer',
    `**${right}.** ${all
      .slice(last + 1)
      .join('\n')
      .trim()}`,
  )}`;
}

/** @param {Cell} cell @returns {Entry[]} */
function prose({ id, tags, source }) {
  const text = withoutControls(withoutLinks(source));
  if (tags.includes('widget')) return [markdown(id, question(text))];
  if (tags.includes('aside')) {
    const [summary, ...rest] = text.split('\n');
    return [markdown(id, folded(summary, rest.join('\n')))];
  }
  return [markdown(id, tags.includes('hint') ? folded('Hint', text) : text)];
}

/** @param {Cell} cell @param {Cell[]} cells @param {Map<string, string>} script @returns {Entry[]} */
function program(cell, cells, script) {
  const own = script.get(cell.id);
  if (cell.tags.includes('solution'))
    return own ? [markdown(`${cell.id}-text`, 'A solution:'), code(cell.id, own)] : [];
  if (own) return [code(cell.id, own)];
  if (cell.tags.includes('task')) {
    const solution = cells.slice(cells.indexOf(cell)).find(({ tags }) => tags.includes('solution'));
    return solution && script.has(solution.id) ? [code(cell.id, '# Write it here.\n')] : [];
  }
  if (cell.tags.includes('widget') || cell.tags.includes('first')) return [];
  const check = cell.tags.includes('check');
  return [markdown(cell.id, check ? CHECK : FIGURE)];
}

const CHECK = '*On the page, a check compares this with the core, which is written in C.*';
const FIGURE = '*On the page there is a figure to move here.*';

/** Neither of them twice in a row, and no check after a task: there is nothing in between. @param {Entry[]} entries */
const withoutRepeats = (entries) =>
  entries.filter(({ source }, i) => {
    const isNote = (/** @type {string[] | undefined} */ text) =>
      [CHECK, FIGURE].includes(text?.join('') ?? '');
    return !isNote(source) || !isNote(entries[i - 1]?.source);
  });

/**
 * @param {{title: string, summary: string}} lesson @param {Cell[]} cells @param {import('./pytorch.js').Script} script
 * @returns {string} a file of nbformat 4.5
 */
export function jupyterNotebook({ title, summary }, cells, script) {
  const about = `# ${title}\n\n${summary}\n\nThis is a lesson of Noisebook with its code in PyTorch. The seeds are those of the page, and so are the random numbers.`;
  const body = cells.flatMap((cell) =>
    cell.type === 'code' ? program(cell, cells, script.cells) : prose(cell),
  );
  const notebook = {
    cells: [
      markdown('lesson-title', about),
      code('lesson-packages', `%pip install -q ${PACKAGES}`),
      code('lesson-imports', script.preamble),
      ...withoutRepeats(body.filter(({ source }) => source.join('') !== '')),
    ],
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

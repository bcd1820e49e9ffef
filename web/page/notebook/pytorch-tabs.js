/** The tabs of cells that have PyTorch behind their JavaScript: one choice for all of them, kept for all pages. */
import '../../styles/python-code.css';
import { h } from '../../figures/parts/dom.js';
import { remember } from '../common/memory.js';
import { pythonLink } from '../common/save.js';
import { say } from '../common/say.js';

const root = document.documentElement;
let filled = false;

/** @param {string} code */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code);
    say('Copied.');
  } catch {
    say('The browser does not allow copying here: select the code instead.');
  }
}

/** @param {HTMLElement} panel @param {string} lesson @param {string} html of its code, from the build */
function fill(panel, lesson, html) {
  const code = h('code', {});
  code.innerHTML = html;
  const pre = h(
    'pre',
    { class: 'python', tabindex: 0, 'aria-label': `${panel.dataset.cellOf} in PyTorch` },
    code,
  );
  const words = 'Run computes the JavaScript. To run this, ';
  const note = h('span', {}, words, pythonLink(lesson, 'open the lesson as Python'), '.');
  const onclick = () => copy(code.textContent ?? '');
  panel.replaceChildren(
    pre,
    h(
      'p',
      { class: 'elsewhere-run' },
      note,
      h('button', { type: 'button', class: 'quiet', onclick }, 'Copy'),
    ),
  );
}

/** The code of all panels comes in one file. @param {HTMLElement} main */
async function fillAll(main) {
  if (filled || root.dataset.language !== 'pytorch') return;
  const lesson = main.dataset.lesson ?? '';
  const response = await fetch(`${lesson}-pytorch.json`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const code = await response.json();
  const panels = /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll('.code-pytorch'));
  for (const panel of panels) fill(panel, lesson, code[panel.dataset.cellOf ?? '']);
  filled = true;
}

/** @param {HTMLElement} main */
function mark(main) {
  const shown = root.dataset.language ?? 'javascript';
  for (const tab of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll('.languages button'))) {
    const chosen = tab.dataset.language === shown;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}

/** The tab that a click or a key means. @param {Event} event @returns {HTMLElement | null} */
function meant(event) {
  const tab = event.target instanceof Element ? event.target.closest('button') : null;
  if (!tab || event.type === 'click') return tab;
  const [first, last] = /** @type {HTMLElement[]} */ ([...(tab.parentElement?.children ?? [])]);
  const other = tab === first ? last : first;
  /** @type {Record<string, HTMLElement>} */
  const by = { ArrowLeft: other, ArrowRight: other, Home: first, End: last };
  return by[/** @type {KeyboardEvent} */ (event).key] ?? null;
}

/**
 * The tab that is chosen stays where it is on the screen, whatever becomes of the cells above it.
 * @param {HTMLElement} main @param {Event} event in a list of tabs; one that chooses nothing shows what was chosen before
 */
export async function answer(main, event) {
  const tab = meant(event);
  const top = () => tab?.getBoundingClientRect().top ?? 0;
  const before = top();
  const stay = () => scrollBy({ top: top() - before, behavior: 'instant' });
  if (tab) {
    root.dataset.language = tab.dataset.language;
    remember('language', tab.dataset.language ?? null);
  }
  mark(main);
  tab?.focus({ preventScroll: true });
  stay();
  await fillAll(main);
  stay();
}

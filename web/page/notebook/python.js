/** Cells show their JavaScript or the same in PyTorch: one choice for all of them, kept for all pages. */
import { h } from '../../figures/parts/dom.js';
import { remember } from '../common/memory.js';
import { say } from '../common/say.js';

const root = document.documentElement;

/** The lesson as a notebook of Python: a link that begins the download. @param {string} lesson @param {string} words */
export const pythonLink = (lesson, words) =>
  h('a', { href: `${lesson}-pytorch.ipynb`, download: true }, words);

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
  const button = h(
    'button',
    { type: 'button', class: 'quiet', onclick: () => copy(code.textContent ?? '') },
    'Copy',
  );
  panel.replaceChildren(pre, h('p', { class: 'elsewhere-run' }, note, button));
}

/** Every panel's code is fetched once, all of them together. @param {HTMLElement} main */
function filler(main) {
  const panels = /** @type {HTMLElement[]} */ ([...main.querySelectorAll('.code-pytorch')]);
  const lesson = main.dataset.lesson ?? '';
  let asked = false;
  return async () => {
    if (asked || root.dataset.language !== 'pytorch') return;
    asked = true;
    try {
      const response = await fetch(`${lesson}-pytorch.json`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const code = await response.json();
      for (const panel of panels) fill(panel, lesson, code[panel.dataset.cellOf ?? ''] ?? '');
    } catch {
      asked = false;
      say('The PyTorch could not be loaded. Check the connection, then choose it once more.');
    }
  };
}

/** @param {HTMLElement} main */
export function setUpLanguages(main) {
  const tabs = /** @type {HTMLButtonElement[]} */ ([...main.querySelectorAll('[role="tab"][data-language]')]);
  if (tabs.length === 0) return;
  const fetched = filler(main);
  const mark = () => {
    const shown = root.dataset.language ?? 'javascript';
    for (const tab of tabs) {
      const chosen = tab.dataset.language === shown;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  };
  /** The tab stays where it is on the screen, whatever becomes of the cells above it. @param {HTMLButtonElement} tab */
  const choose = async (tab) => {
    const { top } = tab.getBoundingClientRect();
    const stay = () =>
      scrollBy({ top: tab.getBoundingClientRect().top - top, behavior: /** @type {const} */ ('instant') });
    root.dataset.language = tab.dataset.language;
    remember('language', tab.dataset.language ?? null);
    mark();
    tab.focus({ preventScroll: true });
    stay();
    await fetched();
    stay();
  };
  for (const tab of tabs) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) return;
      event.preventDefault();
      const own = /** @type {HTMLButtonElement[]} */ ([...(tab.parentElement?.children ?? [])]);
      const [first, last] = [own[0], own[own.length - 1]];
      if (event.key === 'Home') choose(first);
      else if (event.key === 'End') choose(last);
      else choose(tab === first ? last : first);
    });
  }
  mark();
  fetched();
}

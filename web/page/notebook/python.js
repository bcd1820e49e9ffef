/** Cells show their JavaScript or the same in PyTorch: one choice for all of them, kept for all pages. */
import { h } from '../../figures/parts/dom.js';
import { remember } from '../common/memory.js';
import { say } from '../common/say.js';

/** @param {HTMLElement} main */
export function setUpLanguages(main) {
  const tabs = /** @type {HTMLButtonElement[]} */ ([...main.querySelectorAll('[role="tab"][data-language]')]);
  if (tabs.length === 0) return;
  const root = document.documentElement;
  const mark = () => {
    const shown = root.dataset.language ?? 'javascript';
    for (const tab of tabs) {
      const chosen = tab.dataset.language === shown;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  };
  /** The tab stays where it is on the screen, whatever becomes of the cells above it. @param {HTMLButtonElement} tab */
  const choose = (tab) => {
    const { top } = tab.getBoundingClientRect();
    root.dataset.language = tab.dataset.language;
    remember('language', tab.dataset.language ?? null);
    mark();
    tab.focus({ preventScroll: true });
    scrollBy({ top: tab.getBoundingClientRect().top - top, behavior: 'instant' });
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
  for (const panel of main.querySelectorAll('.code-pytorch')) {
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(panel.querySelector('pre')?.textContent ?? '');
        say('Copied.');
      } catch {
        say('The browser does not allow copying here: select the code instead.');
      }
    };
    panel.querySelector('p')?.append(h('button', { type: 'button', class: 'quiet', onclick: copy }, 'Copy'));
  }
  mark();
}

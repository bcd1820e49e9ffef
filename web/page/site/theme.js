/** Light or dark: the system decides until the reader does. */
import { remember } from '../common/memory.js';

export function setUpTheme() {
  document.querySelector('button.theme')?.addEventListener('click', () => {
    const root = document.documentElement;
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    root.dataset.theme = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
    remember('theme', root.dataset.theme);
    document.dispatchEvent(new Event('themechange'));
  });
}

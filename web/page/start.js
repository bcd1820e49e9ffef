/** The start page: which tasks are solved, and a spiral that dissolves and returns. */
import { setUpHero } from './hero.js';
import { recall } from './memory.js';
import { setUpOffline } from './offline.js';
import { setUpTheme } from './theme.js';

setUpTheme();
const figure = document.querySelector('.hero-figure');
if (figure) setUpHero(figure);
for (const card of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('a.card'))) {
  const solved = JSON.parse(recall(`tasks:${card.dataset.lesson}`) ?? '[]').length;
  const state = card.querySelector('.state');
  if (solved && state) state.textContent = `Open · ${solved} ${solved === 1 ? 'task' : 'tasks'} solved ✓`;
}
setUpOffline({ reload: false });

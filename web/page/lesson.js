/** A lesson's page comes alive. */

import { remember } from './common/memory.js';
import { createMenu } from './common/menu.js';
import { setUpMessages } from './common/say.js';
import { setUpGuard } from './notebook/guard.js';
import { Notebook } from './notebook/notebook.js';
import { setUpPictures } from './notebook/pictures.js';
import { setUpLanguages } from './notebook/python.js';
import { setUpTasks } from './notebook/tasks.js';
import { setUpToolbar } from './notebook/toolbar.js';
import { setUpCards } from './progress/cards.js';
import { setUpReview } from './share/arrival.js';
import { isFramed, tellFramed } from './site/framed.js';
import { setUpOffline } from './site/offline.js';
import { setUpTheme } from './site/theme.js';

function setUp() {
  setUpTheme();
  const main = /** @type {HTMLElement} */ (document.querySelector('main'));
  // Where the start page leads back to.
  remember('last', main.dataset.lesson ?? null);
  setUpCards(main);
  const notebook = new Notebook(main);
  setUpPictures(notebook);
  notebook.kernel.prepare();
  setUpTasks(notebook, main);
  setUpLanguages(main);
  setUpToolbar(notebook, /** @type {HTMLElement} */ (document.querySelector('.toolbar')));
  const menu = /** @type {HTMLDetailsElement} */ (document.querySelector('header.site .menu'));
  createMenu('More', async () => (await import('./notebook/more.js')).itemsFor(notebook), { menu });
  setUpMessages();
  setUpGuard(notebook);
  setUpReview(notebook, main);
  setUpOffline({ reload: true });
}

if (isFramed()) tellFramed();
else setUp();

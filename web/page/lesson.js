/** A lesson's page comes alive. */
import { setUpCards } from './cards.js';
import { setUpGuard } from './guard.js';
import { setUpMore } from './more.js';
import { Notebook } from './notebook.js';
import { setUpOffline } from './offline.js';
import { setUpReview } from './review.js';
import { setUpMessages } from './say.js';
import { setUpTasks } from './tasks.js';
import { setUpTheme } from './theme.js';
import { setUpToolbar } from './toolbar.js';

setUpTheme();
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
setUpCards(main);
const notebook = new Notebook(main);
notebook.kernel.prepare();
setUpTasks(notebook, main);
setUpToolbar(notebook, /** @type {HTMLElement} */ (document.querySelector('.toolbar')));
setUpMore(notebook);
setUpMessages();
setUpGuard(notebook);
setUpReview(notebook, main);
setUpOffline({ reload: true });

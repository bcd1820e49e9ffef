/** A lesson's page comes alive. */
import 'katex/dist/katex-swap.css';
import { Notebook } from './notebook.js';
import { setUpTasks } from './tasks.js';
import { setUpTheme } from './theme.js';
import { setUpToolbar } from './toolbar.js';

setUpTheme();
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const notebook = new Notebook(main);
setUpTasks(notebook, main);
setUpToolbar(notebook, /** @type {HTMLElement} */ (document.querySelector('.toolbar')));

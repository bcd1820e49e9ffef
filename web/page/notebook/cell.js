/** One code cell of the page: its source, its buttons, its state. */
import { h } from '../../figures/dom.js';
import { recall, remember } from '../common/memory.js';

/** @typedef {import('./editor.js').Editor} Editor */
/** @typedef {'idle' | 'running' | 'ok' | 'error'} Status */

export class Cell {
  /** @type {Editor | null} */
  #editor = null;
  #loading = false;
  #checks = 0;
  #passed = 0;

  /** @param {HTMLElement} element @param {string} lesson @param {(cell: Cell) => void} run */
  constructor(element, lesson, run) {
    this.element = element;
    this.id = element.dataset.cell ?? '';
    this.key = `edit:${lesson}:${this.id}`;
    this.pre = /** @type {HTMLElement} */ (element.querySelector('pre.source'));
    this.outputs = /** @type {HTMLElement} */ (element.querySelector('.outputs'));
    this.original = this.pre.textContent ?? '';
    this.run = () => run(this);
    this.reset = h('button', { type: 'button', class: 'quiet reset', hidden: true }, 'Reset cell');
    this.bar = h('div', { class: 'bar', 'aria-hidden': true });
    this.took = h('span', { class: 'took' });
    this.#build();
    const edited = recall(this.key);
    if (edited !== null && edited !== this.original) {
      this.pre.textContent = edited;
      this.#mark();
    }
  }

  get source() {
    return this.#editor?.text() ?? this.pre.textContent ?? '';
  }

  get edited() {
    return this.source !== this.original;
  }

  /** What the build made of the source, as long as that is unedited. @returns {import('../../kernel/evaluate.js').Prepared | null} */
  get prepared() {
    const text = this.element.querySelector('.prepared')?.textContent;
    return text && !this.edited ? JSON.parse(text) : null;
  }

  /** @param {string} text */
  set source(text) {
    if (this.#editor) this.#editor.replace(text);
    else this.pre.textContent = text;
    this.#edited();
  }

  /** @param {Status} status */
  set status(status) {
    this.element.dataset.status = status;
    if (status !== 'running') return;
    delete this.element.dataset.check;
    this.took.textContent = '';
    this.#checks = this.#passed = 0;
  }

  /** A check cell passes when all its checks do. @param {boolean} pass */
  check(pass) {
    this.#checks++;
    if (pass) this.#passed++;
    this.element.dataset.check = this.#passed === this.#checks ? 'pass' : 'fail';
  }

  /** Whether all its checks did, at least one. */
  get passes() {
    return this.#checks > 0 && this.#passed === this.#checks;
  }

  get isCheck() {
    return (this.element.dataset.tags ?? '').split(' ').includes('check');
  }

  /** How long it ran: worth a word from a tenth of a second on. @param {number} ms */
  set time(ms) {
    this.took.textContent = ms < 100 ? '' : `${(ms / 1000).toFixed(1)} s`;
  }

  /** @param {number} fraction 0 to 1 */
  progress(fraction) {
    this.bar.style.setProperty('--done', String(fraction));
  }

  #build() {
    const runButton = h(
      'button',
      { type: 'button', class: 'run', title: 'Run (Shift+Enter)', onclick: this.run },
      'Run',
    );
    this.reset.onclick = () => this.#reset();
    const actions = h('div', { class: 'actions' }, runButton, this.took, this.reset);
    this.element.querySelector('.editor')?.after(actions, this.bar);
    this.pre.tabIndex = 0;
    this.pre.setAttribute('role', 'textbox');
    this.pre.setAttribute('aria-multiline', 'true');
    this.pre.setAttribute('aria-label', `Code of cell ${this.id}`);
    this.pre.addEventListener('focus', () => this.#edit());
    this.pre.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.shiftKey) return;
      event.preventDefault();
      this.run();
    });
  }

  /** The first focus brings the editor. */
  async #edit() {
    if (this.#editor || this.#loading) return;
    this.#loading = true;
    const { createEditor } = await import('./editor.js');
    const hadFocus = document.activeElement === this.pre;
    this.#editor = createEditor(this.pre, {
      label: `Code of cell ${this.id}`,
      change: () => this.#edited(),
      run: this.run,
    });
    if (hadFocus) this.#editor.focus();
  }

  /** Another tab of this lesson has kept another text; ours stays until the reader decides. @param {string | null} text null: the lesson's own */
  changedElsewhere(text) {
    const theirs = text ?? this.original;
    this.element.querySelector('.elsewhere')?.remove();
    if (theirs === this.source) return;
    const end = (/** @type {() => void} */ act) => () => {
      act();
      note.remove();
    };
    const note = h(
      'p',
      { class: 'elsewhere', role: 'status' },
      'This cell was changed in another tab, later than here. ',
      h(
        'button',
        {
          type: 'button',
          onclick: end(() => {
            this.source = theirs;
          }),
        },
        'Take that text',
      ),
      h('button', { type: 'button', onclick: end(() => this.#edited()) }, 'Keep this one'),
    );
    this.element.querySelector('.editor')?.before(note);
  }

  #edited() {
    remember(this.key, this.edited ? this.source : null);
    this.#mark();
  }

  #mark() {
    this.element.toggleAttribute('data-edited', this.edited);
    this.reset.hidden = !this.edited;
  }

  #reset() {
    this.source = this.original;
    /** @type {HTMLElement | null} */ (this.element.querySelector('.run'))?.focus();
  }
}

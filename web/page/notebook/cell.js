/** One code cell of the page: its source, its buttons, its state. */
import { h } from '../../figures/parts/dom.js';
import { recall, remember } from '../common/memory.js';
import { say } from '../common/say.js';
import { normalised, paint } from '../share/text.js';
import { Versions } from './versions.js';

/** @typedef {import('./editor.js').Editor} Editor */
/** @typedef {'idle' | 'running' | 'ok' | 'error'} Status */

export class Cell {
  /** @type {Editor | null} */
  #editor = null;
  #loading = false;
  #checks = 0;
  #passed = 0;
  /** What its last run ended with. @type {import('../../kernel/protocol.js').CellError | null} */
  error = null;

  /**
   * @param {HTMLElement} element @param {string} lesson @param {(cell: Cell) => void} run
   * @param {(cell: Cell) => void} noteEdit is told of each change
   */
  constructor(element, lesson, run, noteEdit) {
    this.noteEdit = noteEdit;
    this.element = element;
    this.id = element.dataset.cell ?? '';
    this.key = `edit:${lesson}:${this.id}`;
    this.pre = /** @type {HTMLElement} */ (element.querySelector('pre.source'));
    this.outputs = /** @type {HTMLElement} */ (element.querySelector('.outputs'));
    this.original = this.pre.textContent ?? '';
    this.run = () => run(this);
    this.reset = h('button', { type: 'button', class: 'quiet reset', hidden: true }, 'Reset cell');
    this.bar = /** @type {HTMLElement} */ (element.querySelector('.bar'));
    this.took = /** @type {HTMLElement} */ (element.querySelector('.took'));
    this.versions = new Versions(lesson, this.id);
    this.mine = h(
      'button',
      {
        type: 'button',
        class: 'quiet reset',
        title: 'The text that you had before you kept someone else’s',
        onclick: () => this.takeBack(this.versions.mine ?? this.source),
      },
      'Your version',
    );
    this.#build();
    const edited = normalised(recall(this.key) ?? this.original);
    if (edited !== this.original) {
      paint(this.pre, edited);
      if (this.versions.isOfAnother(this.original)) this.#tellChanged(edited);
    }
    this.#mark();
  }

  /** As it is shown, kept and run: what ends a line for JavaScript ends one here. */
  get source() {
    return normalised(this.#editor?.text() ?? this.pre.textContent ?? '');
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
    const shown = normalised(text);
    if (this.#editor) this.#editor.replace(shown);
    else paint(this.pre, shown);
    this.#edited();
  }

  /** Text that the lesson offers; the editor brings its colours. @param {string} text */
  fill(text) {
    this.source = text;
    this.#edit();
  }

  /** Someone else's text takes the place of the reader's own, which stays at hand. @param {string} theirs */
  takeOver(theirs) {
    this.versions.setAside(this.edited ? this.source : null, theirs);
    this.source = theirs;
  }

  /** The reader's own comes back. @param {string} mine */
  takeBack(mine) {
    this.versions.setAside(null, '');
    this.source = mine;
  }

  /** @param {Status} status */
  set status(status) {
    this.element.dataset.status = status;
    this.showsEarlier(null);
    if (status !== 'running') return;
    this.error = null;
    this.#uncheck();
    this.took.textContent = '';
  }

  /** Its pictures are of an earlier page. @param {string | null} under how far the run was that a reload ended, if one did; null: they are not */
  showsEarlier(under) {
    if (under === null && !this.element.hasAttribute('data-earlier')) return;
    this.element.toggleAttribute('data-earlier', under !== null);
    const ended = under ? ` This run had come to ${under}.` : '';
    this.took.textContent = under === null ? '' : `From before the reload: Run replaces it.${ended}`;
  }

  #uncheck() {
    delete this.element.dataset.check;
    this.#checks = this.#passed = 0;
  }

  /** What its checks found is about other code than there is now. */
  forget() {
    this.#uncheck();
    this.status = 'idle';
    this.took.textContent = '';
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

  /** How many of its checks passed, and of how many. */
  get checked() {
    return { passed: this.#passed, of: this.#checks };
  }

  /** The figure that the page opens with. */
  get isFirst() {
    return this.element.classList.contains('first');
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
    const runButton = /** @type {HTMLButtonElement} */ (this.element.querySelector('.run'));
    runButton.onclick = this.run;
    runButton.disabled = false;
    this.reset.onclick = () => this.#reset();
    this.took.after(this.mine, this.reset);
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
    /** @type {typeof import('./editor.js')['createEditor']} */
    let createEditor;
    try {
      ({ createEditor } = await import('./editor.js'));
    } catch {
      // The next focus asks for it again.
      this.#loading = false;
      say('The editor could not be loaded. Check the connection, then click into the cell once more.');
      this.pre.addEventListener('click', () => this.#edit(), { once: true });
      return;
    }
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
    const theirs = normalised(text ?? this.original);
    this.element.querySelector('.elsewhere')?.remove();
    if (theirs === this.source) return;
    this.#ask('This cell was changed in another tab, later than here. ', [
      ['Take that text', () => this.#set(theirs)],
      ['Keep this one', () => this.#edited()],
    ]);
  }

  /** The lesson's own text is another one than the reader edited. @param {string} edited */
  #tellChanged(edited) {
    const note = this.#ask('The lesson has changed this cell since you edited it. What runs is yours. ', [
      ['Take the lesson’s', () => this.#set(this.original)],
      ['Keep mine', () => this.#edited()],
    ]);
    import('../share/difference.js').then(
      ({ diffElement }) => {
        if (!note.isConnected) return;
        const both = diffElement(this.original, edited, 'The lesson’s text now, and yours', 'What differs');
        this.element.prepend(both);
        note.addEventListener('click', () => both.remove());
      },
      () => say('What differs could not be loaded. Check the connection, then reload the page.'),
    );
  }

  /** @param {string} text */
  #set(text) {
    this.source = text;
  }

  /** A question above the cell, which goes with its answer. @param {string} words @param {[string, () => void][]} answers */
  #ask(words, answers) {
    const buttons = answers.map(([label, act]) => {
      const onclick = () => {
        act();
        note.remove();
      };
      return h('button', { type: 'button', onclick }, label);
    });
    const note = h('p', { class: 'elsewhere', role: 'status' }, words, ...buttons);
    this.element.querySelector('.editor')?.before(note);
    return note;
  }

  #edited() {
    remember(this.key, this.edited ? this.source : null);
    this.versions.noteOriginal(this.edited ? this.original : null);
    this.#mark();
    this.noteEdit(this);
  }

  #mark() {
    this.element.toggleAttribute('data-edited', this.edited);
    this.reset.hidden = !this.edited;
    this.mine.hidden = this.versions.mine === null;
  }

  #reset() {
    this.source = this.original;
    /** @type {HTMLElement | null} */ (this.element.querySelector('.run'))?.focus();
  }
}

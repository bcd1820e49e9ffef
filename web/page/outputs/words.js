/** The control that one types in, loaded when a cell asks for one: a line of text, and the words that it may be made of. */
import '../../styles/words.css';
import { h } from '../../figures/parts/dom.js';
import { completed, offered, strangers } from './wording.js';

/** Typing rests when no key was pressed for so many milliseconds. */
const REST = 500;

let made = 0;

/**
 * @param {HTMLElement} el
 * @param {{value: string, label: string, words: string[], most: number, change: (value: string) => void}} options
 */
export function create(el, { value, label, words, most, change }) {
  const id = `words-${++made}`;
  let sent = value;
  let timer = 0;
  const input = h('input', {
    id,
    type: 'text',
    value,
    maxLength: most,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    'aria-describedby': `${id}-hint`,
  });
  const offers = h('div', { class: 'word-offers', role: 'group', 'aria-label': 'words' });
  const hint = h('p', { class: 'word-hint', id: `${id}-hint`, role: 'status' });

  function send() {
    clearTimeout(timer);
    if (input.value === sent) return;
    sent = input.value;
    change(sent);
  }

  /** What can be typed next, and what is no word. */
  function look() {
    const strange = strangers(input.value, words);
    const named = strange.map((word) => `“${word}”`).join(', ');
    hint.textContent = strange.length
      ? `${named} ${strange.length > 1 ? 'are' : 'is'} not among the words here.`
      : '';
    offers.replaceChildren(
      ...offered(input.value, words).map((word) =>
        h('button', { type: 'button', onclick: () => take(word) }, word),
      ),
    );
  }

  /** @param {string} word */
  function take(word) {
    input.value = completed(input.value, word, words).slice(0, most);
    look();
    input.focus();
    rest();
  }

  function rest() {
    clearTimeout(timer);
    timer = window.setTimeout(send, REST);
  }

  input.addEventListener('input', () => {
    look();
    rest();
  });
  input.addEventListener('change', send);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') send();
  });
  el.append(h('label', { for: id }, label), input, hint, offers);
  look();
  return {
    update() {},
    destroy() {
      clearTimeout(timer);
      el.replaceChildren();
    },
  };
}

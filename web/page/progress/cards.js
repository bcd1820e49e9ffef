/** Flashcards: due ones first, rated by the reader, kept in this browser. */
import { recall, remember } from '../common/memory.js';
import { say } from '../common/say.js';
import { dueWords, isCards, isDue, rate } from './spaced.js';

/** @typedef {import('./spaced.js').State} State */
/** @typedef {import('./spaced.js').Rating} Rating */

const KEY = 'cards';

/** @returns {Record<string, State>} */
function load() {
  try {
    const states = JSON.parse(recall(KEY) ?? '{}');
    if (isCards(states)) return states;
  } catch {
    // What is damaged counts as none.
  }
  return {};
}

/** How many rated cards are due again. */
export const countDue = () => Object.values(load()).filter((state) => isDue(state, Date.now())).length;

/** @param {HTMLElement} main */
export function setUpCards(main) {
  const cards = /** @type {HTMLElement[]} */ ([...main.querySelectorAll('.flashcard')]);
  if (cards.length === 0) return;
  const idOf = (/** @type {HTMLElement} */ card) => card.dataset.card ?? '';
  const dueOf = (/** @type {HTMLElement} */ card) => load()[idOf(card)]?.due ?? 0;
  const sorted = cards.toSorted((a, b) => dueOf(a) - dueOf(b));
  const end = /** @type {ChildNode} */ (cards[cards.length - 1].nextSibling);
  for (const card of sorted) main.insertBefore(card, end);

  const show = () => {
    const states = load();
    sorted.forEach((card, i) => {
      const due = /** @type {HTMLElement} */ (card.querySelector('.due'));
      const state = states[idOf(card)];
      due.textContent = `Question ${i + 1} of ${sorted.length} · ${dueWords(state, Date.now())}`;
      card.toggleAttribute('data-later', !isDue(state, Date.now()));
    });
  };
  show();
  for (const card of sorted)
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll('[data-rate]')))
      button.onclick = () => {
        const states = load();
        const state = rate(states[idOf(card)], /** @type {Rating} */ (button.dataset.rate), Date.now());
        remember(KEY, JSON.stringify({ ...states, [idOf(card)]: state }));
        show();
        /** @type {HTMLDetailsElement} */ (card.querySelector('.reveal')).open = false;
        const next = sorted.find((each) => !each.hasAttribute('data-later'));
        say(`Noted: ${dueWords(state, Date.now())}. ${next ? '' : 'No other card is due today.'}`);
        /** @type {HTMLElement} */ ((next ?? card).querySelector('summary')).focus();
      };
}

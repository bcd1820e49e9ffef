/** The start page: the playground, and what is done so far. */
import { h } from '../figures/parts/dom.js';
import { recall } from './common/memory.js';
import { download } from './common/save.js';
import { say, setUpMessages } from './common/say.js';
import { setUpPlay } from './play/play.js';
import { countDue } from './progress/cards.js';
import {
  exportProgress,
  importProgress,
  isFinished,
  progressOf,
  resetProgress,
  summary,
} from './progress/progress.js';
import { isFramed, tellFramed } from './site/framed.js';
import { setUpOffline } from './site/offline.js';
import { setUpTheme } from './site/theme.js';

/** @param {number} n @param {string} word */
const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

function showProgress() {
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('a.card'))) {
    const state = card.querySelector('.state');
    const progress = progressOf(card.dataset.lesson ?? '');
    const { tasks } = progress;
    const due = card.dataset.lesson === 'cards' ? countDue() : 0;
    const parts = [
      isFinished(progress) ? 'Finished ✓' : 'Open',
      ...(tasks.length ? [`${count(tasks.length, 'task')} solved`] : []),
      ...(due ? [`${due} due`] : []),
    ];
    if (state) state.textContent = parts.join(' · ');
  }
  const { finished, tasks } = summary();
  const words = document.querySelector('.progress .words');
  if (words)
    words.textContent = tasks
      ? `${count(finished, 'lesson')} finished, ${count(tasks, 'task')} solved.`
      : 'Nothing yet. Tasks that you solve are counted here.';
}

/** Leads to the lesson that was opened last. */
function showLast() {
  const last = recall('last');
  const cards = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('a.card'));
  const card = [...cards].find(({ dataset }) => dataset.lesson === last);
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector('.continue'));
  if (!card || !link) return;
  link.href = card.href;
  link.textContent = `Continue where you were: ${card.querySelector('.name')?.textContent}`;
  link.hidden = false;
}

/** @param {HTMLElement} section */
function setUpProgress(section) {
  const file = h('input', { type: 'file', accept: '.json,application/json', hidden: true });
  file.onchange = async () => {
    const [chosen] = file.files ?? [];
    if (!chosen) return;
    try {
      const { items, edits } = importProgress(await chosen.text());
      const waiting = edits
        ? ` ${count(edits, 'changed cell')} wait until you have seen them: their lessons show them first.`
        : '';
      say(`Imported: ${count(items, 'entry').replace('entrys', 'entries')}.${waiting}`);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    file.value = '';
    showProgress();
  };
  const reset = () => {
    const question =
      'Forget all progress and the ratings of the cards? Edited cells and trained models stay.';
    if (!confirm(question)) return;
    resetProgress();
    showProgress();
    say('Progress is reset.');
  };
  const save = () => download('noisebook-progress.json', exportProgress(), 'application/json');
  section.append(
    h('p', { class: 'words' }),
    h(
      'p',
      { class: 'progress-buttons' },
      h('button', { type: 'button', onclick: save }, 'Export'),
      h('button', { type: 'button', onclick: () => file.click() }, 'Import'),
      h('button', { type: 'button', onclick: reset }, 'Reset'),
      file,
    ),
  );
  section.hidden = false;
}

function setUp() {
  setUpTheme();
  setUpMessages();
  const play = /** @type {HTMLElement | null} */ (document.querySelector('.play'));
  if (play) setUpPlay(play);
  const section = /** @type {HTMLElement | null} */ (document.querySelector('.progress'));
  if (section) setUpProgress(section);
  showProgress();
  showLast();
  setUpOffline({ reload: false });
}

if (isFramed()) tellFramed();
else setUp();

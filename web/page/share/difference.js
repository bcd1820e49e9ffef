/** Two texts of a cell, one beside the other, and what is hidden in them. */
import '../../styles/review.css';
import { h } from '../../figures/parts/dom.js';
import { diffLines } from './diff.js';
import { hidden, readable } from './text.js';

/** @param {string} mine @param {string} theirs @param {string} kicker @param {string} label */
export function diffElement(mine, theirs, kicker, label) {
  const lines = diffLines(mine, theirs).map(({ kind, line }) => {
    const mark = { same: '  ', del: '− ', ins: '+ ' }[kind];
    return h(kind === 'same' ? 'span' : kind, {}, mark, ...readable(line), '\n');
  });
  return h(
    'div',
    { class: 'review' },
    h('p', { class: 'kicker' }, kicker),
    h('pre', { tabindex: 0, 'aria-label': label }, h('code', {}, ...lines)),
  );
}

/** @param {number} n @param {string} word */
export const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** What in them is made not to be seen. @param {string[]} sources */
export function warning(sources) {
  const all = sources.map(hidden);
  const unseen = all.reduce((sum, each) => sum + each.unseen, 0);
  const gaps = all.reduce((sum, each) => sum + each.gaps, 0);
  const parts = [
    ...(unseen ? [`${count(unseen, 'character')} that cannot be seen, shown as ⟨U+202E⟩ is`] : []),
    ...(gaps ? [`${count(gaps, 'gap')} of many spaces, shown as ⟨99 spaces⟩ is`] : []),
  ];
  return parts.length ? `Careful: it holds ${parts.join(', and ')}. Honest code needs neither.` : '';
}

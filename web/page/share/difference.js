/** Two texts of a cell, one beside the other. */
import '../../styles/review.css';
import { h } from '../../figures/parts/dom.js';
import { diffLines } from './diff.js';
import { readable } from './text.js';

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

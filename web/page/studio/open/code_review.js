/** Code of somebody else's, shown as plain text: it runs once the reader says so. */
import { h } from '../../../figures/parts/dom.js';
import { warning } from '../../share/difference.js';
import { linesOf, readable } from '../../share/text.js';

/** @param {{code: string, origin: string}} foreign @param {() => void} run */
export function codeReview({ code, origin }, run) {
  const careful = warning([code]);
  return h(
    'section',
    { class: 'review-banner', 'aria-label': 'Somebody else’s code' },
    h(
      'p',
      {},
      'This network is code, and it came from ',
      ...readable(origin),
      '. It has not run, and runs only when you say so. Read it first. It would run locked in, as a lesson’s cells do; its weights can be sampled without it.',
    ),
    ...(careful ? [h('p', { class: 'careful' }, careful)] : []),
    h(
      'div',
      { class: 'review' },
      h(
        'pre',
        { tabindex: 0, 'aria-label': 'The code' },
        h('code', {}, ...linesOf(code).flatMap((line) => [...readable(line), '\n'])),
      ),
    ),
    h('p', { class: 'review-buttons' }, h('button', { type: 'button', onclick: run }, 'Run this code')),
  );
}

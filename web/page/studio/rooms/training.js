/** The training room: one button, what is told while it trains, and all runs in a table. */
import { h } from '../../../figures/parts/dom.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpTrainingRoom(root, studio) {
  root.append(h('button', { type: 'button', class: 'primary', onclick: () => studio.train() }, 'Train'));
}

/** Short messages at the lower edge of the page, which screen readers announce. */
import { h } from '../../figures/parts/dom.js';

const STAY_MS = 6000;
/** @type {HTMLElement | null} */
let box = null;
let timer = 0;

/** The place must be there before the first message, or that is not announced. */
export function setUpMessages() {
  box = h('div', { class: 'message', role: 'status', hidden: true });
  document.body.append(box);
}

/** @param {string} text @param {{stays?: boolean}} [options] stays: until another one comes, or the reader closes it */
export function say(text, { stays = false } = {}) {
  if (!box) return;
  const hide = () => {
    if (box) box.hidden = true;
  };
  box.hidden = false;
  box.replaceChildren(text, ...(stays ? [h('button', { type: 'button', onclick: hide }, 'Close')] : []));
  clearTimeout(timer);
  if (!stays) timer = window.setTimeout(hide, STAY_MS);
}

/** Short messages at the lower edge of the page, which screen readers announce. */
import { h } from '../figures/dom.js';

const STAY_MS = 6000;
/** @type {HTMLElement | null} */
let box = null;
let timer = 0;

/** The place must be there before the first message, or that is not announced. */
export function setUpMessages() {
  box = h('div', { class: 'message', role: 'status', hidden: true });
  document.body.append(box);
}

/** @param {string} text @param {{stays?: boolean}} [options] stays: until another one comes */
export function say(text, { stays = false } = {}) {
  if (!box) return;
  box.hidden = false;
  box.textContent = text;
  clearTimeout(timer);
  if (stays) return;
  timer = window.setTimeout(() => {
    if (box) box.hidden = true;
  }, STAY_MS);
}

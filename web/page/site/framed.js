/** A page in a frame of another site: there, a reader can be led to press what is not to be seen. */
import { h } from '../../figures/parts/dom.js';

/** Whether a page of another origin stands around this one. */
export function isFramed() {
  for (let frame = /** @type {Window} */ (window); frame !== frame.parent; frame = frame.parent) {
    try {
      if (frame.parent.location.origin !== location.origin) return true;
    } catch {
      return true; // It does not let us look.
    }
  }
  return false;
}

/** Nothing comes alive; the reader can open the page by itself. */
export function tellFramed() {
  const link = h('a', { href: location.href, target: '_blank', rel: 'noopener' }, 'Open it on its own');
  document.body.replaceChildren(
    h(
      'p',
      { class: 'framed', role: 'status' },
      'Another site shows this page inside its own. Code runs here, and what you wrote is kept here, so it works only in a window of its own. ',
      link,
    ),
  );
}

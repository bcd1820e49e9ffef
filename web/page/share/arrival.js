/** Looks whether someone else's changes have come; what shows them is loaded only then. */

import { offerFor } from './offers.js';
import { hasChanges } from './text.js';

/** @param {import('../notebook/notebook.js').Notebook} notebook @param {HTMLElement} main */
export function setUpReview(notebook, main) {
  const look = async () => {
    const offer = await offerFor(notebook.lesson);
    if (!offer) return;
    const { review } = await import('./review.js');
    main.querySelector('.review-banner')?.remove();
    for (const old of main.querySelectorAll('.review')) old.remove();
    review(notebook, main, offer);
  };
  window.addEventListener('hashchange', () => {
    if (hasChanges(location.hash)) look();
  });
  look();
}

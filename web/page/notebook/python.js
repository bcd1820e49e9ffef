/** Cells show their JavaScript or the same in PyTorch. What that takes is loaded when a reader first chooses. */
import { say } from '../common/say.js';

/** @param {HTMLElement} main */
export function setUpLanguages(main) {
  const load = async (/** @type {Event} */ event) => {
    try {
      await (await import('./pytorch-tabs.js')).answer(main, event);
    } catch {
      say('The PyTorch could not be loaded. Check the connection, then choose it once more.');
    }
  };
  for (const type of ['click', 'keydown'])
    main.addEventListener(type, (event) => {
      if (!(/** @type {Element} */ (event.target).closest('.languages'))) return;
      if (/^Arrow|^Home|^End/.test(/** @type {KeyboardEvent} */ (event).key)) event.preventDefault();
      load(event);
    });
  if (document.documentElement.dataset.language === 'pytorch') load(new Event('load'));
}

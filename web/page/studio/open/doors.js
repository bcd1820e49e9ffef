/** The ways in: a run that was saved, chosen or dropped; and code that came along, which waits for the reader. */
import { h } from '../../../figures/parts/dom.js';
import { DRAWN, KEPT, MODEL } from '../../common/models.js';
import { nameOf, UNSEEN } from '../../share/text.js';
import { hasRun } from './arrived.js';

/** @typedef {import('../studio.js').Studio} Studio */

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** With a name in place of each character that would not be seen, or turn what follows. @param {string} text */
const plain = (text) => text.replace(UNSEEN, nameOf);

/** Reads and opens it, or says why not; then nothing has changed. @param {Studio} studio @param {File} file */
export async function openFile(studio, file) {
  const name = plain(file.name);
  studio.tell(`Opening ${name}.`);
  try {
    const { MOST_BYTES, readRun } = await import('./read_run.js');
    if (file.size > MOST_BYTES)
      throw new RangeError(
        `${name} has more than ${MOST_BYTES / 2 ** 20} MB, and that is the most that is taken`,
      );
    if (/\.safetensors$/i.test(file.name))
      return await (await import('./weights.js')).openWeightsFile(studio, file);
    const told = (/** @type {number} */ part) =>
      studio.tell(`Opening ${name}: ${Math.round(100 * part)}% is unpacked.`);
    const { saved, data } = await readRun(new Uint8Array(await file.arrayBuffer()), name, told);
    await studio.openRun(saved, data, `the file ${name}`);
  } catch (error) {
    studio.tell(`Not opened: ${wordsOf(error)}.`);
  }
}

/** @param {Studio} studio @param {HTMLElement} root */
function setUpReview(studio, root) {
  let shown = '';
  const place = h('div', {});
  root.append(place);
  const show = async () => {
    const { foreign } = studio;
    const key = foreign ? `${foreign.origin}\n${foreign.code}` : '';
    if (key === shown) return;
    shown = key;
    if (!foreign) return place.replaceChildren();
    const { codeReview } = await import('./code_review.js');
    if (key !== shown) return;
    place.replaceChildren(codeReview(foreign, () => studio.trust(foreign.code)));
  };
  for (const event of /** @type {const} */ (['state', 'runs'])) studio.on(event, show);
  show();
}

/** Whether a .zip was dropped, and nothing else. @param {DataTransfer | null} transfer */
const isRunAlone = (transfer) =>
  transfer?.files.length === 1 && /\.(zip|safetensors)$/i.test(transfer.files[0].name);

/** What no room has taken. @param {Studio} studio */
function setUpDrop(studio) {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (isRunAlone(event.dataTransfer)) openFile(studio, files[0]);
    else if (files.length > 0)
      studio.tell(
        'Not opened: here one run is dropped, a .zip, or weights, a .safetensors; data are dropped on the data room.',
      );
  });
}

/** A link to the settings as they are. @param {Studio} studio @param {HTMLElement} place */
async function share(studio, place) {
  const { createLink } = await import('./shared.js');
  place.replaceChildren(await createLink(studio));
  place.querySelector('input')?.focus();
}

/** A run that the address brings, until the reader has decided. @param {Studio} studio @param {HTMLElement} root */
function setUpLinks(studio, root) {
  const place = h('div', {});
  root.append(place);
  const look = async () => {
    const { hash } = location;
    if (!hasRun(hash)) return;
    const { runReview } = await import('./shared.js');
    const end = () => {
      if (location.hash === hash) history.replaceState(null, '', location.pathname + location.search);
      place.replaceChildren();
    };
    place.replaceChildren(runReview(studio, hash, end));
  };
  addEventListener('hashchange', look);
  look();
}

/** A lesson's model, which the address names, or the playground's, which it has: once what was kept here is open. @param {Studio} studio */
export async function openArrived(studio) {
  const { hash } = location;
  const mark = /** @type {const} */ ([MODEL, KEPT, DRAWN]).find((each) => hash.startsWith(each));
  if (mark === undefined) return;
  history.replaceState(null, '', location.pathname + location.search);
  studio.tell('Opening the model.');
  try {
    const name = plain(decodeURIComponent(hash.slice(mark.length)));
    const { openDrawnModel, openKeptModel, openShippedModel } = await import('./weights.js');
    const ways = { [MODEL]: openShippedModel, [KEPT]: openKeptModel, [DRAWN]: openDrawnModel };
    await ways[mark](studio, name);
  } catch (error) {
    studio.tell(`Not opened: ${wordsOf(error)}.`);
  }
}

/** @param {Studio} studio */
export function setUpDoors(studio) {
  const at = (/** @type {string} */ name) =>
    /** @type {HTMLElement} */ (document.querySelector(`[data-studio="${name}"]`));
  const input = h('input', { type: 'file', hidden: true, accept: '.zip,.safetensors' });
  input.onchange = () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file) openFile(studio, file);
  };
  at('doors').append(h('button', { type: 'button', onclick: () => input.click() }, 'Open a run'), input);
  at('doors').append(h('button', { type: 'button', onclick: () => share(studio, at('share')) }, 'Share'));
  at('doors').append(h('a', { href: 'gallery/' }, 'Gallery: runs to look at and to open'));
  setUpLinks(studio, at('arrivals'));
  setUpReview(studio, at('arrivals'));
  setUpDrop(studio);
}

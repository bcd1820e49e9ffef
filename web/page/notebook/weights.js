/** The models that this browser keeps: which one the lessons load, their weights, and their programs for PyTorch. */
import { h } from '../../figures/parts/dom.js';
import { isSound } from '../../kernel/record.js';
import { exchange, forget, openStorage, readKey } from '../../kernel/storage.js';
import { SITE } from '../common/memory.js';
import { KEPT } from '../common/models.js';
import { download } from '../common/save.js';
import { say } from '../common/say.js';
import { moduleOf, programFor } from '../outputs/program.js';

/** @typedef {import('../../kernel/storage.js').Saved} Saved */
/** @typedef {Awaited<ReturnType<typeof openStorage>>} Storage */

/** mini-unet is MiniUNet in the course. @param {string} kind */
const className = (kind) =>
  kind
    .split('-')
    .map((word) => (word === 'unet' ? 'UNet' : word[0].toUpperCase() + word.slice(1)))
    .join('');

/** What loads it in PyTorch. @param {string} kind @param {string} name of its files */
export function snippet(kind, name) {
  const network = className(kind);
  return `from ${moduleOf(name)} import ${network}, load_safetensors

model = ${network}()
model.load_state_dict(load_safetensors("${name}.safetensors")[0], strict=True)`;
}

/** @param {string} name @param {Uint8Array} weights */
async function saveProgram(name, weights) {
  try {
    download(`${moduleOf(name)}.py`, await programFor(weights), 'text/x-python');
  } catch (error) {
    say(`The program for PyTorch could not be written: ${error instanceof Error ? error.message : error}.`);
  }
}

/** @param {string} label @param {() => void} onclick */
const button = (label, onclick) => h('button', { type: 'button', onclick }, label);

/** @typedef {(key: string, act: (storage: Storage, key: string) => Promise<void>) => void} Change */

/** @param {string} key @param {string} name @param {Change} change */
const removeButton = (key, name, change) =>
  button('Delete', () => {
    if (confirm(`Delete this model “${name}”? It cannot be brought back.`)) change(key, forget);
  });

/** @param {string} key @param {unknown} record @param {Change} change */
function entry(key, record, change) {
  const { name, aside } = /** @type {{name: string, aside: boolean}} */ (readKey(key));
  try {
    if (isSound(record)) return soundEntry(key, name, aside, record, change);
  } catch {
    // What it says of itself is no text.
  }
  const words = aside ? `${name}, laid aside` : name;
  return h(
    'li',
    {},
    h(
      'p',
      {},
      h('strong', {}, words),
      ' is damaged or has weights that are not finite. Lessons go on without it.',
    ),
    h('p', { class: 'buttons' }, removeButton(key, name, change)),
  );
}

/** @param {string} key @param {string} name @param {boolean} aside @param {Saved} saved @param {Change} change */
function soundEntry(key, name, aside, { config, weights, info, saved }, change) {
  const file = `${name}.safetensors`;
  const words = [
    config.kind,
    ...(info.steps ? [`${info.steps} steps`] : []),
    ...(info.about ? [info.about] : []),
    `${Math.ceil(weights.length / 1024)} KB`,
    new Date(saved).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' }),
  ];
  const title = h('strong', {}, aside ? `${name}, laid aside` : name);
  return h(
    'li',
    {},
    h('p', {}, title, ` ${words.join(', ')}`),
    ...(aside
      ? [h('p', {}, `Lessons load the other model “${name}”.`)]
      : [h('pre', {}, h('code', {}, snippet(config.kind, name)))]),
    h(
      'p',
      { class: 'buttons' },
      ...(aside ? [button('Let lessons load this one', () => change(key, exchange))] : []),
      button(`Download ${file}`, () => download(file, weights)),
      button(`Download ${moduleOf(name)}.py`, () => saveProgram(name, weights)),
      removeButton(key, name, change),
    ),
    ...(aside
      ? []
      : [
          h(
            'p',
            {},
            h('a', { href: `${SITE}studio/${KEPT}${encodeURIComponent(name)}` }, 'Open in the studio'),
          ),
        ]),
  );
}

/** Lists them in a dialog. */
export async function showWeights() {
  const list = h('div', {});
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  const dialog = h(
    'dialog',
    { class: 'weights', 'aria-label': 'Trained models', onclose: () => dialog.remove() },
    h('h2', { tabindex: -1 }, 'Trained models'),
    list,
    close,
  );
  /** @param {Storage} storage */
  async function show(storage) {
    const all = (await storage.all()).filter(([key]) => readKey(key));
    const rank = (/** @type {string} */ key) => `${readKey(key)?.name} ${readKey(key)?.aside}`;
    all.sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
    const models = all.map(([key, saved]) =>
      entry(key, saved, async (at, act) => {
        await act(storage, at);
        await show(storage);
        dialog.querySelector('h2')?.focus();
      }),
    );
    list.replaceChildren(
      models.length
        ? h('ul', {}, ...models)
        : h('p', {}, 'None yet. Lesson 5 trains one and keeps it; then it can be downloaded here.'),
    );
  }
  /** @type {Storage} */
  let storage;
  try {
    storage = await openStorage(SITE);
  } catch {
    return say('This browser lets us keep nothing, so there is no model to download.');
  }
  await show(storage);
  document.body.append(dialog);
  dialog.showModal();
}

/** The models that this browser keeps, as safetensors, with the PyTorch that loads them. */
import { createStore, entries } from 'idb-keyval';
import { h } from '../figures/dom.js';
import { download } from './save.js';
import { say } from './say.js';

/** @typedef {{config: Record<string, any>, weights: Uint8Array<ArrayBuffer>, info: Record<string, any>, saved: number}} Saved */

/** The class's arguments as PyTorch's user would write them. @param {Record<string, any>} config */
function snippet({ kind = 'SimpleNoisePredictor' }, /** @type {string} */ file) {
  return `import torch
from safetensors.torch import load_file

model = ${kind}()  # your class, with the course's sizes and names
model.load_state_dict(load_file("${file}"), strict=True)`;
}

/** @param {string} name @param {Saved} saved */
function entry(name, { config, weights, info, saved }) {
  const file = `${name}.safetensors`;
  const words = [
    config.kind ?? '',
    ...(info.steps ? [`${info.steps} steps`] : []),
    `${Math.ceil(weights.length / 1024)} KB`,
    new Date(saved).toLocaleString('en'),
  ];
  return h(
    'li',
    {},
    h('p', {}, h('strong', {}, name), ` ${words.filter(Boolean).join(', ')}`),
    h('pre', { tabindex: 0 }, h('code', {}, snippet(config, file))),
    h('button', { type: 'button', onclick: () => download(file, weights) }, `Download ${file}`),
  );
}

/** Lists them in a dialog. */
export async function showWeights() {
  /** @type {[IDBValidKey, Saved][]} */
  let all = [];
  try {
    all = await entries(createStore('noisebook', 'models'));
  } catch {
    return say('This browser lets us keep nothing, so there is no model to download.');
  }
  const models = all.flatMap(([key, saved]) => {
    const [, name] = /^model:(.*)$/.exec(String(key)) ?? [];
    return name && saved?.weights ? [entry(name, saved)] : [];
  });
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  const dialog = h(
    'dialog',
    { class: 'weights', 'aria-label': 'Trained models', onclose: () => dialog.remove() },
    h('h2', {}, 'Trained models'),
    models.length
      ? h('ul', {}, ...models)
      : h('p', {}, 'None yet. Lesson 5 trains one and keeps it; then it can be downloaded here.'),
    close,
  );
  document.body.append(dialog);
  dialog.showModal();
}

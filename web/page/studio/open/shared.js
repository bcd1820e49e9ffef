/** Links that carry a run: made of what is here, and shown before they change anything. Nothing trains by itself, and no code runs. */
import { h } from '../../../figures/parts/dom.js';
import { countOf } from '../../../kernel/studio/dataset.js';
import { SHIPPED } from '../../../kernel/studio/shipped.js';
import { readAsset } from '../../kernel/assets.js';
import { PRESETS, pointsOf } from '../../play/shapes.js';
import { warning } from '../../share/difference.js';
import { linesOf, readable } from '../../share/text.js';
import { drawn } from '../arrival.js';
import { decodeRun, encodeRun } from './link.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../studio.js').Dataset} Dataset */
/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('./link.js').Shared} Shared */

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));
const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = '') =>
  h('button', { type: 'button', class: kind, onclick }, text);

/** The sets of the data room, by key: what they are called. @returns {Record<string, string>} */
const titles = () =>
  Object.fromEntries(
    [...Object.entries(PRESETS), ...Object.entries(SHIPPED)].map(([key, { title }]) => [key, title]),
  );

/** @param {Studio} studio @param {string} key @returns {Promise<Dataset>} */
async function setOf(studio, key) {
  if (Object.hasOwn(PRESETS, key)) return drawn(pointsOf(PRESETS[key].strokes), PRESETS[key].title);
  const file = Object.hasOwn(SHIPPED, key) ? SHIPPED[key].file : undefined;
  return studio.worker.ask({ type: 'shipped', name: key, file: file ? await readAsset(file) : null });
}

/** @param {ArrayLike<number> | null} a @param {ArrayLike<number> | null} b */
const same = (a, b) => a?.length === b?.length && Array.from(a ?? []).every((value, i) => value === b?.[i]);

/** The set that these data are, number by number. @param {Studio} studio @param {Dataset} data @returns {Promise<string | null>} */
async function shippedAs(studio, data) {
  for (const [key, title] of Object.entries(titles())) {
    if (title !== data.name) continue;
    const set = await setOf(studio, key).catch(() => null);
    if (set && set.held === data.held && same(set.values, data.values) && same(set.labels, data.labels))
      return key;
  }
  return null;
}

/** What a link brings of the data. @param {Dataset | null} data @param {ReturnType<typeof encodeRun>} link */
function carriedWords(data, { carries, bits, hash }) {
  const length = `${(location.origin + location.pathname + hash).length.toLocaleString('en')} characters`;
  if (carries === 'shipped') return `It carries the settings and names the data, ${data?.name}: ${length}.`;
  if (carries === 'data' && data)
    return `It carries the settings and the data, ${countOf(data).toLocaleString('en')} of them, each number to one part in ${(2 ** bits - 1).toLocaleString('en')} of their range: ${length}.`;
  return `It carries the settings alone${data ? ', as the data are too many for a link: “Save the run” takes them along' : ''}. ${length}.`;
}

/** @param {Studio} studio @returns {Promise<HTMLElement>} */
export async function createLink(studio) {
  const { dataset, state } = studio;
  const link = encodeRun(state.get(), dataset, dataset && (await shippedAs(studio, dataset)));
  const words = h('p', { role: 'status' }, carriedWords(dataset, link));
  const field = h('input', { type: 'text', readonly: true, id: 'studio-link' });
  field.value = location.origin + location.pathname + link.hash;
  field.onfocus = () => field.select();
  const copy = button('Copy', async () => {
    const copied = await navigator.clipboard?.writeText(field.value).then(
      () => true,
      () => false,
    );
    field.focus();
    words.textContent = copied ? 'Copied.' : 'Not copied: take it from the field.';
  });
  return h('div', { class: 'studio-link' }, h('label', { for: field.id }, 'Link'), field, copy, words);
}

/** @param {unknown} value */
const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** The settings that would be others, a row each. @param {RunConfig} now @param {RunConfig} then */
function changes(now, then) {
  const rows = [];
  for (const section of /** @type {const} */ (['network', 'training', 'sampling']))
    for (const [name, value] of Object.entries(then[section])) {
      const before = /** @type {any} */ (now)[section][name];
      if (name === 'text' || name === 'code' || JSON.stringify(before) === JSON.stringify(value)) continue;
      rows.push(
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, `${section}.${name}`),
          h('td', {}, ...readable(shown(before))),
          h('td', {}, ...readable(shown(value))),
        ),
      );
    }
  if (rows.length === 0) return h('p', {}, 'All settings are as they are here.');
  const head = ['Setting', 'Here', 'In the link'].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What would change' },
    h('table', { class: 'runs' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
  );
}

/** @param {Shared} shared */
function dataWords({ config, data, shipped }) {
  const { classes, name, shape } = config.data;
  const known = shipped !== null ? titles()[shipped] : undefined;
  if (shipped !== null)
    return known
      ? `Its data are ${known}, which ships.`
      : `It asks for data that are not known here, ${shipped}.`;
  const sorts = classes.length ? `, of the classes ${classes.join(', ')}` : '';
  if (data)
    return `It brings ${countOf(data).toLocaleString('en')} samples (${config.data.kind}), “${name}”${sorts}.`;
  return `It brings no data: it is meant for ${config.data.kind} of shape [${shape.join(', ')}], “${name}”. Yours stay.`;
}

/** @param {string} code */
const codeOf = (code) =>
  h(
    'div',
    { class: 'review' },
    h('p', {}, 'Its network is code. It does not run when you take it over: you are asked once more.'),
    h(
      'pre',
      { tabindex: 0, 'aria-label': 'The code' },
      h('code', {}, ...linesOf(code).flatMap((line) => [...readable(line), '\n'])),
    ),
  );

/** @param {Studio} studio @param {Shared} shared */
async function takeOver(studio, { config, data, shipped }) {
  const set = shipped === null ? data : await setOf(studio, shipped);
  if (set && (set.shape.join() !== config.data.shape.join() || set.kind !== config.data.kind))
    throw new RangeError(
      `its settings are for samples of shape [${config.data.shape.join(', ')}], and its data have [${set.shape.join(', ')}]`,
    );
  await studio.openSettings(config, set, 'a link');
  studio.tell(`The settings of the link are chosen${set ? ', and its data' : ''}. Nothing has trained yet.`);
}

/** What a link would change, or why it cannot be read; end: the reader has decided. @param {Studio} studio @param {string} hash @param {() => void} end */
export function runReview(studio, hash, end) {
  const section = (/** @type {(Node | string)[]} */ ...parts) =>
    h('section', { class: 'review-banner', 'aria-label': 'Shared run' }, ...parts);
  let shared;
  try {
    shared = decodeRun(hash);
  } catch (error) {
    return section(
      h('p', {}, ...readable(`Not opened: ${wordsOf(error)}. The studio is as you left it.`)),
      h('p', { class: 'review-buttons' }, button('Close', end)),
    );
  }
  const { config } = shared;
  const { code, kind } = config.network;
  const careful = warning([config.name, config.data.name, ...config.data.classes, code]);
  const words = h('p', { role: 'status' });
  const take = async () => {
    try {
      await takeOver(studio, /** @type {Shared} */ (shared));
      end();
    } catch (error) {
      words.textContent = `Not taken over: ${wordsOf(error)}.`;
    }
  };
  return section(
    h(
      'p',
      {},
      'This link brings a run',
      ...(config.name ? [', “', ...readable(config.name), '”'] : []),
      '. Nothing has changed yet. ',
      ...readable(dataWords(shared)),
    ),
    ...(careful ? [h('p', { class: 'careful' }, careful)] : []),
    changes(studio.state.get(), config),
    ...(kind === 'code' ? [codeOf(code)] : []),
    h('p', { class: 'review-buttons' }, button('Take it over', take, 'primary'), button('Leave it', end)),
    words,
  );
}

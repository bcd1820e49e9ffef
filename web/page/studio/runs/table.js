/** All runs in a table: what they were trained with, how their loss fell, what they take; chosen, named, deleted. */
import { h } from '../../../figures/parts/dom.js';
import { bestOf } from './measures.js';
import { bytesOf } from './runs.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('./runs.js').Run} Run */

const HEAD = ['Name', 'Settings', 'Steps', 'Loss', 'Time', 'Space', 'Distance', 'Precision, recall', ''];

/** @param {number} bytes */
export const space = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
/** @param {number} seconds */
export function time(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The loss that a run has come to: of its last epoch, or of its last steps. @param {Run} run */
export const lossOf = ({ losses }) => losses.epochs.at(-1) ?? losses.curve.at(-1);

/** @param {Run} run */
function settingsOf({ config: { network, training } }) {
  const size = network.kind === 'code' ? 'own code' : `${network.kind} ${network.width} × ${network.depth}`;
  const schedule = training.objective === 'flow' ? '' : `, ${training.schedule}`;
  return `${size}, ${training.objective}${schedule}, ${training.optimizer} ${training.lr}, batch ${training.batch}, seed ${training.seed}`;
}

/** The least sliced Wasserstein distance of its methods that were judged, and that method's other two. @param {Run} run */
export function judgedOf(run) {
  const best = bestOf(run)?.values;
  const figure = (/** @type {number | undefined} */ v) => (v === undefined ? '' : v.toPrecision(2));
  const both = best?.precision === undefined ? '' : `${figure(best.precision)}, ${figure(best.recall)}`;
  return [figure(best?.sliced_wasserstein), both];
}

/** A name that can be changed where it stands. @param {Studio} studio @param {Run} run */
function nameOf(studio, run) {
  const input = h('input', { type: 'text', maxlength: 60, 'aria-label': `Name of the run ${run.name}` });
  input.value = run.name;
  input.onchange = () => {
    const name = input.value.trim();
    if (name) studio.runs.rename(run.id, name);
    else input.value = run.name;
  };
  return input;
}

/** @param {Studio} studio @param {Run} run */
function rowOf(studio, run) {
  const chosen = studio.runs.current?.id === run.id;
  const radio = h('input', { type: 'radio', name: 'run', 'aria-label': `Look at ${run.name}` });
  radio.checked = chosen;
  radio.onchange = () => studio.runs.select(run.id);
  const remove = () => {
    if (confirm(`Delete “${run.name}”? Its weights and curves are gone then.`)) studio.remove(run);
  };
  const loss = lossOf(run);
  return h(
    'tr',
    chosen ? { 'aria-current': 'true' } : {},
    h('td', { class: 'run-name' }, radio, nameOf(studio, run)),
    h('td', { class: 'run-settings' }, settingsOf(run)),
    h('td', { class: 'number' }, run.step.toLocaleString('en'), run.ended ? '' : ' …'),
    h('td', { class: 'number' }, loss === undefined ? '' : loss.toPrecision(3)),
    h('td', { class: 'number' }, time(run.seconds)),
    h('td', { class: 'number' }, space(bytesOf(run))),
    ...judgedOf(run).map((text) => h('td', { class: 'number' }, text)),
    h(
      'td',
      {},
      h(
        'button',
        { type: 'button', class: 'quiet', 'aria-label': `Delete ${run.name}`, onclick: remove },
        'Delete',
      ),
    ),
  );
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpTable(root, studio) {
  const body = h('tbody');
  const head = HEAD.map((name) =>
    h('th', { scope: 'col' }, name || h('span', { class: 'unseen' }, 'Delete')),
  );
  const sum = h('p', { class: 'runs-sum' });
  const table = h('table', { class: 'runs' }, h('thead', {}, h('tr', {}, ...head)), body);
  root.append(h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs' }, table), sum);
  let shown = '';
  const show = () => {
    const { list, current } = studio.runs;
    const key = JSON.stringify([
      current?.id,
      list.map((run) => [run.id, run.name, run.step, run.ended, run.measures]),
    ]);
    // What is being typed or focused stays.
    if (
      key === shown ||
      (body.contains(document.activeElement) && document.activeElement?.matches('[type=text]'))
    )
      return;
    shown = key;
    const at = document.activeElement?.getAttribute('aria-label');
    body.replaceChildren(...list.map((run) => rowOf(studio, run)));
    const again =
      at && [...body.querySelectorAll('[aria-label]')].find((each) => each.getAttribute('aria-label') === at);
    if (again instanceof HTMLElement) again.focus();
    root.hidden = list.length === 0;
    const all = list.reduce((total, run) => total + bytesOf(run), 0);
    sum.textContent = `${list.length} run${list.length === 1 ? '' : 's'}, ${space(all)} in this browser.`;
  };
  body.addEventListener('focusout', () => setTimeout(show));
  studio.on('runs', show);
  show();
}

/** Run all, pause, step, stop, restart, and what the kernel is doing. */
import { framed, h } from '../../figures/parts/dom.js';

/** @typedef {import('./notebook.js').Notebook} Notebook */

const SAYS = {
  off: '',
  starting: 'Starting',
  ready: 'Ready',
  running: 'Running',
  paused: 'Paused',
  failed: 'Failed',
};

/** What computes, in a few words. @param {import('../../kernel/protocol.js').Engine | null} engine */
const inWords = (engine) =>
  engine ? `${engine.mode}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}` : '';

/** A button that cannot be used now keeps the focus: it may have just been pressed. @param {HTMLButtonElement} button @param {boolean} can */
const allow = (button, can) => button.setAttribute('aria-disabled', String(!can));

/** @param {Notebook} notebook @param {HTMLElement} bar */
export function setUpToolbar(notebook, bar) {
  const { kernel } = notebook;
  const button = (/** @type {string} */ name) =>
    /** @type {HTMLButtonElement} */ (bar.querySelector(`[data-do="${name}"]`));
  const [runAll, pause, step, stop, restart] = ['run-all', 'pause', 'step', 'stop', 'restart'].map(button);
  const status = /** @type {HTMLElement} */ (bar.querySelector('.kernel'));
  const does = new Map([
    [runAll, () => notebook.run(notebook.cellsToRun())],
    [pause, () => kernel.flow(kernel.state === 'paused' ? 'resume' : 'pause')],
    [step, () => kernel.flow('step')],
    [stop, () => notebook.stop()],
    [restart, () => notebook.restart()],
  ]);
  runAll.title = 'All cells but the tasks that you have not solved';
  for (const [each, act] of does) {
    each.disabled = false;
    each.onclick = () => each.getAttribute('aria-disabled') === 'true' || act();
  }

  const show = framed(() => {
    const { busy } = kernel;
    const paused = kernel.state === 'paused';
    // What runs by itself keeps nobody waiting.
    allow(runAll, notebook.running === null || notebook.running.isFirst);
    for (const each of [pause, step, stop]) allow(each, busy);
    allow(restart, kernel.state !== 'off' || busy);
    pause.textContent = paused ? 'Resume' : 'Pause';
    const at = notebook.running ? notebook.cells.indexOf(notebook.running) + 1 : 0;
    const place = at ? ` cell ${at} of ${notebook.cells.length}` : '';
    const text = `${SAYS[kernel.state]}${place}`;
    if (status.textContent !== text) status.textContent = text;
    status.title = kernel.state === 'failed' ? kernel.reason : notebook.progressText;
    status.dataset.engine = inWords(kernel.engine);
    bar.dataset.kernel = kernel.state;
  });
  const announcer = h('span', { class: 'unseen', role: 'status' });
  bar.append(announcer);
  let quarter = 0;
  notebook.addEventListener('change', () => {
    const now = Math.floor(4 * notebook.progressPart);
    if (now === quarter) return;
    quarter = now;
    if (now > 0) announcer.textContent = notebook.progressText;
  });
  notebook.addEventListener('change', show);
  show();
}

/** The code that the network's settings stand for, in the lessons' editor; changed, it is the reader's own. */
import { h } from '../../../figures/parts/dom.js';
import { codeFor } from '../../../kernel/studio/network.js';
import { recall, remember, SITE } from '../../common/memory.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../../notebook/editor.js').Editor} Editor */
/** @typedef {import('../../../kernel/studio/config.js').NetworkConfig['kind']} Kind */

/** The reader's own code, laid aside while blocks are used. */
const ASIDE = 'studio-code';
/** @type {Record<import('../../../kernel/studio/config.js').DataConfig['kind'], Kind>} */
const BLOCKS = { points: 'mlp', series: 'unet1d', pictures: 'unet' };

/** @param {string} code @param {string} origin where it came from, if not from the reader */
const layAside = (code, origin) => void (code && remember(ASIDE, JSON.stringify({ code, origin })));

/** @returns {{code: string, origin: string}} */
function aside() {
  try {
    const { code, origin } = JSON.parse(recall(ASIDE) ?? '');
    return { code: String(code), origin: String(origin) };
  } catch {
    return { code: '', origin: '' };
  }
}

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** Or why there is none, as a comment. @param {import('../state.js').RunConfig} config */
function codeOrWhy(config) {
  try {
    return codeFor(config);
  } catch (error) {
    return `// ${wordsOf(error)}`;
  }
}

/** What is wrong, with the line of the code that is at fault. @param {Studio} studio */
function problem({ refusal, wrongLine, state }) {
  const { kind, code } = state.get().network;
  if (!refusal || kind !== 'code') return [];
  const line = wrongLine === null ? undefined : code.split('\n')[wrongLine - 1];
  return [h('p', {}, refusal), ...(line ? [h('pre', {}, h('code', {}, line.trim()))] : [])];
}

/** The editor comes when the code is first looked at. @param {Studio} studio @param {(text: string) => void} change @param {() => void} run */
function createText(studio, change, run) {
  const pre = h('pre', { class: 'source' });
  const el = h('div', { class: 'editor' }, pre);
  /** @type {Editor | null} */
  let editor = null;
  let loading = false;
  let taking = false;
  const show = () => {
    const config = studio.state.get();
    const text = codeOrWhy(config);
    taking = true;
    if (!editor) pre.textContent = text;
    else if (editor.text() !== text) editor.replace(text);
    taking = false;
    editor?.lock(config.network.kind !== 'code');
  };
  const open = async () => {
    if (editor || loading) return;
    loading = true;
    try {
      const { createEditor } = await import('../../notebook/editor.js');
      editor = createEditor(pre, {
        label: "The network's code",
        change: () => !taking && editor && change(editor.text()),
        run,
      });
    } catch {
      studio.tell(
        'The editor could not be loaded. Check the connection, then close the code and open it again.',
      );
    }
    loading = false;
    show();
  };
  return {
    el,
    show,
    open,
    text: () => editor?.text() ?? pre.textContent ?? '',
    focus: () => editor?.focus(),
  };
}

/** The challenge shows what the link brings before it takes anything over, and keeps what the reader has there. @param {Studio} studio */
async function openChallenge(studio) {
  try {
    const [{ challengeCells }, { encodeChanges }] = await Promise.all([
      import('../../../kernel/studio/export/challenge.js'),
      import('../../share/share.js'),
    ]);
    const hash = await encodeChanges({
      cells: challengeCells(studio.state.get(), studio.dataset),
      controls: {},
    });
    location.href = `${SITE}exercises/final-challenge/${hash}`;
  } catch (error) {
    studio.tell(`Not opened in the challenge: ${wordsOf(error)}.`);
  }
}

/** @param {Studio} studio @returns {HTMLElement} */
export function createCodeView(studio) {
  const { state } = studio;
  const isOwn = () => state.get().network.kind === 'code';
  const wrong = h('div', { class: 'network-wrong', role: 'alert' });
  const tryIt = () => void (isOwn() && studio.measure());
  const text = createText(
    studio,
    (code) => {
      try {
        if (isOwn()) state.set({ network: { code } });
      } catch (error) {
        studio.tell(wordsOf(error));
      }
    },
    tryIt,
  );
  const button = (/** @type {string} */ label, /** @type {() => void} */ onclick) =>
    h('button', { type: 'button', onclick }, label);
  const change = button('Change the code', () => {
    state.set({ network: { kind: 'code', code: text.text() } });
    tryIt();
    text.focus();
  });
  const again = button('Your changed code', () => {
    const { code, origin } = aside();
    // Somebody else's still waits to be read.
    state.distrust(code, origin);
    state.set({ network: { kind: 'code', code } });
    text.focus();
  });
  const take = button('Try the code', tryIt);
  const back = button('Back to blocks', () => {
    state.set({ network: { kind: BLOCKS[state.get().data.kind], code: '' } });
    change.focus();
  });
  const begin = (/** @type {string} */ code) => {
    state.set({ network: { code } });
    tryIt();
  };
  const challenge = button('Open in the final challenge', () => openChallenge(studio));
  // Chosen in the list, the code begins as that of the blocks of before; left there, it is laid aside.
  state.subscribe((config, before) => {
    const { kind, code } = config.network;
    if (kind !== 'code' && before.network.kind === 'code') {
      layAside(before.network.code, state.distrusted(before.network.code));
      if (code !== '') state.set({ network: { code: '' } });
      show();
    } else if (kind === 'code' && code === '' && before.network.kind !== 'code')
      begin(codeOrWhy({ ...config, network: before.network }));
  });
  const show = () => {
    text.show();
    change.hidden = isOwn();
    again.hidden = isOwn() || aside().code === '';
    take.hidden = back.hidden = !isOwn();
  };
  const tell = () => wrong.replaceChildren(...problem(studio));
  studio.on('state', show);
  studio.on('network', tell);
  show();
  const el = h(
    'details',
    { class: 'network-code' },
    h('summary', {}, 'Show the code'),
    text.el,
    wrong,
    h('div', { class: 'row' }, change, again, take, back, challenge),
  );
  el.addEventListener('toggle', () => el.open && text.open());
  return el;
}

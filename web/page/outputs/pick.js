/** A control that takes a file of the reader's, loaded when a cell asks for one. */
import '../../styles/pick.css';
import { h } from '../../figures/parts/dom.js';

/** Bytes: it is copied to the kernel and from there to the core, which has 1 GB for all. */
const MOST = 256e6;

/** Picking nothing, or dropping it. @param {HTMLInputElement} input @param {File | null} file */
function stand(input, file) {
  const files = new DataTransfer();
  if (file) files.items.add(file);
  input.files = files.files;
}

/**
 * @param {HTMLElement} el
 * @param {{label: string, accept?: string, change: (value: {name: string, bytes: Uint8Array} | null) => void}} props
 */
export function create(el, { label, accept, change }) {
  /** What was read last. @type {File | null} */
  let before = null;
  const note = h('output', {});
  const input = h('input', { type: 'file', accept: accept || undefined, onchange: read });

  /** All stays as it was. @param {string} why */
  function refuse(why) {
    note.textContent = why;
    stand(input, before);
  }

  async function read() {
    const file = input.files?.[0] ?? null;
    note.textContent = '';
    if (!file) {
      before = null;
      return change(null);
    }
    if (file.size > MOST)
      return refuse(`${file.name} has ${Math.ceil(file.size / 1e6)} MB: files of up to 256 MB are read.`);
    /** @type {Uint8Array} */
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      // Another may have been picked meanwhile.
      if (input.files?.[0] === file)
        refuse(`${file.name} could not be read: it may have been moved or changed, or may be a folder.`);
      return;
    }
    if (input.files?.[0] !== file) return;
    before = file;
    change({ name: file.name, bytes });
  }

  el.append(h('label', {}, h('span', {}, label), input), note);
  return { update() {}, destroy: () => el.replaceChildren() };
}

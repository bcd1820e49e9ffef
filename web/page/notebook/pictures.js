/**
 * What cells have shown is kept in this browser, cell by cell, and stands there again after a reload until the cell runs: no kernel
 * is behind it. What cannot be read, or belongs to other code than the cell has now, is left out.
 */
import { createStore, promisifyRequest } from 'idb-keyval';
import { SITE } from '../common/memory.js';
import { say } from '../common/say.js';
import { hashOf } from './versions.js';

/** @typedef {import('./notebook.js').Notebook} Notebook */
/** @typedef {import('./cell.js').Cell} Cell */
/** @typedef {import('../outputs/outputs.js').Kept} Kept */
/**
 * `code`: a hash of what showed it; `under`: how far the run was that had not ended, in words.
 * @typedef {{format: number, code: string, under: string | null, displays: Kept[]}} Picture
 */

/** Pictures that another version of this file has kept count as none. */
const FORMAT = 1;
/** So often at most what changes is written, while a cell runs. */
const EVERY_MS = 2000;
/** A player with all its frames is far below that. */
const MOST_BYTES = 12e6;

const UNREADABLE =
  'Some pictures of your last visit could not be read and are left out: Run shows them anew.';
const TOO_LARGE = 'What this cell shows is too large to keep: after a reload it has to run again. ';
const NO_ROOM =
  'This browser’s storage is full, so the pictures of this page are not kept: after a reload its cells have to run again.';

/** About how many bytes it takes to keep. @param {unknown} value @returns {number} */
export function sizeOf(value) {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return 2 * value.length;
  if (value === null || typeof value !== 'object') return 8;
  return Object.values(value).reduce((sum, each) => sum + sizeOf(each), 8);
}

/** What lies there may be anything. @param {any} value @returns {value is Picture} */
export function isPicture(value) {
  const isTarget = (/** @type {unknown} */ target) => ['string', 'number'].includes(typeof target);
  return (
    value?.format === FORMAT &&
    typeof value.code === 'string' &&
    (value.under === null || typeof value.under === 'string') &&
    Array.isArray(value.displays) &&
    value.displays.every(
      (/** @type {any} */ each) =>
        isTarget(each?.target) &&
        [each.id, each.at].every(Number.isInteger) &&
        typeof each.kind === 'string' &&
        typeof each.props === 'object' &&
        each.props !== null,
    )
  );
}

/** @param {string} lesson */
function openAlbum(lesson) {
  /** @type {import('idb-keyval').UseStore | undefined} */
  let store;
  // Opened when it is first asked: a browser that keeps nothing throws, which is then a promise that fails.
  /** @type {import('idb-keyval').UseStore} */
  const database = async (mode, use) => {
    store ??= createStore(`noisebook ${SITE} pictures`, 'cells');
    return store(mode, use);
  };
  const keyOf = (/** @type {string} */ cell) => `${lesson} ${cell}`;
  const range = IDBKeyRange.bound(keyOf(''), keyOf('\uffff'));
  return {
    /** @returns {Promise<[string, unknown][]>} by a cell's id */
    all: () =>
      database('readonly', async (store) => {
        const [keys, values] = await Promise.all([
          promisifyRequest(store.getAllKeys(range)),
          promisifyRequest(store.getAll(range)),
        ]);
        return keys.map((key, i) => [String(key).slice(keyOf('').length), values[i]]);
      }),
    /** @param {Map<string, Picture | null>} pictures null: it shows nothing any more */
    put: (pictures) =>
      database('readwrite', (store) => {
        for (const [cell, picture] of pictures) {
          if (picture) store.put(picture, keyOf(cell));
          else store.delete(keyOf(cell));
        }
        return promisifyRequest(store.transaction);
      }),
  };
}

class Album {
  /** Cells that show something else than what is kept. @type {Set<Cell>} */
  #changed = new Set();
  #timer = 0;
  /** What has been said is not said again. @type {Set<string>} */
  #said = new Set();

  /** @param {Notebook} notebook */
  constructor(notebook) {
    this.notebook = notebook;
    this.album = openAlbum(notebook.lesson);
  }

  /** @param {string} words */
  #sayOnce(words) {
    if (this.#said.has(words)) return;
    this.#said.add(words);
    say(words);
  }

  /** A task's verdicts are to be earned anew. @param {string} id */
  note(id) {
    const cell = this.notebook.cell(id);
    if (!cell || cell.element.closest('.task')) return;
    this.#changed.add(cell);
    this.#timer ||= window.setTimeout(() => this.write(), EVERY_MS);
  }

  /** @param {Cell} cell @returns {Picture | null | undefined} undefined: what is kept stays */
  #pictureOf(cell) {
    const displays = this.notebook.outputs.shownBy(cell.id);
    const runs = this.notebook.running === cell;
    if (displays.length === 0) return runs ? undefined : null;
    if (sizeOf(displays) > MOST_BYTES) {
      this.#sayOnce(`Cell ${cell.id}: ${TOO_LARGE}`);
      return null;
    }
    const under = runs ? this.notebook.progressText : null;
    return { format: FORMAT, code: hashOf(cell.source), under, displays };
  }

  /** Keeps what has changed; what a later change brings is written later. */
  async write() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    /** @type {Map<string, Picture | null>} */
    const pictures = new Map();
    for (const cell of this.#changed) {
      const picture = this.#pictureOf(cell);
      if (picture !== undefined) pictures.set(cell.id, picture);
    }
    this.#changed.clear();
    if (pictures.size === 0) return;
    try {
      await this.album.put(pictures);
    } catch (error) {
      // A storage that is closed to us is told where models are kept.
      if (error instanceof DOMException && error.name === 'QuotaExceededError') this.#sayOnce(NO_ROOM);
    }
  }

  async restore() {
    const all = await this.album.all().catch(() => /** @type {[string, unknown][]} */ ([]));
    /** @type {Map<string, null>} */
    const gone = new Map();
    for (const [id, picture] of all) {
      const cell = this.notebook.cell(id);
      const sound = isPicture(picture);
      if (!sound) this.#sayOnce(UNREADABLE);
      if (!sound || !cell || picture.code !== hashOf(cell.source)) gone.set(id, null);
      else if (cell.element.dataset.status === 'idle' && cell.outputs.childElementCount === 0)
        this.#show(cell, picture);
    }
    if (gone.size) await this.album.put(gone).catch(() => {});
  }

  /** @param {Cell} cell @param {Picture} picture */
  #show(cell, { displays, under }) {
    const { notebook } = this;
    const failed = () => {
      notebook.outputs.clear(cell.id);
      notebook.outputs.settle(cell.id);
      cell.showsEarlier(null);
      this.#sayOnce(UNREADABLE);
      this.album.put(new Map([[cell.id, null]])).catch(() => {});
    };
    cell.showsEarlier(under ?? '');
    notebook.outputs.restore(cell.id, displays, failed);
  }
}

/** @param {Notebook} notebook */
export function setUpPictures(notebook) {
  const album = new Album(notebook);
  notebook.outputs.noteShown = (cell) => album.note(cell);
  // Before it is hidden: when it is left, nothing can be waited for.
  document.addEventListener('visibilitychange', () => document.hidden && album.write());
  window.addEventListener('pagehide', () => album.write());
  return album.restore();
}

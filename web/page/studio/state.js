/** The run config as the page has it: one frozen document, kept over a reload. Whoever changes it hands in a patch. */
import { defaults, patched, readConfig } from '../../kernel/studio/config.js';
import { recall, remember } from '../common/memory.js';

/** @typedef {import('../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('../../kernel/studio/config.js').Patch} Patch */

const KEY = 'studio';
const SAVE_MS = 300;

/** What was kept, where it can still be read; `foreign`: where its code came from, if not from the reader. @returns {{config: RunConfig, foreign: string}} */
function kept() {
  try {
    const { foreign = '', ...config } = JSON.parse(recall(KEY) ?? '');
    return { config: readConfig(config), foreign: String(foreign) };
  } catch {
    return { config: defaults(), foreign: '' };
  }
}

export class State {
  /** @type {RunConfig} */
  #config;
  /** Code that is not the reader's, and where it came from: it does not run until the reader lets it. @type {Map<string, string>} */
  #foreign = new Map();
  /** @type {Set<(config: RunConfig, before: RunConfig) => void>} */
  #listeners = new Set();
  #timer = 0;

  constructor() {
    const { config, foreign } = kept();
    this.#config = config;
    this.distrust(config.network.code, foreign);
  }

  /** @returns {RunConfig} */
  get() {
    return this.#config;
  }

  /** Section by section over what is there. Throws a sentence where a setting takes no such value; then nothing has changed. @param {Patch} patch */
  set(patch) {
    const before = this.#config;
    const next = patched(before, patch);
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    // Changed here and there, it is still somebody else's.
    const { code, kind } = patch.network ?? {};
    if (code !== undefined && kind === undefined) this.distrust(code, this.distrusted(before.network.code));
    this.#config = next;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.save(), SAVE_MS);
    for (const fn of this.#listeners) fn(next, before);
  }

  save() {
    clearTimeout(this.#timer);
    const foreign = this.distrusted(this.#config.network.code);
    remember(KEY, JSON.stringify(foreign ? { ...this.#config, foreign } : this.#config));
  }

  /** @param {string} code @param {string} origin */
  distrust(code, origin) {
    if (code && origin) this.#foreign.set(code, origin);
  }

  /** The reader has read it: this code runs from now on, and no other. @param {string} code */
  trust(code) {
    this.#foreign.delete(code);
    this.save();
  }

  /** Where it came from; '' where it is the reader's. @param {string} code */
  distrusted(code) {
    return this.#foreign.get(code) ?? '';
  }

  /** The same of the code that these settings would run: none, where they are of blocks. @param {RunConfig} config */
  originOf({ network }) {
    return network.kind === 'code' ? this.distrusted(network.code) : '';
  }

  /** @param {(config: RunConfig, before: RunConfig) => void} fn @returns {() => void} ends it */
  subscribe(fn) {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }
}

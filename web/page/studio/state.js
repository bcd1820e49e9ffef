/** The run config as the page has it: one frozen document, kept over a reload. Whoever changes it hands in a patch. */
import { defaults, patched, readConfig } from '../../kernel/studio/config.js';
import { recall, remember } from '../common/memory.js';

/** @typedef {import('../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('../../kernel/studio/config.js').Patch} Patch */

const KEY = 'studio';
const SAVE_MS = 300;

/** What was kept, where it can still be read. @returns {RunConfig} */
function kept() {
  const text = recall(KEY);
  if (!text) return defaults();
  try {
    return readConfig(text);
  } catch {
    return defaults();
  }
}

export class State {
  #config = kept();
  /** @type {Set<(config: RunConfig, before: RunConfig) => void>} */
  #listeners = new Set();
  #timer = 0;

  /** @returns {RunConfig} */
  get() {
    return this.#config;
  }

  /** Section by section over what is there. Throws a sentence where a setting takes no such value; then nothing has changed. @param {Patch} patch */
  set(patch) {
    const before = this.#config;
    const next = patched(before, patch);
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    this.#config = next;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.save(), SAVE_MS);
    for (const fn of this.#listeners) fn(next, before);
  }

  save() {
    clearTimeout(this.#timer);
    remember(KEY, JSON.stringify(this.#config));
  }

  /** @param {(config: RunConfig, before: RunConfig) => void} fn @returns {() => void} ends it */
  subscribe(fn) {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }
}

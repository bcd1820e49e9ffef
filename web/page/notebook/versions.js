/** What is kept beside a reader's edit: which text of the lesson it was made from, and what someone else's took the place of. */
import { recall, remember } from '../common/memory.js';

/** FNV-1a: a change of the lesson must show, and nobody gains by hiding one. @param {string} text */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(16)}`;
}

/** @param {string | null} text @returns {{mine: string, theirs: string} | null} null if it is none of ours */
function parse(text) {
  try {
    const value = JSON.parse(text ?? 'null');
    return typeof value?.mine === 'string' && typeof value.theirs === 'string' ? value : null;
  } catch {
    return null;
  }
}

export class Versions {
  /** @param {string} lesson @param {string} cell */
  constructor(lesson, cell) {
    this.originKey = `origin:${lesson}:${cell}`;
    this.asideKey = `aside:${lesson}:${cell}`;
    this.aside = parse(recall(this.asideKey));
  }

  /** The reader's own text, while someone else's is in its place. */
  get mine() {
    return this.aside?.mine ?? null;
  }

  /** @param {string | null} mine null: the reader had none, or has it back @param {string} theirs */
  setAside(mine, theirs) {
    // What was taken over before is not the reader's own.
    const own = this.aside && mine === this.aside.theirs ? this.aside.mine : mine;
    this.aside = own === null ? null : { mine: own, theirs };
    remember(this.asideKey, this.aside && JSON.stringify(this.aside));
  }

  /** @param {string | null} original what is being edited; null: nothing is */
  noteOriginal(original) {
    remember(this.originKey, original === null ? null : hashOf(original));
  }

  /** Whether the edit was made from another text than the lesson has now. @param {string} original */
  isOfAnother(original) {
    const origin = recall(this.originKey);
    return origin !== null && origin !== hashOf(original);
  }
}

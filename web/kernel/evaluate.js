/** Evaluates cells one after the other, as a notebook does: shared names, top-level await, last value shown. */
import { REACHING_OUT } from './lockdown.js';

/** @typedef {{name: string, message: string, cell: string, line: number | null}} CellError */
/** @typedef {{code: string, names: string[]}} Prepared a cell as rewrite.js leaves it */

// Held here: once the kernel's worker is locked (lockdown.js), no cell has them.
// biome-ignore lint/security/noGlobalEval: running the reader's own code is what a kernel is for
const evaluate = globalThis.eval;
const { apply } = Reflect;
const { exec } = RegExp.prototype;

/**
 * The one way to a network that is syntax and no name. Text decides, and not the parser: a cell that has changed what the
 * parser is made of must not get past this.
 */
const IMPORT = /(?<![\w$])import[\s\uFEFF]*[(./<-]/;

/** A name that no cell has declared is an error, not undefined. */
const undeclared = new Proxy(Object.create(null), {
  get(_, name) {
    if (REACHING_OUT.has(String(name)))
      throw new ReferenceError(
        `${String(name)} is not there: a cell has no network and no storage, only lab`,
      );
    throw new ReferenceError(`${String(name)} is not defined. Has the cell that defines it run?`);
  },
  set(_, name) {
    throw new ReferenceError(`${String(name)} is not declared: write const or let`);
  },
});

export class Evaluator {
  /** @param {Record<string, unknown>} given names that every cell sees */
  constructor(given) {
    /** What the cells share. @type {Record<string, any>} */
    this.scope = Object.create(undeclared, Object.getOwnPropertyDescriptors(given));
  }

  /**
   * A cell that is as the lesson wrote it comes prepared by the build; only an edited one needs the parser.
   * @param {string} cell its id @param {string} source @param {Prepared | null} [prepared]
   * @returns {Promise<unknown>} the value of the last expression
   */
  async run(cell, source, prepared) {
    const { code, names } = prepared ?? (await this.#rewrite(source));
    for (const name of names)
      if (!Object.hasOwn(this.scope, name))
        Object.defineProperty(this.scope, name, { writable: true, enumerable: true, configurable: true });
    const text = `(async ($) => {"use strict";${code}\n})\n//# sourceURL=cell-${cell}`;
    if (apply(exec, IMPORT, [text]) !== null)
      throw new SyntaxError(
        'a cell cannot import: everything is in lab (not even “import(” in a text or comment)',
      );
    return await evaluate(text)(this.scope);
  }

  /** @param {string} source @returns {Promise<Prepared>} */
  async #rewrite(source) {
    const { rewrite } = await import('./rewrite.js');
    return rewrite(source, (name) => !Object.hasOwn(this.scope, name) && name in globalThis);
  }
}

/** A field of something thrown, which may be a proxy or have getters that throw. @param {any} thrown @param {string} name */
function field(thrown, name) {
  try {
    return thrown[name];
  } catch {
    return undefined;
  }
}

/** The longest message that is passed on. */
const LONGEST = 10_000;

/** @param {unknown} thrown anything at all @returns {string} */
export function messageOf(thrown) {
  try {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (typeof text === 'string') return text.replaceAll('$.', '').slice(0, LONGEST);
  } catch {
    // An object without String, a revoked proxy, a getter that throws.
  }
  return 'something was thrown that cannot be shown as text';
}

/**
 * What to tell the reader: acorn knows the place of a syntax error, the stack that of others. Whatever was thrown, this
 * does not throw.
 * @param {unknown} thrown @param {string} cell @returns {CellError}
 */
export function describeError(thrown, cell) {
  const text = messageOf(thrown);
  const given = field(thrown, 'name');
  const name = typeof given === 'string' && given !== '' ? given.slice(0, LONGEST) : 'Error';
  const line = field(field(thrown, 'loc'), 'line');
  if (Number.isInteger(line)) return { name, message: text.replace(/ \(\d+:\d+\)$/, ''), cell, line };
  const stack = field(thrown, 'stack');
  const place =
    name === 'Stopped' || typeof stack !== 'string' ? null : stack.match(/cell-([a-z0-9-]+):(\d+)/);
  return { name, message: text, cell: place?.[1] ?? cell, line: place ? Number(place[2]) : null };
}

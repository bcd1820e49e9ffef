/** Evaluates cells one after the other, as a notebook does: shared names, top-level await, last value shown. */
/** @typedef {{name: string, message: string, cell: string, line: number | null}} CellError */
/** @typedef {{code: string, names: string[]}} Prepared a cell as rewrite.js leaves it */

/** A name that no cell has declared is an error, not undefined. */
const undeclared = new Proxy(Object.create(null), {
  get(_, name) {
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
    // biome-ignore lint/security/noGlobalEval: running the reader's own code is what a kernel is for
    return await globalThis.eval(text)(this.scope);
  }

  /** @param {string} source @returns {Promise<Prepared>} */
  async #rewrite(source) {
    const { rewrite } = await import('./rewrite.js');
    return rewrite(source, (name) => !Object.hasOwn(this.scope, name) && name in globalThis);
  }
}

/**
 * What to tell the reader: acorn knows the place of a syntax error, the stack that of others.
 * @param {unknown} thrown @param {string} cell @returns {CellError}
 */
export function describeError(thrown, cell) {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), cell, line: null };
  const { name, stack = '' } = thrown;
  const message = thrown.message.replaceAll('$.', '');
  const { loc } = /** @type {{loc?: {line: number}}} */ (thrown);
  if (loc) return { name, message: message.replace(/ \(\d+:\d+\)$/, ''), cell, line: loc.line };
  const place = name === 'Stopped' ? null : stack.match(/cell-([a-z0-9-]+):(\d+)/);
  return { name, message, cell: place?.[1] ?? cell, line: place ? Number(place[2]) : null };
}

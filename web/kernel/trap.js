/**
 * A trap of the wasm (unreachable code, a read outside its memory, no stack left) leaves what computes in a state that
 * nobody knows: from then on no function of it may be called, and the page starts another kernel.
 */

/** Something a reader can tell whoever runs the site. @param {Error} error */
const wordsOf = (error) => `${error.name}: ${error.message}`;

/**
 * The exports of an instance, watched: C throws nothing, so an Error that comes out of one is a trap. What the C library's
 * own script throws to unwind is no Error.
 * @param {WebAssembly.Exports} exports @param {(why: string) => void} onTrap called once @returns {WebAssembly.Exports}
 */
export function watched(exports, onTrap) {
  /** @type {Error | null} */
  let trap = null;
  const watch = (/** @type {Function} */ call) =>
    function watchedExport(/** @type {unknown[]} */ ...args) {
      if (trap) throw trap;
      try {
        return call(...args);
      } catch (error) {
        if (error instanceof Error) {
          trap = error;
          onTrap(wordsOf(error));
        }
        throw error;
      }
    };
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === 'function' ? watch(value) : value,
    ]),
  );
}

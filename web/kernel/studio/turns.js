/** Work that must have the core for itself, as a network's code draws from the shared generator: one after the other, in the order in which it was asked for. */
export class Turns {
  #last = Promise.resolve();
  #waiting = 0;

  /** Whether any is at work, or waits. */
  get busy() {
    return this.#waiting > 0;
  }

  /** @template R @param {() => R | Promise<R>} fn @returns {Promise<R>} */
  async take(fn) {
    this.#waiting++;
    const turn = this.#last.then(fn);
    this.#last = turn.then(
      () => {},
      () => {},
    );
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}

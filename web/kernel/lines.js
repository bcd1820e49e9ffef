/** Text that a cell prints: a page gets its first lines and its last ones, and is told how many lie between. */

/** Each of both ends. */
const KEPT = 500;
const LONGEST = 4000;

/** @param {string} line */
const cut = (line) =>
  line.length > LONGEST
    ? `${line.slice(0, LONGEST)} ... ${(line.length - LONGEST).toLocaleString('en')} more characters`
    : line;

export class Lines {
  /** @type {string[]} */
  #first = [];
  /** The last ones, in turn. @type {string[]} */
  #last = [];
  #count = 0;

  /** @param {string} text one line or several */
  add(text) {
    // A text of very many lines is not taken apart as a whole.
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#push(cut(text.slice(start, end)));
      start = end + 1;
    }
    this.#push(cut(text.slice(start)));
  }

  /** @param {string} line */
  #push(line) {
    if (this.#count < KEPT) this.#first.push(line);
    else this.#last[(this.#count - KEPT) % KEPT] = line;
    this.#count++;
  }

  toString() {
    const left = this.#count - 2 * KEPT;
    if (left <= 0) return [...this.#first, ...this.#last].join('\n');
    const at = left % KEPT;
    const note = `... ${left.toLocaleString('en')} more lines were left out: a cell shows the first ${KEPT} and the last ...`;
    return [...this.#first, note, ...this.#last.slice(at), ...this.#last.slice(0, at)].join('\n');
  }
}

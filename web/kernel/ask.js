/** What the kernel has the page do for it, since its worker has neither network nor storage. */

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Wanted} Wanted */
/** @typedef {import('./protocol.js').Answer} Answer */

export class Asking {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #last = 0;

  /** @param {(message: Message) => void} post */
  constructor(post) {
    this.post = post;
  }

  /** @param {Wanted} wanted @returns {Promise<any>} rejects with the page's reason, or at once if it cannot be sent */
  ask(wanted) {
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    try {
      this.post({ type: 'ask', id, ...wanted });
    } catch (error) {
      this.#waiting.delete(id);
      return Promise.reject(error);
    }
    return answer;
  }

  /** @param {Answer} answer */
  receive({ id, value, failure }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === null) waiting?.resolve(value);
    else waiting?.reject(new Error(failure));
  }

  /** A file of web/data. @param {string} name @returns {Promise<Uint8Array>} */
  readAsset = (name) => this.ask({ want: 'asset', name });

  /** @type {import('./storage.js').Shelf} */
  shelf = {
    get: (name) => this.ask({ want: 'model', name }),
    keep: (name, saved, known) => this.ask({ want: 'keep', name, saved, known }),
  };
}

/** The page's end of the studio's worker: questions with answers, which can be called off, and what it tells by itself. */
import { engineWish, noteMeasured } from '../kernel/engine.js';

/** @typedef {import('../../kernel/studio/protocol.js').Request} Request */
/** @typedef {import('../../kernel/studio/protocol.js').Message} Message */
/** @typedef {import('../../kernel/studio/protocol.js').Type} Type */
/** @template {Type} T @typedef {import('../../kernel/studio/protocol.js').Ask<T>} Ask */
/** @template {Type} T @typedef {import('../../kernel/studio/protocol.js').Answer<T>} Answer */
/** @typedef {Exclude<Message, {type: 'answer' | 'refused' | 'loaded'}>} Told */

/** A worker that makes others can wait for ever (see page/kernel/client.js): then it is made again, without them. */
const START_MS = 6000;

/** What the worker does not do, in its sentence. */
export class Refused extends Error {
  /** @param {string} message @param {number | null} line of the network's code, where that is at fault */
  constructor(message, line) {
    super(message);
    this.line = line;
  }
}

export class StudioWorker {
  #last = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #impatience = 0;
  /** What was asked before a slow start was given up. @type {Request[]} */
  #unstarted = [];
  #started = false;
  /** It has computed here: if it fails, another one can. */
  wasReady = false;

  /**
   * @param {'exact' | 'fast'} mode @param {(told: Told) => void} listener
   * @param {(config: import('../../kernel/studio/config.js').RunConfig) => string} refuses a sentence where these settings must not run
   */
  constructor(mode, listener, refuses) {
    this.mode = mode;
    this.listener = listener;
    this.refuses = refuses;
    this.worker = this.#start(engineWish().threads);
  }

  /** @param {number | undefined} threads */
  #start(threads) {
    const worker = new Worker(new URL('../../kernel/studio/worker.js', import.meta.url), { type: 'module' });
    worker.onerror = ({ message }) =>
      this.#receive({
        type: 'failed',
        message: this.wasReady ? message : 'its script could not be loaded. Reload the page.',
      });
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.postMessage(/** @type {Request} */ ({ type: 'start', mode: this.mode, threads }));
    for (const request of this.#unstarted) worker.postMessage(request);
    return worker;
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.type === 'loaded') {
      this.#impatience = window.setTimeout(() => {
        this.worker.terminate();
        this.worker = this.#start(1);
      }, START_MS);
      return;
    }
    if (message.type === 'answer' || message.type === 'refused') return this.#settle(message);
    if (message.type === 'ready' || message.type === 'failed') {
      clearTimeout(this.#impatience);
      this.#started = true;
      this.#unstarted = [];
    }
    if (message.type === 'ready') this.wasReady = true;
    if (message.type === 'failed') this.#rejectAll(`what computes failed here (${message.message})`);
    if (message.type === 'ready' && message.measured) noteMeasured(message.measured);
    this.listener(message);
  }

  /** @param {Extract<Message, {type: 'answer' | 'refused'}>} message */
  #settle(message) {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new Refused(message.message, message.line));
  }

  /** @param {string} why */
  #rejectAll(why) {
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }

  /**
   * Rejects with the worker's sentence, or at once with an AbortError where `signal` calls it off.
   * @template {Type} T @param {Ask<T> & {type: T}} asked @param {{signal?: AbortSignal}} [options] @returns {Promise<Answer<T>>}
   */
  ask(asked, { signal } = {}) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      // Whatever comes with settings may run their code: this is the only way to the worker.
      const refused = 'config' in asked ? this.refuses(asked.config) : '';
      if (refused) throw new Error(refused);
      const request = /** @type {Request} */ (/** @type {unknown} */ ({ ...asked, id }));
      this.#waiting.set(id, { resolve, reject });
      if (!this.#started) this.#unstarted.push(request);
      this.worker.postMessage(request);
      signal?.addEventListener('abort', () => {
        if (!this.#waiting.delete(id)) return;
        this.worker.postMessage(/** @type {Request} */ ({ type: 'cancel', id }));
        reject(signal.reason);
      });
    });
  }

  end() {
    clearTimeout(this.#impatience);
    this.worker.terminate();
    this.#rejectAll('The worker was ended.');
  }
}

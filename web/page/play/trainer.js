/** The page's end of the playground's worker: starts it, asks it, and lets go what belongs to an earlier drawing. */
import { engineWish, noteMeasured } from '../kernel/engine.js';

/** @typedef {import('../../kernel/play/protocol.js').Request} Request */
/** @typedef {import('../../kernel/play/protocol.js').Message} Message */
/** @typedef {Extract<Message, {type: 'ready'}>} Ready */
/** @typedef {(message: Message) => void} Listener */

/** A worker that makes others can wait for ever (see kernel/client.js): then it is made again, without them. */
const START_MS = 6000;

export class Trainer {
  /** @type {Worker} */
  #worker;
  #job = 0;
  #id = 0;
  #impatience = 0;
  /** The last field that was asked for and the one that waits until it has come. @type {{asked: number, next: (() => void) | null}} */
  #field = { asked: 0, next: null };

  /** @param {Listener} listener gets what belongs to the drawing as it is now */
  constructor(listener) {
    this.listener = listener;
    this.#worker = this.#start(engineWish().threads);
  }

  /** @param {number | undefined} threads */
  #start(threads) {
    const worker = new Worker(new URL('../../kernel/play/worker.js', import.meta.url), { type: 'module' });
    worker.onerror = () =>
      this.listener({ type: 'failed', message: 'its script could not be loaded. Reload the page.' });
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.postMessage(/** @type {Request} */ ({ type: 'start', threads }));
    return worker;
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.type === 'loaded') {
      this.#impatience = window.setTimeout(() => {
        this.#worker.terminate();
        this.#worker = this.#start(1);
      }, START_MS);
      return;
    }
    if (message.type === 'ready' || message.type === 'failed') clearTimeout(this.#impatience);
    if (message.type === 'ready' && message.measured) noteMeasured(message.measured);
    if ('job' in message && message.job !== this.#job) return;
    if (message.type === 'frames' && message.id !== this.#id) return;
    if (message.type === 'field') this.#fieldCame();
    this.listener(message);
  }

  /** @param {Request} request */
  #ask(request) {
    this.#worker.postMessage(request);
  }

  /** Trains on other points. @param {Float32Array} points @param {boolean} fresh whether by a new network */
  teach(points, fresh) {
    this.#field = { asked: 0, next: null };
    this.#ask({ type: 'teach', job: ++this.#job, points, fresh });
  }

  /** Takes a model as it is. @param {{weights: Float32Array, step: number}} model */
  load({ weights, step }) {
    this.#field = { asked: 0, next: null };
    this.#ask({ type: 'load', job: ++this.#job, weights, step });
  }

  /** Sends frames from noise to samples; only those of the last call still come. @param {{n: number, steps: number, eta: number, seed: number}} wish */
  walk(wish) {
    this.#ask({ type: 'walk', job: this.#job, id: ++this.#id, ...wish });
  }

  /** Score and density at t; what is asked for while one is on its way waits, and only the latest is sent. @param {number} t @param {Float32Array | null} points */
  field(t, points) {
    const send = () => {
      this.#field = { asked: performance.now(), next: null };
      this.#ask({ type: 'field', job: this.#job, id: 0, t, points });
    };
    if (this.#field.asked) this.#field.next = send;
    else send();
  }

  #fieldCame() {
    const { next } = this.#field;
    this.#field = { asked: 0, next: null };
    next?.();
  }

  weights() {
    this.#ask({ type: 'weights', job: this.#job });
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#ask({ type: 'pause', paused });
  }
}

/** The page's end of the kernel: starts the worker, runs cells one at a time, ends what will not stop. */

import { answer } from './answers.js';
import { engineWish, noteMeasured } from './engine.js';

/** @typedef {import('../../kernel/protocol.js').Request} Request */
/** @typedef {import('../../kernel/protocol.js').Message} Message */
/** @typedef {import('../../kernel/protocol.js').CellError} CellError */
/** @typedef {import('../../kernel/protocol.js').Engine} Engine */
/** @typedef {import('../../kernel/protocol.js').Wish} Wish */
/** @typedef {{error: CellError | null, ms: number}} Outcome */
/** @typedef {'off' | 'starting' | 'ready' | 'running' | 'paused' | 'failed'} State */

/** How long a cell may take to stop by itself before its worker is ended. */
const PATIENCE_MS = 500;
/**
 * How long a kernel may take to start once it is loaded. About one start in a hundred, Firefox 153 never comes back from
 * making the threads' workers: the kernel's own worker is stuck then, and cannot say so.
 */
const START_MS = 6000;
/** So often it is tried again as it was; after that, without threads. */
const RETRIES = 1;
const UNREACHABLE =
  'A script of this page could not be loaded. Check the connection, then reload the page: your edits are kept.';
/** After a trap of the wasm. */
const FAILED =
  'The program that computes failed here, which is a fault of this site and not of your code, and was started again.';
/** Quicker answers to a control are not worth a word. */
const SUDDEN_MS = 150;

export class KernelClient extends EventTarget {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {{cell: string, settle: (outcome: Outcome) => void} | null} */
  #running = null;
  /** PNG files that were asked for. @type {Map<number, {resolve: (file: Uint8Array<ArrayBuffer>) => void, reject: (error: Error) => void}>} */
  #files = new Map();
  #lastFile = 0;
  /** What a kernel that has not started yet has been sent. @type {Request[]} */
  #early = [];
  /** How many have not started. */
  #stuck = 0;
  /** How many have been made. */
  #generation = 0;
  #patience = 0;
  #impatience = 0;
  #busy = 0;
  /** @type {State} */
  state = 'off';
  /** Why the kernel failed. */
  reason = '';

  /** What computes, once it is ready. @type {Engine | null} */
  engine = null;

  /** @param {(message: Message) => void} onMessage displays @param {() => Wish} wish how the next worker shall compute */
  constructor(onMessage, wish = engineWish) {
    super();
    this.onMessage = onMessage;
    this.wish = wish;
  }

  /** Starts before anything is to be run, once the page has been painted. */
  prepare() {
    requestAnimationFrame(() => setTimeout(() => this.#worker ?? this.#start()));
  }

  get busy() {
    return this.state === 'running' || this.state === 'paused' || this.#running !== null;
  }

  /**
   * @param {string} cell @param {string} source
   * @param {import('../../kernel/evaluate.js').Prepared | null} prepared the source, rewritten, if the build did that
   * @param {Record<string, any>} values where its controls start, if not where it says
   * @returns {Promise<Outcome>}
   */
  run(cell, source, prepared, values) {
    if (this.#running) throw new Error('a cell is running');
    if (!this.#worker) this.#start();
    this.#set(this.state === 'starting' ? 'starting' : 'running');
    const outcome = new Promise((settle) => {
      this.#running = { cell, settle };
    });
    this.#send({ type: 'run', cell, source, prepared, values });
    return outcome;
  }

  /** @param {number} id @param {Record<string, any>} values */
  input(id, values) {
    this.#send({ type: 'input', id, values });
  }

  /** The core writes it. @type {import('../outputs/export.js').EncodePng} */
  encodePng = (width, height, pixels) => {
    if (!this.#worker) return Promise.reject(new Error('the kernel is off: run a cell first'));
    const id = ++this.#lastFile;
    this.#send({ type: 'png', id, width, height, pixels });
    return new Promise((resolve, reject) => this.#files.set(id, { resolve, reject }));
  };

  /** @param {'pause' | 'resume' | 'step'} action */
  flow(action) {
    this.#send({ type: 'flow', action });
  }

  /** Asks the running cell to stop; a cell that never yields loses its worker, and with it all names. */
  stop() {
    if (!this.busy) return;
    this.#send({ type: 'flow', action: 'stop' });
    clearTimeout(this.#impatience);
    this.#impatience = window.setTimeout(
      () => this.restart('Stopped. The kernel had to be restarted: names from earlier cells are gone.'),
      PATIENCE_MS,
    );
  }

  /** @param {string} why what a running cell is told @param {string} name of the error */
  restart(why = 'The kernel was restarted.', name = 'Stopped') {
    this.#end('off');
    this.#refuseFiles('the kernel was restarted meanwhile. Save it once more.');
    this.#settle({
      error: { name, message: why, cell: this.#running?.cell ?? '', line: null },
      ms: 0,
    });
    this.prepare();
  }

  /** What computes is in a state that nobody knows. @param {string} cell whose code it was @param {string} why */
  #trapped(cell, why) {
    /** @type {CellError} */
    const error = { name: 'Failed', message: `${FAILED} It said: ${why}.`, cell, line: null };
    const wasRunning = this.#running !== null;
    this.restart(error.message, error.name);
    if (!wasRunning) this.dispatchEvent(new CustomEvent('trapped', { detail: error }));
  }

  /** @param {Worker} worker @param {number} id @param {import('../../kernel/protocol.js').Wanted} wanted */
  async #answer(worker, id, wanted) {
    worker.postMessage({ type: 'answer', ...(await answer(id, wanted)) });
  }

  #start() {
    this.#worker = new Worker(new URL('../../kernel/worker.js', import.meta.url), { type: 'module' });
    const worker = this.#worker;
    // One that was ended may have said something before.
    worker.onmessage = ({ data }) => worker === this.#worker && this.#receive(data);
    worker.onerror = (event) => {
      if (worker === this.#worker) this.#fail(event.message || UNREACHABLE);
      else event.preventDefault();
    };
    const wish = this.wish();
    if (this.#stuck > RETRIES) wish.threads = 1;
    worker.postMessage({ type: 'start', generation: this.#generation++, ...wish });
    this.#set('starting');
  }

  /** Another worker takes over what this one has been asked. */
  #startAgain() {
    this.#stuck++;
    const early = this.#early;
    this.#end('off');
    this.#start();
    for (const request of early) this.#send(request);
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.type === 'loaded') {
      clearTimeout(this.#patience);
      if (this.#stuck <= RETRIES) this.#patience = window.setTimeout(() => this.#startAgain(), START_MS);
    } else if (message.type === 'ready') {
      clearTimeout(this.#patience);
      this.#early = [];
      this.engine = message.engine;
      if (message.measured) noteMeasured(message.measured);
      this.#set(this.#running ? 'running' : 'ready');
    } else if (message.type === 'failed') this.#fail(message.message);
    else if (message.type === 'paused') this.#set(message.paused ? 'paused' : 'running');
    else if (message.type === 'busy') this.#setBusy(message.busy);
    else if (message.type === 'png') this.#receiveFile(message);
    else if (message.type === 'trapped') this.#trapped(message.cell, message.why);
    else if (message.type === 'ask') this.#answer(/** @type {Worker} */ (this.#worker), message.id, message);
    else if (message.type === 'done') {
      this.#settle(message);
      this.#set('ready');
    } else this.onMessage(message);
  }

  /** @param {Extract<Message, {type: 'png'}>} message */
  #receiveFile({ id, file, message }) {
    const asked = this.#files.get(id);
    this.#files.delete(id);
    if (file) asked?.resolve(file);
    else asked?.reject(new Error(message));
  }

  /** No worker is left to write them. @param {string} why */
  #refuseFiles(why) {
    for (const { reject } of this.#files.values()) reject(new Error(why));
    this.#files.clear();
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    clearTimeout(this.#busy);
    if (busy) this.#busy = window.setTimeout(() => this.#set('running'), SUDDEN_MS);
    else if (!this.#running) {
      clearTimeout(this.#impatience);
      this.#set('ready');
    }
  }

  /** @param {string} reason */
  #fail(reason) {
    this.reason = reason;
    this.#end('failed');
    this.#refuseFiles(reason);
    this.#settle({ error: { name: 'Kernel', message: reason, cell: '', line: null }, ms: 0 });
  }

  /** @param {State} state */
  #end(state) {
    clearTimeout(this.#busy);
    clearTimeout(this.#patience);
    this.#early = [];
    this.#worker?.terminate();
    this.#worker = null;
    this.#set(state);
  }

  /** @param {Outcome} outcome */
  #settle(outcome) {
    clearTimeout(this.#impatience);
    const running = this.#running;
    this.#running = null;
    running?.settle(outcome);
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }

  /** @param {Request} request */
  #send(request) {
    if (this.state === 'starting') this.#early.push(request);
    this.#worker?.postMessage(request);
  }
}

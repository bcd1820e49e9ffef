/** The studio's worker: trains between the page's requests, and answers these at once. A network's code runs locked in, as cells do. */
import { Core } from '../core.js';
import { describeError } from '../evaluate.js';
import { Kernel } from '../kernel.js';
import { load } from '../load.js';
import { lockDown } from '../lockdown.js';
import { memoryStorage, shelfIn } from '../storage.js';
import { measureThreads } from '../threads.js';
import { drawnModel } from './drawn.js';
import { judge } from './judge.js';
import { learnedOf } from './learned.js';
import { checkOpened } from './opened.js';
import { measured, NETWORK, Run, sizeOf } from './run.js';
import { Cancelled, methodsFor, samplesOf } from './sampling.js';
import { shippedOf } from './shipped.js';
import { spritesOf } from './sprites.js';
import { Turns } from './turns.js';
import { levelsOf, previewOf } from './watch.js';
import { weightsTold } from './weights.js';

/** @typedef {import('./protocol.js').Request} Request */
/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {import('./protocol.js').Type} Type */
/**
 * What a room's function gets. tick: to be awaited in a long loop; others are answered and training goes on meanwhile. It throws
 * once the page does not want the answer any more.
 * @typedef {{kernel: Kernel, core: Core, run: Run | null, data: Data | null, tick: () => Promise<void> | undefined}} Context
 */
/** @typedef {{[T in Type]: (context: Context, asked: import('./protocol.js').Ask<T>) => any}} Handlers */

/** So long it computes before it looks for requests: a control is answered in 50 ms. */
const SLICE_MS = 14;
const PROGRESS_MS = 120;
/** A reload costs no more training than that. */
const CHECKPOINT_MS = 4000;

/** @type {(message: Message) => void} */
const post = postMessage.bind(self);

/** @type {Kernel | null} */
let kernel = null;
/** @type {Run | null} */
let run = null;
/** @type {Data | null} */
let data = null;
let paused = false;
const turns = new Turns();
let told = 0;
let kept = 0;
let awake = false;

/** Comes back after the requests that wait by then. */
const { port1, port2 } = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
port1.onmessage = () => waiting.shift()?.();
/** @param {() => void} fn */
function afterRequests(fn) {
  waiting.push(fn);
  port2.postMessage(0);
}

function wake() {
  if (awake) return;
  awake = true;
  afterRequests(work);
}

/** @param {'done' | 'patience' | 'seconds' | 'error'} why @param {string} message */
function end(why, message = '') {
  const checkpoint = why === 'error' ? null : (run?.checkpoint() ?? null);
  post({ type: 'ended', why, message, checkpoint });
}

/** @param {Run} on */
function tell(on) {
  const now = performance.now();
  if (now - told < PROGRESS_MS && on.isTraining) return;
  told = now;
  post({ type: 'progress', progress: on.progress });
  if (!on.isTraining || now - kept < CHECKPOINT_MS) return;
  kept = now;
  post({ type: 'checkpoint', checkpoint: on.checkpoint() });
}

function work() {
  awake = false;
  if (!run?.isTraining || paused || turns.busy) return;
  try {
    run.advance(performance.now() + SLICE_MS);
    tell(run);
    if (run.ended) end(run.ended);
    else wake();
  } catch (error) {
    paused = true;
    end('error', refusalOf(error).message);
  }
}

/** What is asked of a room, by its type: a line each. @type {Handlers} */
const handlers = {
  data: (_, asked) => {
    data = asked.data;
    return null;
  },
  shipped: shippedOf,
  learned: learnedOf,
  drawn: drawnModel,
  sprites: spritesOf,
  measure: ({ kernel: on, data: given, run: trains }, { config }) =>
    alone(async () =>
      trains?.isTraining && !paused
        ? { ...(await sizeOf(on, config, needed(given))), stepMs: Number.NaN }
        : measured(on, config, needed(given)),
    ),
  opened: (context, asked) => alone(() => checkOpened(context, asked)),
  train: (context, { config, checkpoint }) =>
    alone(async () => {
      const next = await Run.begin(context.kernel, config, needed(context.data), checkpoint);
      run?.dispose();
      run = next;
      paused = false;
      kept = performance.now();
      told = 0;
      return { text: run.model.describe() };
    }),
  pause: (_, asked) => {
    paused = asked.paused;
    return null;
  },
  stop: () => {
    paused = true;
    return run?.checkpoint() ?? null;
  },
  checkpoint: () => run?.checkpoint() ?? null,
  levels: (context) => levelsOf(context),
  preview: (context, asked) => previewOf(context, asked),
  weights: (context, asked) => weightsTold(context, asked),
  methods: ({ core }, { objective }) => methodsFor(core.api, objective),
  sample: (context, asked) => samplesOf(context, asked),
  judge: ({ core, tick }, { judged }) => judge(core, judged, tick),
};

/** @param {Data | null} given @returns {Data} */
function needed(given) {
  if (given) return given;
  throw new Error('there are no data yet: choose or draw some first');
}

/** Training waits. @template R @param {() => Promise<R>} fn */
const alone = (fn) => turns.take(fn);

/** @param {Extract<Request, {type: 'start'}>} request */
async function start({ mode, threads: wanted }) {
  const { wasm, threads } = await load(wanted, {
    onLoaded: () => post({ type: 'loaded' }),
    onTrap: (why) => post({ type: 'failed', message: why }),
  });
  lockDown(self);
  const useful = wanted === undefined && threads > 1 ? measureThreads(wasm, threads, mode) : undefined;
  const core = new Core(wasm, { threads: useful ?? threads, mode });
  // What a network's code prints or shows goes nowhere.
  kernel = new Kernel({ core, shelf: shelfIn(memoryStorage()), post: () => {} });
  post({ type: 'ready', measured: useful });
}

/** With its line, where it comes from the network's code. @param {unknown} error */
function refusalOf(error) {
  const { message, line } = describeError(error, NETWORK);
  return { message: line === null ? message : `line ${line} of the network’s code: ${message}`, line };
}

/** @type {Set<number>} */
const cancelled = new Set();

/** @param {Kernel} on @param {number} id @returns {Context} */
function contextOf(on, id) {
  let last = performance.now();
  const tick = () => {
    if (cancelled.has(id)) throw new Cancelled('what was asked for is not wanted any more');
    if (performance.now() - last < SLICE_MS) return undefined;
    return new Promise((/** @type {(value: void) => void} */ resolve) =>
      afterRequests(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
  return { kernel: on, core: on.core, run, data, tick };
}

/** @param {Kernel} on @param {{id: number, type: Type}} request */
async function answer(on, request) {
  const { id, type } = request;
  try {
    const value = await handlers[type](contextOf(on, id), /** @type {any} */ (request));
    post({ type: 'answer', id, value });
  } catch (error) {
    post({ type: 'refused', id, ...refusalOf(error) });
  }
  cancelled.delete(id);
  wake();
}

/** @type {Promise<void> | undefined} */
let starting;
self.addEventListener('message', async ({ data: message, isTrusted }) => {
  // A network's code can send an event, too, but not one of the browser's.
  if (!isTrusted) return;
  const request = /** @type {Request} */ (message);
  if (request.type === 'start') {
    starting = start(request).catch((error) => post({ type: 'failed', message: error.message }));
    return;
  }
  if (request.type === 'cancel') return void cancelled.add(request.id);
  await starting;
  if (kernel) await answer(kernel, request);
});

/** The playground's worker: trains between the page's requests, and answers these at once. It runs no code but ours. */
import { Core } from '../core.js';
import { load } from '../load.js';
import { measureThreads } from '../threads.js';
import { DENSITY_SIDE, SCORE_SIDE } from './protocol.js';
import { densityOf, LAST_STEP, T, Toy } from './toy.js';

/** @typedef {import('./protocol.js').Request} Request */
/** @typedef {import('./protocol.js').Message} Message */

/** So long it computes before it looks for requests: a slider is answered in 50 ms. */
const SLICE_MS = 14;
const PROGRESS_MS = 120;
/** Losses are told as means of so many steps. */
const LOSSES = 20;
/** Points that a density is made of. */
const MOST_POINTS = 500;

/** @type {(message: Message, transfer?: Transferable[]) => void} */
const post = (message, transfer = []) => postMessage(message, { transfer });

/** @type {Core | null} */
let core = null;
/** @type {Toy | null} */
let toy = null;
let job = 0;
let paused = false;
/** What is being sampled. @type {{id: number, steps: Generator<{t: number, x: Float32Array}>} | null} */
let walking = null;
/** @type {number[]} */
let losses = [];
let told = 0;
let sum = 0;
let counted = 0;
let isAwake = false;

/** Comes back after the requests that wait by then. */
const { port1, port2 } = new MessageChannel();
port1.onmessage = work;
function wake() {
  if (isAwake) return;
  isAwake = true;
  port2.postMessage(0);
}

/** @param {number} end */
function walkUntil(end) {
  if (!walking) return;
  const { id, steps } = walking;
  /** @type {Float32Array[]} */
  const frames = [];
  /** @type {number[]} */
  const ts = [];
  let done = false;
  do {
    const { value, done: ended } = steps.next();
    if (ended || !value) done = true;
    else {
      ts.push(value.t);
      frames.push(value.x);
      done = value.t < 0;
    }
  } while (!done && performance.now() < end);
  if (done) {
    steps.return?.(undefined);
    walking = null;
  }
  post(
    { type: 'frames', job, id, ts, frames, done },
    frames.map(({ buffer }) => buffer),
  );
}

/** @param {Toy} model @param {number} end */
function trainUntil(model, end) {
  do {
    sum += model.train();
    counted++;
    if (counted === LOSSES) {
      losses.push(sum / counted);
      sum = counted = 0;
    }
  } while (model.isLearning && performance.now() < end);
  const now = performance.now();
  if (now - told < PROGRESS_MS && model.isLearning) return;
  told = now;
  post({ type: 'progress', job, step: model.step, last: LAST_STEP, losses });
  losses = [];
}

function work() {
  isAwake = false;
  if (!toy) return;
  try {
    const end = performance.now() + SLICE_MS;
    if (walking) walkUntil(end);
    else if (toy.isLearning && !paused) trainUntil(toy, end);
    if (walking || (toy.isLearning && !paused)) wake();
  } catch (error) {
    refuse(error);
  }
}

/** @param {unknown} error */
function refuse(error) {
  walking = null;
  paused = true;
  post({ type: 'refused', job, message: error instanceof Error ? error.message : String(error) });
}

/** @param {Extract<Request, {type: 'start'}>} request */
async function start({ threads: wanted }) {
  const { wasm, threads } = await load(wanted, {
    onLoaded: () => post({ type: 'loaded' }),
    onTrap: (why) => post({ type: 'failed', message: why }),
  });
  const measured = wanted === undefined && threads > 1 ? measureThreads(wasm, threads, 'exact') : undefined;
  core = new Core(wasm, { threads: measured ?? threads, mode: 'exact' });
  toy = new Toy(core);
  const { sizes, schedule } = toy;
  post({ type: 'ready', measured, sizes, T, sqrt_alpha_bar: schedule.sqrt_alpha_bar });
}

function stopWalking() {
  walking?.steps.return?.(undefined);
  walking = null;
}

/** @param {Core} on @param {Extract<Request, {type: 'teach'}>} request */
function teach(on, request) {
  stopWalking();
  if (request.fresh) {
    toy?.dispose();
    toy = new Toy(on);
  }
  job = request.job;
  losses = [];
  sum = counted = 0;
  paused = false;
  toy?.teach(request.points);
}

/** @param {Toy} model @param {Extract<Request, {type: 'field'}>} request */
function field(model, { id, t, points }) {
  const score = model.score(t, SCORE_SIDE);
  const density = points && densityOf(model, points.subarray(0, 2 * MOST_POINTS), t, DENSITY_SIDE);
  post({ type: 'field', job, id, t, score, density });
}

/** @param {Core} on @param {Toy} model @param {Request} request */
function act(on, model, request) {
  if (request.type === 'teach') teach(on, request);
  else if (request.type === 'load') {
    stopWalking();
    model.load(request.weights, request.step);
    job = request.job;
  } else if (request.type === 'pause') paused = request.paused;
  else if (request.type !== 'start' && request.job !== job) return;
  else if (request.type === 'walk') {
    stopWalking();
    walking = { id: request.id, steps: model.walk(request) };
  } else if (request.type === 'field') field(model, request);
  else if (request.type === 'weights')
    post({ type: 'weights', job, weights: model.weights(), step: model.step });
}

/** @type {Promise<void> | undefined} */
let starting;
self.addEventListener('message', async ({ data }) => {
  const request = /** @type {Request} */ (data);
  if (request.type === 'start') {
    starting = start(request).catch((error) => post({ type: 'failed', message: error.message }));
    return;
  }
  await starting;
  if (!core || !toy) return;
  try {
    act(core, toy, request);
    wake();
  } catch (error) {
    refuse(error);
  }
});

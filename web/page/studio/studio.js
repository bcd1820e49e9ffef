/** The studio: what its rooms share. They change the state and ask the worker, and are told what has changed. */

import { patched } from '../../kernel/studio/config.js';
import { countOf, saidOf } from '../../kernel/studio/dataset.js';
import { fittingFor } from '../../kernel/studio/fitting.js';
import { CODE_UNKNOWN } from '../../kernel/studio/network.js';
import { mostLevels } from '../../kernel/studio/unet.js';
import { say } from '../common/say.js';
import { arrivedPoints } from './arrival.js';
import { Refused, StudioWorker } from './client.js';
import { measuresAt } from './runs/measures.js';
import { newDataKey, newId, Runs } from './runs/runs.js';
import { State } from './state.js';

/** @typedef {import('./client.js').Told} Told */
/** @typedef {import('./runs/runs.js').Run} Run */
/** @typedef {import('../../kernel/studio/protocol.js').Data} Dataset */
/** @typedef {import('../../kernel/studio/run.js').Progress} Progress */
/** @typedef {import('../../kernel/studio/run.js').Checkpoint} Checkpoint */
/** @typedef {import('../../kernel/studio/protocol.js').Answer<'measure'>} Size */
/** @typedef {import('../../kernel/studio/config.js').NetworkConfig} NetworkConfig */
/** `state`: a setting; `dataset`, `samples`: told by their rooms; `network`: what the settings take was measured; `runs`: the list or a run of it; `progress`: of the one that trains; `status`: the line at the top. */
/** @typedef {'dataset' | 'network' | 'progress' | 'samples' | 'runs' | 'state' | 'status'} EventName */
/** @typedef {'idle' | 'starting' | 'training' | 'paused'} Phase */

/** Settings are measured once they rest. */
const MEASURE_MS = 400;
const ENDINGS = {
  done: 'Trained: all epochs are done.',
  patience: 'Trained: the loss fell no further, so the stop rule ended it.',
  seconds: 'Trained: the time of the stop rule is over.',
  error: '',
};

/** Settings with as many levels as samples of this shape can have. Code is the reader's, and stays. @param {Pick<NetworkConfig, 'kind' | 'width' | 'depth' | 'activation'>} network @param {number[]} shape */
export const networkFor = ({ kind, width, depth, activation }, shape) => ({
  kind,
  width,
  activation,
  depth: kind === 'unet' || kind === 'unet1d' ? Math.min(depth, mostLevels(shape)) : depth,
});

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

export class Studio {
  state = new State();
  /** @type {Dataset | null} */
  dataset = null;
  /** What is told at the top of the page. */
  status = 'Starting.';
  /** @type {Phase} */
  phase = 'idle';
  /** Of the run that trains. @type {Progress | null} */
  progress = null;
  /** What the settings would take, once that is measured. @type {Size | null} */
  size = null;
  /** Why they are refused, if they are. */
  refusal = '';
  /** The line of the network's code that is at fault for it. @type {number | null} */
  wrongLine = null;
  /** Code that the reader has run: from then on it is measured as blocks are. */
  #tried = '';
  #timer = 0;
  /** The run that the worker has. */
  #inWorker = '';
  #dataKey = '';
  /** @type {Map<EventName, Set<() => void>>} */
  #listeners = new Map();

  constructor() {
    this.worker = this.#newWorker(this.state.get().training.mode);
    this.runs = new Runs(
      () => this.emit('runs'),
      (sentence) => say(sentence, { stays: true }),
    );
    this.state.subscribe(() => this.emit('state'));
    // Code that came from elsewhere runs on the reader's button only: of that nothing is measured unasked.
    for (const event of /** @type {const} */ (['state', 'dataset']))
      this.on(event, () => this.#measureSoon());
    addEventListener('pagehide', () => this.state.save());
  }

  /** @param {'exact' | 'fast'} mode */
  #newWorker(mode) {
    const refuses = (/** @type {import('../../kernel/studio/config.js').RunConfig} */ config) => {
      const origin = this.state.originOf(config);
      return (
        origin && `its network is code that came from ${origin}. Read it, then press “Run this code” above`
      );
    };
    // One that was ended may have said something before.
    const receive = (/** @type {Told} */ told) => worker === this.worker && this.#receive(told);
    const worker = new StudioWorker(mode, receive, refuses);
    return worker;
  }

  /** @param {EventName} event @param {() => void} fn @returns {() => void} ends it */
  on(event, fn) {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(fn));
    return () => void set.delete(fn);
  }

  /** @param {EventName} event */
  emit(event) {
    for (const fn of this.#listeners.get(event) ?? []) fn();
  }

  #measureSoon() {
    clearTimeout(this.#timer);
    const { kind, code } = this.state.get().network;
    if (kind !== 'code' || code === this.#tried)
      this.#timer = window.setTimeout(() => this.measure(), MEASURE_MS);
    else this.#learn(null, null);
  }

  /** What the settings would take: into `size`, or why they are refused into `refusal`. Runs the network's code. */
  async measure() {
    clearTimeout(this.#timer);
    if (!this.dataset) return;
    const config = this.state.get();
    this.#tried = config.network.code;
    try {
      const size = await this.worker.ask({ type: 'measure', config });
      // Others have been set meanwhile, and will be measured.
      if (config === this.state.get()) this.#learn(size, null);
    } catch (error) {
      if (config === this.state.get()) this.#learn(null, error);
    }
  }

  /** @param {Size | null} size @param {unknown} error */
  #learn(size, error) {
    this.size = size;
    this.refusal = error ? wordsOf(error) : '';
    this.wrongLine = error instanceof Refused ? error.line : null;
    this.emit('network');
  }

  /** @param {string} text */
  tell(text) {
    this.status = text;
    this.emit('status');
  }

  /** What was kept comes back, or what the address brings. */
  async begin() {
    const chosen = await this.runs.open();
    for (const { config, foreign } of this.runs.list) this.state.distrust(config.network.code, foreign ?? '');
    this.emit('runs');
    const arrived = arrivedPoints();
    if (arrived) return this.setDataset(arrived);
    const key = chosen ?? this.runs.current?.data ?? null;
    const data = key && (await this.runs.dataOf(key));
    // A room may have chosen some meanwhile.
    if (data && !this.dataset) await this.#take(data, key);
    const run = this.runs.current;
    if (run && !run.ended)
      this.tell(`Training of “${run.name}” was interrupted at step ${run.step.toLocaleString('en')}.`);
    else this.tell(this.dataset ? 'Ready.' : 'Begin with some data.');
  }

  /** @param {Dataset} dataset @param {string} key */
  async #take(dataset, key) {
    this.dataset = dataset;
    this.#dataKey = key;
    this.runs.choose(key);
    this.emit('dataset');
    await this.worker.ask({ type: 'data', data: dataset });
  }

  /** Data take the place of those before; runs keep theirs. @param {Dataset} dataset */
  async setDataset(dataset) {
    const { kind, shape, classes, held } = dataset;
    const { network, training, data: before } = this.state.get();
    const fitting = fittingFor(dataset);
    const n = countOf(dataset);
    const fresh = this.dataset ? fittingFor(this.dataset) !== fitting : kind !== before.kind;
    const { objective, batch, lr } = fresh ? fitting.training : training;
    this.state.set({
      data: saidOf(dataset),
      network: networkFor(
        fresh && network.kind !== 'code' ? { ...network, ...fitting.network } : network,
        shape,
      ),
      ...(fresh && { sampling: { guidance_scale: classes.length ? fitting.guidance_scale : 1 } }),
      training: {
        objective,
        batch,
        lr,
        epochs: Math.max(1, Math.ceil(fitting.steps / Math.ceil((n - held) / batch))),
      },
    });
    this.dataset = dataset;
    this.#dataKey = newDataKey();
    const told = this.status;
    const sent = this.worker.ask({ type: 'data', data: plain(dataset) });
    this.emit('dataset');
    await this.runs.keepData(this.#dataKey, plain(dataset));
    await sent.catch((error) => say(wordsOf(error)));
    // What was told meanwhile, of other data that were refused, stays to be read.
    if (this.phase === 'idle' && this.status === told) this.tell('Ready.');
  }

  // ---- What comes from elsewhere ----

  /**
   * A run that somebody saved takes its place beside those that are here, and its data and settings are chosen; throws a sentence, and then
   * nothing has changed.
   * @param {import('./open/read_run.js').Saved} saved @param {Dataset} data @param {string} origin
   * @param {import('../../kernel/studio/config.js').RunConfig} [settings] those that are chosen, where they are not the run's
   */
  async openRun(saved, data, origin, settings = saved.config) {
    const { isEarlier } = await this.worker.ask({ type: 'opened', saved, data });
    const { config, trainer, ended } = isEarlier ? byWeights(saved) : saved;
    const { code } = config.network;
    const foreign = this.#knows(code) ? '' : origin;
    const key = newDataKey();
    this.state.distrust(code, foreign);
    this.state.set(settings);
    this.#forgetSize();
    await this.#take(data, key);
    await this.runs.keepData(key, data);
    const run = { ...saved, config, trainer, ended };
    await this.runs.put({ ...run, id: newId(), created: Date.now(), data: key, foreign });
    const earlier = isEarlier
      ? ' It is of an earlier version, whose blocks made another network: it can be sampled and judged, and does not go on.'
      : '';
    this.tell(`“${saved.name}” is open, with its data and settings.${earlier}`);
  }

  /**
   * Settings that somebody shared take the place of those that are here, with the data they bring; throws a sentence, and then nothing has changed.
   * @param {import('../../kernel/studio/config.js').RunConfig} config @param {Dataset | null} data @param {string} origin
   */
  async openSettings(config, data, origin) {
    const { code } = config.network;
    if (!this.#knows(code)) this.state.distrust(code, origin);
    const { data: said, ...others } = config;
    this.state.set(data ? config : others);
    this.#forgetSize();
    if (!data) return;
    const key = newDataKey();
    await this.#take(data, key);
    await this.runs.keepData(key, data);
  }

  /** What is known of a network is of that before: of somebody's code nothing is, until it runs. */
  #forgetSize() {
    this.size = null;
    this.refusal = '';
    this.emit('network');
  }

  /** Whether the reader has had this code run here. @param {string} code */
  #knows(code) {
    const all = [this.state.get(), ...this.runs.list.map(({ config }) => config)];
    return this.state.distrusted(code) === '' && all.some(({ network }) => network.code === code);
  }

  /** Code of somebody else's, which the settings or the chosen run have: it runs on the reader's button only. */
  get foreign() {
    const configs = [this.state.get(), ...(this.runs.current ? [this.runs.current.config] : [])];
    const config = configs.find((each) => this.state.originOf(each) !== '');
    return config ? { code: config.network.code, origin: this.state.originOf(config) } : null;
  }

  /** The reader has read that code, and lets it run. @param {string} code */
  async trust(code) {
    this.state.trust(code);
    const read = this.runs.list.filter(({ foreign, config }) => foreign && config.network.code === code);
    for (const run of read) await this.runs.put({ ...run, foreign: '' });
    this.emit('state');
    await this.measure();
  }

  // ---- Training ----

  /** A new run with the settings as they are. What it refuses is told in the status. */
  async train() {
    if (!this.dataset) return this.tell('There are no data yet: choose or draw some first.');
    const config = this.state.get();
    const name = config.name || `${config.data.name || config.data.kind} ${this.runs.list.length + 1}`;
    await this.#start(config, null, (text) => ({
      id: newId(),
      name: name.slice(0, 60),
      created: Date.now(),
      config: { ...config, name, network: { ...config.network, text } },
      data: this.#dataKey,
      step: 0,
      seconds: 0,
      losses: { every: 1, curve: [], epochs: [] },
      weights: null,
      trainer: null,
      ended: '',
      measures: {},
      foreign: this.state.distrusted(config.network.code),
    }));
  }

  /** The current run goes on from where it is. */
  async goOn() {
    const run = this.runs.current;
    if (!run) return;
    if (this.#inWorker === run.id && this.phase === 'paused') return this.#pauseWorker(false);
    const data = await this.runs.dataOf(run.data);
    if (!data) return this.tell(`The data of “${run.name}” are not kept here any more: it cannot go on.`);
    if (run.data !== this.#dataKey) {
      this.state.set({ data: run.config.data, network: run.config.network, training: run.config.training });
      await this.#take(data, run.data);
    }
    const { config, step, seconds, losses, trainer, weights, ended } = run;
    const checkpoint = trainer && weights && { config, step, seconds, losses, trainer, weights, ended };
    await this.#start(config, checkpoint, () => run);
  }

  /** @param {import('../../kernel/studio/config.js').RunConfig} config @param {Checkpoint | null} checkpoint @param {(text: string) => Run} runOf */
  async #start(config, checkpoint, runOf) {
    this.#enter('starting', 'Starting: the network is made.');
    this.#tried = config.network.code;
    try {
      if (config.training.mode !== this.worker.mode) await this.#beginWorker(config.training.mode);
      const { text } = await this.worker.ask({ type: 'train', config, checkpoint });
      const run = runOf(text);
      this.#inWorker = run.id;
      this.progress = null;
      await this.runs.put(run);
      if (this.phase === 'starting') this.#enter('training', `Training “${run.name}”.`);
    } catch (error) {
      this.#enter('idle', `It does not start: ${wordsOf(error)}`);
    }
  }

  /** Another worker, with the data: exact and fast are two engines, and one that has failed is of no use. @param {'exact' | 'fast'} mode */
  async #beginWorker(mode) {
    this.worker.end();
    this.worker = this.#newWorker(mode);
    this.#inWorker = '';
    if (this.dataset) await this.worker.ask({ type: 'data', data: plain(this.dataset) });
  }

  async pause() {
    if (this.phase !== 'training') return;
    this.tell('It pauses after this step.');
    await this.#pauseWorker(true);
    const checkpoint = await this.worker.ask({ type: 'checkpoint' });
    if (checkpoint) await this.#keep(checkpoint);
  }

  /** @param {boolean} paused */
  async #pauseWorker(paused) {
    await this.worker.ask({ type: 'pause', paused });
    const name = this.runs.list.find(({ id }) => id === this.#inWorker)?.name ?? '';
    if (paused) this.#enter('paused', `“${name}” is paused: it goes on with the same bits.`);
    else this.#enter('training', `Training “${name}”.`);
  }

  /** Ends training where it is; it can go on later. */
  async stop() {
    this.tell('It stops after this step.');
    const checkpoint = await this.worker.ask({ type: 'stop' });
    if (checkpoint) await this.#keep(checkpoint);
    this.#enter('idle', 'Stopped. What was learned until now is kept, and can go on.');
  }

  /** @param {Run} run */
  async remove(run) {
    if (run.id === this.#inWorker && this.phase !== 'idle') await this.worker.ask({ type: 'stop' });
    if (run.id === this.#inWorker) this.#inWorker = '';
    await this.runs.remove(run.id);
    if (this.#inWorker === '' && this.phase !== 'starting') this.#enter('idle', `“${run.name}” is deleted.`);
  }

  /** Whether the worker has the run that is looked at. */
  get isLive() {
    return this.#inWorker !== '' && this.#inWorker === this.runs.current?.id;
  }

  /** @param {Phase} phase @param {string} words */
  #enter(phase, words) {
    this.phase = phase;
    this.tell(words);
    this.emit('progress');
  }

  /** @param {Checkpoint} checkpoint */
  async #keep({ config: _, ...checkpoint }) {
    const run = this.runs.list.find(({ id }) => id === this.#inWorker);
    if (run) await this.runs.put({ ...run, ...checkpoint, measures: measuresAt(run, checkpoint.step) });
  }

  /** @param {Told} told */
  #receive(told) {
    if (told.type === 'failed') this.#failed(told.message);
    else if (told.type === 'progress') {
      this.progress = told.progress;
      this.emit('progress');
    } else if (told.type === 'checkpoint') this.#keep(told.checkpoint);
    else if (told.type === 'ended') this.#ended(told);
  }

  /** Nobody knows what state it is in: another takes its place, and a run that was training waits for the reader. @param {string} why */
  async #failed(why) {
    const { mode, wasReady } = this.worker;
    if (!wasReady) return this.#enter('idle', `It does not run here: ${why}`);
    const run = this.phase === 'idle' ? null : this.runs.list.find(({ id }) => id === this.#inWorker);
    const rest = run
      ? `“${run.name}” can go on from step ${run.step.toLocaleString('en')}.`
      : 'Runs and data are kept.';
    const begun = this.#beginWorker(mode);
    this.#enter('idle', `What computes failed here (${why}) and was begun anew. ${rest}`);
    await begun.catch((error) => this.tell(wordsOf(error)));
  }

  /** @param {Extract<Told, {type: 'ended'}>} told */
  async #ended({ why, message, checkpoint }) {
    if (checkpoint) await this.#keep(checkpoint);
    this.#enter('idle', why === 'error' ? `Training ended: ${message}` : ENDINGS[why]);
  }
}

/** A run whose settings make another network by now: what it learned is there, and it has ended. @param {import('./open/read_run.js').Saved} saved */
const byWeights = ({ config, ended }) => ({
  config: patched(config, { network: { kind: 'code', code: CODE_UNKNOWN } }),
  trainer: null,
  ended: ended || /** @type {const} */ ('done'),
});

/** As it can be sent and kept: a data set may have functions of its own. @param {Dataset} dataset @returns {Dataset} */
const plain = ({ kind, shape, values, labels, classes, name, transform, held, range }) => ({
  kind,
  shape: [...shape],
  values,
  labels,
  classes: [...classes],
  name,
  transform: structuredClone(transform),
  held,
  ...(range && { range }),
});

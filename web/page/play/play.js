/** The playground: what is drawn is trained on, and what has been learned is played. Actions change the state, a frame shows it. */

import { decodeModel, encodeModel, MARK } from '../../kernel/play/codec.js';
import { say } from '../common/say.js';
import { Pen, setUpDrawing } from './drawing.js';
import { saveGif } from './gif.js';
import { drawingHash } from './hash.js';
import { Particles, REST_MS, WALK_MS } from './particles.js';
import { PRESETS, pointsOf } from './shapes.js';
import { Trainer } from './trainer.js';
import { View } from './view.js';

/** @typedef {import('./trainer.js').Message} Message */
/** @typedef {'drawing' | 'learning' | 'done' | 'empty' | 'starting' | 'failed'} Mode */
/** @typedef {{weights: Float32Array, step: number}} Model */

/** A model to begin with, and below it the losses of its training: web/build/shipped.mjs makes both. */
const SPIRAL = new URL('../../data/playground.txt', import.meta.url);
const PARTICLES = 600;
/** While it learns, walks are shorter, as the next one will be better. */
const LEARNING = { walk: 1500, rest: 500 };
const PLAYING = { walk: WALK_MS, rest: REST_MS };
const FIELD_MS = 120;

class Playground {
  #pen = new Pen();
  #particles = new Particles();
  #still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  /** @type {Mode} */
  #mode = 'starting';
  /** Whether the strokes are the reader's own. */
  #own = false;
  /** Whether the stroke that is drawn is the first. */
  #isFirst = true;
  #playing = !this.#still;
  /** How far the walk has been played, in ms. */
  #elapsed = 0;
  /** @type {import('./painter.js').Scene['field']} */
  #field = null;
  #fieldAt = 0;
  /** The steps of training that a link can tell of; toy.js ends at it. */
  #last = 12_000;
  #step = 0;
  /** @type {number[]} */
  #losses = [];
  /** Whether the model was trained elsewhere. */
  #elsewhere = true;
  #seed = 1;
  /** Of the model's parameters: none before the worker is there. @type {number[]} */
  #sizes = [];
  /** What the drawing became. @type {Float32Array | null} */
  #points = null;
  /** What the weights that were asked for are for. @type {'' | 'link' | 'studio'} */
  #wants = '';
  /** When the next walk of a still page is due. */
  #nextWalk = 0;
  /** What the buttons do. @type {Record<string, () => void>} */
  #actions = {
    clear: () => this.clear(),
    again: () => this.#walk(true),
    play: () => this.#play(),
    share: () => this.#share(),
    gif: () => saveGif(this.view.root, this.#scene()),
    studio: () => this.#openStudio(),
  };

  /** @param {HTMLElement} root */
  constructor(root) {
    this.view = new View(root, (passed, now) => this.#next(passed, now));
    this.trainer = new Trainer((message) => this.#receive(message));
    setUpDrawing(this.view.canvas, this.#pen, {
      begin: () => this.#begin(),
      change: () => this.view.draw(),
      end: () => this.#end(),
      clear: () => this.clear(),
    });
    root.addEventListener('click', ({ target }) => {
      const button = target instanceof Element ? target.closest('button') : null;
      const preset = button?.getAttribute('data-preset');
      if (preset) this.#choose(preset);
      else this.#actions[button?.getAttribute('data-play') ?? '']?.();
    });
    this.#listen();
  }

  /** To what is no button. */
  #listen() {
    const { sliders, score } = this.view;
    sliders.t.addEventListener('input', () => this.#seek(Number(sliders.t.value)));
    for (const slider of [sliders.steps, sliders.eta])
      slider.addEventListener('input', () => {
        this.view.showSettings();
        // The same noise: what differs is the setting's doing.
        this.#walk(false, this.#seed);
      });
    score.addEventListener('change', () => {
      this.#field = null;
      this.#askField(true);
      this.view.draw();
    });
    addEventListener('hashchange', () => this.#openLink());
  }

  // ---- What comes from the worker ----

  /** @param {Message} message */
  #receive(message) {
    if (message.type === 'ready') this.#ready(message);
    else if (message.type === 'failed') {
      this.#mode = 'failed';
      this.view.tell(`It does not run here: ${message.message}`);
    } else if (message.type === 'refused') say(`That did not work: ${message.message}`);
    else if (message.type === 'progress') this.#progressed(message);
    else if (message.type === 'frames') {
      this.#particles.add(message.ts, message.frames, message.done);
      if (!this.#playing) this.#askField(true);
    } else if (message.type === 'field') this.#field = this.view.score.checked ? message : null;
    else if (message.type === 'weights') this.#handOn(message);
    this.view.draw();
  }

  /** @param {Extract<Message, {type: 'progress'}>} message */
  #progressed({ step, last, losses }) {
    this.#last = last;
    this.#step = step;
    this.#losses.push(...losses);
    if (step === last && this.#mode === 'learning') {
      this.#mode = 'done';
      this.view.tell(`Trained: ${step.toLocaleString('en')} steps. The samples are the network's own.`);
      this.#walk();
    }
    this.#showProgress();
  }

  #showProgress() {
    this.view.showProgress({
      step: this.#step,
      last: this.#last,
      losses: this.#losses,
      elsewhere: this.#elsewhere,
    });
  }

  /** @param {Extract<Message, {type: 'ready'}>} ready */
  async #ready({ sizes, T }) {
    this.#sizes = sizes;
    this.view.sliders.t.max = String(T - 1);
    // Someone was quicker.
    if (this.#mode === 'learning' && this.#points) return this.#learn(true);
    if (this.#mode === 'starting' && !this.#openLink()) await this.#openSpiral();
  }

  /** @param {Model} model @param {number[]} losses of its training, where they are known */
  #take(model, losses) {
    this.#mode = 'done';
    this.#step = model.step;
    this.#losses = losses;
    this.#elsewhere = true;
    this.trainer.load(model);
    this.#showProgress();
    this.#walk();
  }

  async #openSpiral() {
    const response = await fetch(SPIRAL).catch(() => null);
    if (this.#mode !== 'starting') return;
    if (!response?.ok) return this.#choose('spiral');
    const [code, losses] = (await response.text()).split('\n');
    this.#pen.strokes = PRESETS.spiral.strokes;
    this.#points = pointsOf(this.#pen.strokes);
    this.view.press('spiral');
    this.#take(decodeModel(code, this.#sizes, this.#last), losses.split(' ').map(Number));
  }

  /** @returns {boolean} whether the address holds a model that could be opened */
  #openLink() {
    if (!location.hash.startsWith(MARK) || this.#sizes.length === 0) return false;
    try {
      const model = decodeModel(location.hash.slice(MARK.length), this.#sizes, this.#last);
      this.#pen.clear();
      this.#own = false;
      this.#points = null;
      this.view.press('');
      this.#take(model, []);
      this.view.tell(
        `This model came in the link: it was trained for ${model.step.toLocaleString('en')} steps by whoever sent it. Draw to train your own.`,
      );
      return true;
    } catch (error) {
      this.view.tell(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  // ---- What the reader does ----

  /** @param {boolean} fresh */
  #learn(fresh) {
    this.#mode = 'learning';
    this.#points = pointsOf(this.#pen.strokes);
    this.#losses = [];
    this.#step = 0;
    this.#elsewhere = false;
    this.#field = null;
    this.trainer.teach(this.#points, fresh);
    this.view.tell('It is learning your figure.');
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    this.#walk();
  }

  /** @param {string} name */
  #choose(name) {
    this.#pen.clear();
    this.#pen.strokes = PRESETS[name].strokes;
    this.#own = false;
    this.view.press(name);
    this.#learn(true);
  }

  clear() {
    this.#pen.clear();
    this.#own = true;
    this.#mode = 'empty';
    this.#field = null;
    this.#particles.begin(1);
    this.view.press('');
    this.trainer.pause(true);
    this.view.tell('The board is empty: draw something.');
    this.view.draw();
  }

  /** A stroke. */
  #begin() {
    if (!this.#own) this.#pen.clear();
    this.view.root.classList.add('touched');
    this.#isFirst = this.#pen.strokes.length === 0;
    this.#own = true;
    this.#mode = 'drawing';
    this.#field = null;
    this.view.press('');
  }

  #end() {
    if (this.#pen.isFull) say('The board holds no more: what you drew until now is learned.');
    this.#learn(this.#isFirst);
  }

  #play() {
    this.#playing = !this.#playing;
    if (this.#playing && this.#part >= 1) this.#walk(true);
    this.view.draw();
  }

  #share() {
    if (!this.#runs) return say('There is no trained model yet: draw something, or choose a figure.');
    this.#wants = 'link';
    this.trainer.weights();
  }

  /** The drawing goes along in the address, and what has learned it, as it is now. */
  #openStudio() {
    const { strokes } = this.#pen;
    if (strokes.length === 0)
      return say(
        'There is no drawing yet: draw something, or choose a figure, and the studio opens with it.',
      );
    if (!this.#runs) return this.#goToStudio('');
    this.#wants = 'studio';
    this.trainer.weights();
  }

  /** @param {string} code of the model */
  #goToStudio(code) {
    location.href = `studio/${drawingHash(this.#pen.strokes, code)}`;
  }

  /** @param {number} t */
  #seek(t) {
    this.#playing = false;
    const place = this.#particles.placeAt(t);
    this.#elapsed = (place / (this.#particles.count - 1)) * this.#span.walk;
    this.#askField(true);
    this.view.draw();
  }

  // ---- What follows ----

  /** @param {boolean} [play] @param {number} [seed] */
  #walk(play = false, seed = this.#seed + 1) {
    if (play) this.#playing = true;
    this.#seed = seed;
    const { steps, eta } = this.view.sliders;
    // A still page shows where it ends.
    if (this.#playing) this.#elapsed = 0;
    else if (this.#still) this.#elapsed = WALK_MS;
    this.#particles.begin(Number(steps.value));
    this.#nextWalk = performance.now() + LEARNING.walk;
    this.trainer.walk({ n: PARTICLES, steps: Number(steps.value), eta: Number(eta.value), seed });
    this.view.draw();
  }

  /** @param {boolean} [now] */
  #askField(now = false) {
    const time = performance.now();
    if (!this.view.score.checked || (!now && time - this.#fieldAt < FIELD_MS)) return;
    if (!this.#runs) return;
    this.#fieldAt = time;
    this.trainer.field(this.#t, this.#points ?? this.#particles.samples);
  }

  /** @param {Model} model */
  async #handOn(model) {
    const wants = this.#wants;
    this.#wants = '';
    if (wants === '') return;
    const code = encodeModel(model, this.#sizes);
    if (wants === 'studio') return this.#goToStudio(code);
    history.replaceState(null, '', MARK + code);
    const copied = await this.view.showLink(location.href);
    say(
      copied
        ? 'The link is copied. Your trained model lies in it; nothing was uploaded.'
        : 'Copy the link below the board: your trained model lies in it; nothing was uploaded.',
    );
  }

  // ---- What is on the board ----

  get #runs() {
    return this.#mode === 'learning' || this.#mode === 'done';
  }

  get #span() {
    return this.#mode === 'learning' ? LEARNING : PLAYING;
  }

  /** How much of the walk has been played, 0 to 1. */
  get #part() {
    return Math.min(1, this.#elapsed / this.#span.walk);
  }

  get #place() {
    return this.#particles.placeOf(this.#part);
  }

  /** The timestep there. */
  get #t() {
    return Math.max(0, Math.round(this.#particles.tAt(this.#place)));
  }

  /** @returns {import('./painter.js').Scene} */
  #scene() {
    const hidden = this.#mode === 'drawing' || this.#mode === 'empty';
    return {
      strokes: this.#pen.strokes,
      bold: hidden,
      particles: hidden ? null : this.#particles,
      place: this.#place,
      field: hidden ? null : this.#field,
      pen: this.view.showsPen ? this.#pen.at : null,
    };
  }

  /** @param {number} passed ms since the frame before @param {number} now */
  #next(passed, now) {
    const runs = this.#runs;
    if (runs && this.#playing) this.#advance(passed);
    else if (this.#mode === 'learning' && now > this.#nextWalk && this.#particles.isWhole) this.#walk();
    if (runs) {
      if (this.#playing || this.#still) this.view.sliders.t.value = String(this.#t);
      this.view.showSettings();
    }
    this.view.showPlaying(this.#playing);
    if (runs && (this.#playing || this.#mode === 'learning')) this.view.draw();
    return this.#scene();
  }

  /** @param {number} passed ms */
  #advance(passed) {
    const { walk, rest } = this.#span;
    // The walk is waited for.
    if (!this.#particles.isWhole && this.#place >= this.#particles.frames.length - 1) return;
    this.#elapsed += passed;
    if (this.#elapsed > walk + rest) this.#walk();
    else if (this.#part < 1) this.#askField();
  }
}

/** @param {HTMLElement} root */
export const setUpPlay = (root) => new Playground(root);

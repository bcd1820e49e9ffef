/** The playground: what is drawn is trained on, and what has been learned is played. Actions change the state, a frame shows it. */
import { onLook } from '../../figures/parts/dom.js';
import { say } from '../common/say.js';
import { decodeModel, encodeModel, MARK } from './codec.js';
import { Pen, setUpDrawing } from './drawing.js';
import { saveGif } from './gif.js';
import { paint, paintLoss } from './painter.js';
import { Particles, REST_MS, WALK_MS } from './particles.js';
import { PRESETS, pointsOf } from './shapes.js';
import { Trainer } from './trainer.js';

/** @typedef {import('./trainer.js').Message} Message */
/** @typedef {'drawing' | 'learning' | 'done' | 'empty' | 'starting' | 'failed'} Mode */

/** A model to begin with: web/build/shipped.mjs trains it. */
const SPIRAL = new URL('../../data/playground.txt', import.meta.url);
const PARTICLES = 600;
/** While it learns, walks are shorter, as the next one will be better. */
const LEARNING = { walk: 1500, rest: 500 };
const FIELD_MS = 120;
/** The steps of training that a link can tell of; toy.js ends at it. */
let lastStep = 12_000;

/** @param {HTMLElement} root */
export function setUpPlay(root) {
  /** @template {Element} E @param {string} name @returns {E} */
  const part = (name) => /** @type {E} */ (root.querySelector(`[data-play="${name}"]`));
  const canvas = /** @type {HTMLCanvasElement} */ (part('board'));
  const loss = /** @type {HTMLCanvasElement} */ (part('loss'));
  const sliders = {
    t: /** @type {HTMLInputElement} */ (part('t')),
    steps: /** @type {HTMLInputElement} */ (part('steps')),
    eta: /** @type {HTMLInputElement} */ (part('eta')),
  };
  const showsScore = /** @type {HTMLInputElement} */ (part('score'));
  const playButton = /** @type {HTMLButtonElement} */ (part('play'));
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  const pen = new Pen();
  const particles = new Particles();
  const state = {
    mode: /** @type {Mode} */ ('starting'),
    /** Whether the strokes are the reader's own. */
    own: false,
    /** Whether the stroke that is drawn is the first. */
    first: true,
    playing: !still,
    /** How far the walk has been played, in ms. */
    elapsed: 0,
    /** @type {import('./painter.js').Scene['field']} */
    field: null,
    /** @type {number[]} */
    losses: [],
    step: 0,
    seed: 1,
    /** Of the model: none before the worker is there. @type {number[]} */
    sizes: [],
    /** What the drawing became. @type {Float32Array | null} */
    points: null,
    wantsLink: false,
    fieldAt: 0,
    /** When the next walk of a still page is due. */
    nextWalk: 0,
  };

  const trainer = new Trainer(receive);

  // ---- What comes from the worker ----

  /** @param {Message} message */
  function receive(message) {
    if (message.type === 'ready') begin(message);
    else if (message.type === 'failed') {
      state.mode = 'failed';
      tell(`It does not run here: ${message.message}`);
    } else if (message.type === 'refused') say(`That did not work: ${message.message}`);
    else if (message.type === 'progress') progressed(message);
    else if (message.type === 'frames') {
      particles.add(message.ts, message.frames, message.done);
      if (!state.playing) askField(true);
    } else if (message.type === 'field') state.field = showsScore.checked ? message : null;
    else if (message.type === 'weights') offerLink(message);
    draw();
  }

  /** @param {Extract<Message, {type: 'progress'}>} message */
  function progressed({ step, last, losses }) {
    lastStep = last;
    state.step = step;
    state.losses.push(...losses);
    if (step === last && state.mode === 'learning') {
      state.mode = 'done';
      tell(`Trained: ${step.toLocaleString('en')} steps. The samples are the network's own.`);
      walk();
    }
    showStep();
    paintLoss(loss, state.losses, step / last);
  }

  /** @param {Extract<Message, {type: 'ready'}>} ready */
  async function begin({ sizes, T }) {
    state.sizes = sizes;
    sliders.t.max = String(T - 1);
    const { mode } = state;
    // Someone was quicker.
    if (mode === 'learning' && state.points) return learn(true);
    if (mode === 'starting' && !(await openLink())) await openSpiral();
  }

  /** @param {{weights: Float32Array, step: number}} model */
  function take(model) {
    state.mode = 'done';
    state.step = model.step;
    state.losses = [];
    trainer.load(model);
    showStep();
    paintLoss(loss, [], 0);
    walk();
  }

  async function openSpiral() {
    const response = await fetch(SPIRAL).catch(() => null);
    if (state.mode !== 'starting') return;
    if (!response?.ok) return choose('spiral');
    pen.strokes = PRESETS.spiral.strokes;
    state.points = pointsOf(pen.strokes);
    press('spiral');
    take(decodeModel((await response.text()).trim(), state.sizes, lastStep));
  }

  /** @returns {boolean} whether the address holds a model that could be opened */
  function openLink() {
    if (!location.hash.startsWith(MARK) || state.sizes.length === 0) return false;
    try {
      const model = decodeModel(location.hash.slice(MARK.length), state.sizes, lastStep);
      pen.clear();
      state.own = false;
      state.points = null;
      press('');
      take(model);
      tell(
        `This model came in the link: it was trained for ${model.step.toLocaleString('en')} steps by whoever sent it. Draw to train your own.`,
      );
      return true;
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  // ---- What the reader does ----

  /** @param {boolean} fresh */
  function learn(fresh) {
    state.mode = 'learning';
    state.points = pointsOf(pen.strokes);
    Object.assign(state, { losses: [], step: 0, field: null });
    trainer.teach(state.points, fresh);
    tell('It is learning your figure.');
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    walk();
  }

  /** @param {string} name */
  function choose(name) {
    pen.clear();
    pen.strokes = PRESETS[name].strokes;
    state.own = false;
    press(name);
    learn(true);
  }

  /** @param {string} name of the preset that is shown */
  function press(name) {
    for (const button of root.querySelectorAll('[data-preset]'))
      button.setAttribute('aria-pressed', String(button.getAttribute('data-preset') === name));
  }

  function clear() {
    pen.clear();
    state.own = true;
    state.mode = 'empty';
    state.field = null;
    particles.begin(1);
    press('');
    trainer.pause(true);
    tell('The board is empty: draw something.');
    draw();
  }

  setUpDrawing(canvas, pen, {
    begin() {
      if (!state.own) pen.clear();
      root.classList.add('touched');
      state.first = pen.strokes.length === 0;
      state.own = true;
      state.mode = 'drawing';
      state.field = null;
      press('');
    },
    change: draw,
    end() {
      if (pen.isFull) say('The board holds no more: what you drew until now is learned.');
      learn(state.first);
    },
    clear,
  });
  root.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    const preset = button?.getAttribute('data-preset');
    const action = button?.getAttribute('data-play') ?? '';
    if (preset) choose(preset);
    else if (action in actions) actions[action]();
  });
  /** @type {Record<string, () => void>} */
  const actions = {
    clear,
    again: () => walk(true),
    play() {
      state.playing = !state.playing;
      if (state.playing && part1() >= 1) walk(true);
      draw();
    },
    share() {
      if (state.mode !== 'learning' && state.mode !== 'done')
        return say('There is no trained model yet: draw something, or choose a figure.');
      state.wantsLink = true;
      trainer.weights();
    },
    gif: () => saveGif(root, scene()),
  };
  sliders.t.addEventListener('input', () => {
    state.playing = false;
    const place = particles.placeAt(Number(sliders.t.value));
    state.elapsed = (place / (particles.count - 1)) * span().walk;
    askField(true);
    draw();
  });
  for (const name of /** @type {const} */ (['steps', 'eta']))
    sliders[name].addEventListener('input', () => {
      showSettings();
      // The same noise: what differs is the setting's doing.
      walk(false, state.seed);
    });
  showsScore.addEventListener('change', () => {
    state.field = null;
    askField(true);
    draw();
  });
  addEventListener('hashchange', openLink);

  // ---- What follows ----

  /** @param {boolean} [play] @param {number} [seed] */
  function walk(play = false, seed = state.seed + 1) {
    if (play) state.playing = true;
    state.seed = seed;
    const [steps, eta] = [Number(sliders.steps.value), Number(sliders.eta.value)];
    // A still page shows where it ends.
    if (state.playing) state.elapsed = 0;
    else if (still) state.elapsed = WALK_MS;
    particles.begin(steps);
    state.nextWalk = performance.now() + LEARNING.walk;
    trainer.walk({ n: PARTICLES, steps, eta, seed });
    draw();
  }

  /** @param {boolean} [now] */
  function askField(now = false) {
    const time = performance.now();
    if (!showsScore.checked || (!now && time - state.fieldAt < FIELD_MS)) return;
    if (state.mode !== 'learning' && state.mode !== 'done') return;
    state.fieldAt = time;
    const t = Math.max(0, Math.round(particles.tAt(particles.placeOf(part1()))));
    trainer.field(t, state.points ?? particles.samples);
  }

  /** @param {Extract<Message, {type: 'weights'}>} message */
  async function offerLink(message) {
    if (!state.wantsLink) return;
    state.wantsLink = false;
    history.replaceState(null, '', MARK + encodeModel(message, state.sizes));
    const field = /** @type {HTMLInputElement} */ (part('link'));
    field.value = location.href;
    /** @type {HTMLElement} */ (field.parentElement).hidden = false;
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    if (!copied) field.select();
    say(
      copied
        ? 'The link is copied. Your trained model lies in it; nothing was uploaded.'
        : 'Copy the link below the board: your trained model lies in it; nothing was uploaded.',
    );
  }

  // ---- What is shown ----

  const span = () => (state.mode === 'learning' ? LEARNING : { walk: WALK_MS, rest: REST_MS });
  const part1 = () => Math.min(1, state.elapsed / span().walk);

  /** @param {string} text */
  function tell(text) {
    part('status').textContent = text;
  }

  function showStep() {
    part('step').textContent =
      state.losses.length > 0
        ? `step ${state.step.toLocaleString('en')} of ${lastStep.toLocaleString('en')}`
        : `trained for ${state.step.toLocaleString('en')} steps`;
  }

  function showSettings() {
    for (const [name, slider] of Object.entries(sliders)) part(`${name}-value`).textContent = slider.value;
  }

  /** @returns {import('./painter.js').Scene} */
  function scene() {
    const hidden = state.mode === 'drawing' || state.mode === 'empty';
    return {
      strokes: pen.strokes,
      bold: hidden,
      particles: hidden ? null : particles,
      place: particles.placeOf(part1()),
      field: hidden ? null : state.field,
      pen: document.activeElement === canvas && canvas.matches(':focus-visible') ? pen.at : null,
    };
  }

  let frame = 0;
  let before = 0;
  let isSeen = false;
  function draw() {
    if (frame === 0) frame = requestAnimationFrame(show);
  }

  /** @param {number} now */
  function show(now) {
    frame = 0;
    const passed = Math.min(100, now - before);
    before = now;
    const g = canvas.getContext('2d');
    if (!g || !isSeen) return;
    const runs = state.mode === 'learning' || state.mode === 'done';
    if (runs && state.playing) advance(passed);
    else if (state.mode === 'learning' && now > state.nextWalk && particles.isWhole) walk();
    paint(g, root, scene());
    if (runs) {
      const t = Math.max(0, Math.round(particles.tAt(particles.placeOf(part1()))));
      if (state.playing || still) sliders.t.value = String(t);
      showSettings();
    }
    playButton.textContent = state.playing ? 'Pause' : 'Play';
    if (runs && (state.playing || state.mode === 'learning')) draw();
  }

  /** @param {number} passed ms */
  function advance(passed) {
    const { walk: whole, rest } = span();
    // The walk is waited for.
    if (!particles.isWhole && particles.placeOf(part1()) >= particles.frames.length - 1) return;
    state.elapsed += passed;
    if (state.elapsed > whole + rest) walk();
    else if (part1() < 1) askField();
  }

  onLook(canvas, () => {
    draw();
    paintLoss(loss, state.losses, state.step / lastStep);
  });
  new IntersectionObserver(([{ isIntersecting }]) => {
    isSeen = isIntersecting;
    if (isSeen) draw();
  }).observe(canvas);
  showSettings();
}

/** What the playground shows of its state: the board, the loss, and in words what goes on. */
import { onLook } from '../../figures/parts/dom.js';
import { paint, paintLoss } from './painter.js';

/** @typedef {import('./painter.js').Scene} Scene */

/** How far training has come; `elsewhere`: the model was not trained in this page. @typedef {{step: number, last: number, losses: number[], elsewhere: boolean}} Progress */

export class View {
  #frame = 0;
  #before = 0;
  #isSeen = false;
  /** @type {Progress} */
  #progress = { step: 0, last: 1, losses: [], elsewhere: true };

  /** @param {HTMLElement} root @param {(passed: number, now: number) => Scene | null} next what is on the board after so many ms; null: it rests */
  constructor(root, next) {
    this.root = root;
    this.next = next;
    this.canvas = /** @type {HTMLCanvasElement} */ (this.part('board'));
    this.sliders = {
      t: /** @type {HTMLInputElement} */ (this.part('t')),
      steps: /** @type {HTMLInputElement} */ (this.part('steps')),
      eta: /** @type {HTMLInputElement} */ (this.part('eta')),
    };
    this.score = /** @type {HTMLInputElement} */ (this.part('score'));
    onLook(this.canvas, () => {
      this.draw();
      this.#drawLoss();
    });
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.#isSeen = isIntersecting;
      if (isIntersecting) this.draw();
    }).observe(this.canvas);
    this.showSettings();
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-play="${name}"]`));
  }

  /** In the next frame. */
  draw() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#show(now));
  }

  /** @param {number} now */
  #show(now) {
    this.#frame = 0;
    const passed = Math.min(100, now - this.#before);
    this.#before = now;
    const g = this.canvas.getContext('2d');
    const scene = g && this.#isSeen ? this.next(passed, now) : null;
    if (g && scene) paint(g, this.root, scene);
  }

  /** @param {string} text */
  tell(text) {
    this.part('status').textContent = text;
  }

  /** @param {string} name of the preset that is shown; '' for none */
  press(name) {
    for (const button of this.root.querySelectorAll('[data-preset]'))
      button.setAttribute('aria-pressed', String(button.getAttribute('data-preset') === name));
  }

  /** @param {Progress} progress */
  showProgress(progress) {
    this.#progress = progress;
    const { step, last, losses, elsewhere } = progress;
    const steps = step.toLocaleString('en');
    const here = `step ${steps} of ${last.toLocaleString('en')}`;
    const there = `trained for ${steps} steps${losses.length ? '' : '; a link brings no losses'}`;
    this.part('step').textContent = elsewhere ? there : here;
    this.#drawLoss();
  }

  #drawLoss() {
    const { step, last, losses } = this.#progress;
    paintLoss(/** @type {HTMLCanvasElement} */ (this.part('loss')), losses, step / last);
  }

  showSettings() {
    for (const [name, slider] of Object.entries(this.sliders))
      this.part(`${name}-value`).textContent = slider.value;
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.part('play').textContent = playing ? 'Pause' : 'Play';
  }

  /** The pen of whoever draws by keyboard is seen. */
  get showsPen() {
    return document.activeElement === this.canvas && this.canvas.matches(':focus-visible');
  }

  /** Puts a link below the board, and into the clipboard where that is allowed. @param {string} address @returns {Promise<boolean>} whether it is copied */
  async showLink(address) {
    const field = /** @type {HTMLInputElement} */ (this.part('link'));
    field.value = address;
    /** @type {HTMLElement} */ (field.parentElement).hidden = false;
    const copied = await navigator.clipboard?.writeText(address).then(
      () => true,
      () => false,
    );
    if (!copied) field.select();
    return copied ?? false;
  }
}

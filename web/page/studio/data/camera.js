/** The camera of the data room, loaded when it is opened: photographs pile up, each under the label that stands there, until they are learned. Nothing leaves the machine. */
import { h } from '../../../figures/parts/dom.js';
import { LEAST_ROWS } from './samples.js';

/** @typedef {import('../rooms/data.js').Host} Host */
/** @typedef {import('./dropped.js').Found} Found */

/** The side of a photograph: more than any picture that is learned. */
const SIDE = 256;
const ROW = 10;
const BETWEEN_MS = 200;

/** What a browser calls its refusals. @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: 'the camera was refused: allow it for this page in the browser’s settings',
  NotFoundError: 'there is no camera on this machine',
  NotReadableError: 'the camera is in use by another program, or does not answer',
};
const NONE = 'this browser gives a page no camera here: it takes one, and an address that begins with https';

/** @param {unknown} error */
const wordsOf = (error) => (error instanceof Error ? (REFUSALS[error.name] ?? error.message) : String(error));

/** The middle square of what is seen. @param {HTMLVideoElement} video @returns {Promise<Blob>} */
async function photograph(video) {
  const { videoWidth: width, videoHeight: height } = video;
  const edge = Math.min(width, height);
  if (edge === 0) throw new Error('the camera shows nothing yet: wait a moment');
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const g = canvas.getContext('2d');
  g?.drawImage(video, (width - edge) / 2, (height - edge) / 2, edge, edge, 0, 0, SIDE, SIDE);
  return canvas.convertToBlob();
}

class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  /** Counts what was begun, so that a camera that comes late is let go. */
  #turn = 0;
  /** @type {Found[]} */
  #taken = [];
  #video = h('video', { playsinline: true, 'aria-label': 'What the camera sees' });
  #label = h('input', { type: 'text', id: 'camera-label', maxlength: 60, autocomplete: 'off' });
  #words = h('p', { class: 'camera-words', role: 'status' });
  #switch = this.#button('Start the camera', () => (this.#stream ? this.stop() : this.#start()));
  #one = this.#button('Take a picture', () => this.#take(1));
  #row = this.#button(`Take ${ROW} in a row`, () => this.#take(ROW));

  /** @param {HTMLElement} root @param {Host} host */
  constructor(root, host) {
    this.host = host;
    this.#video.muted = true;
    root.append(
      this.#video,
      h(
        'div',
        { class: 'board-side' },
        h('div', { class: 'row' }, this.#switch, this.#one, this.#row),
        h('div', { class: 'row' }, h('label', { for: 'camera-label' }, 'Label'), this.#label),
        this.#words,
        h(
          'div',
          { class: 'row' },
          this.#button('Learn these', () => this.#learn()),
          this.#button('Forget them', () => this.#forget()),
        ),
      ),
    );
    addEventListener('pagehide', () => this.stop());
    this.#show();
  }

  /** @param {string} words @param {() => void} act */
  #button(words, act) {
    return h('button', { type: 'button', onclick: act }, words);
  }

  #show() {
    const n = this.#taken.length;
    const missing = LEAST_ROWS - n;
    const more = missing > 0 ? `: ${missing} more make data` : '';
    this.#words.textContent =
      n === 0 ? 'None is taken yet.' : `${n} ${n === 1 ? 'picture' : 'pictures'}${more}.`;
    this.#switch.textContent = this.#stream ? 'Stop the camera' : 'Start the camera';
    for (const each of [this.#one, this.#row]) each.disabled = !this.#stream;
  }

  async #start() {
    const turn = ++this.#turn;
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new Error(NONE);
      const stream = await navigator.mediaDevices.getUserMedia({ video: true });
      if (turn !== this.#turn) return stopAll(stream);
      this.#stream = stream;
      stream.getVideoTracks()[0]?.addEventListener('ended', () => this.stop());
      this.#video.srcObject = stream;
      await this.#video.play();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      this.host.studio.tell(`No camera: ${wordsOf(error)}.`);
    }
    this.#show();
  }

  stop() {
    this.#turn++;
    if (this.#stream) stopAll(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
    this.#show();
  }

  /** @param {number} count */
  async #take(count) {
    const folder = this.#label.value.trim();
    const stream = this.#stream;
    for (let i = 0; i < count && stream && stream === this.#stream; i++) {
      try {
        const shot = await photograph(this.#video);
        const name = `picture ${this.#taken.length + 1}.png`;
        this.#taken.push({ file: new File([shot], name, { type: shot.type }), folder });
      } catch (error) {
        return this.host.studio.tell(`Not taken: ${wordsOf(error)}.`);
      }
      this.#show();
      if (i < count - 1) await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }

  /** The camera has done what it was asked for. */
  #learn() {
    const all = [...this.#taken];
    if (all.length >= LEAST_ROWS) this.stop();
    this.host.take(() => this.host.read(all));
  }

  #forget() {
    this.#taken = [];
    this.#show();
  }
}

/** @param {MediaStream} stream */
function stopAll(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {HTMLElement} root @param {Host} host @returns {() => void} to be called when it is closed */
export function create(root, host) {
  const camera = new Camera(root, host);
  return () => camera.stop();
}

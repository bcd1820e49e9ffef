/** Long cells run in slices: between two of them the kernel shows what is new and listens to the page. */

const SLICE_MS = 8;
const SHOW_MS = 33;

/** Lets every waiting message in. Node's own macrotask keeps no process alive; browsers clamp timers, not channels. */
const macrotask =
  typeof setImmediate === 'function'
    ? () => new Promise((resolve) => setImmediate(resolve))
    : (() => {
        const { port1, port2 } = new MessageChannel();
        /** @type {(() => void)[]} */
        const waiting = [];
        port1.onmessage = () => waiting.shift()?.();
        return () =>
          new Promise((resolve) => {
            waiting.push(() => resolve(undefined));
            port2.postMessage(0);
          });
      })();

export class Stopped extends Error {
  constructor() {
    super('Stopped. The names defined so far are still there.');
    this.name = 'Stopped';
  }
}

/** Ends a control's code that newer values have overtaken. */
export class Overtaken extends Error {}

export class Flow {
  /** @type {'run' | 'pause' | 'stop'} */
  #mode = 'run';
  /** How often the loop may still go on although it is to pause: clicks on Step that came before it got there. */
  #steps = 0;
  #lastYield = 0;
  #lastShow = 0;
  /** @type {(() => void) | null} */
  #wake = null;
  /** The run of an interaction that came in while a cell was running. @type {Promise<void> | null} */
  interaction = null;

  /**
   * @param {() => void} show sends the displays on @param {(paused: boolean) => void} onPause
   * @param {() => boolean} isOvertaken whether newer values wait for what runs now
   */
  constructor(show, onPause, isOvertaken) {
    this.show = show;
    this.onPause = onPause;
    this.isOvertaken = isOvertaken;
  }

  /** A cell starts or has ended. */
  reset() {
    this.#mode = 'run';
    this.#steps = 0;
    this.#lastYield = performance.now();
  }

  /** @param {'pause' | 'resume' | 'step' | 'stop'} action */
  act(action) {
    if (action === 'step') {
      if (this.#mode === 'pause') this.#steps++;
      this.#mode = 'pause';
    } else {
      this.#steps = 0;
      this.#mode = action === 'resume' ? 'run' : action;
    }
    this.#wake?.();
    this.#wake = null;
  }

  /** Cheap enough for every step of a loop. @returns {Promise<void> | undefined} */
  tick() {
    if (this.#mode === 'run' && performance.now() - this.#lastYield < SLICE_MS) return undefined;
    return this.#yield();
  }

  async #yield() {
    const now = performance.now();
    if (this.#mode !== 'run' || now - this.#lastShow > SHOW_MS) {
      this.show();
      this.#lastShow = now;
    }
    const nested = this.interaction !== null;
    await macrotask();
    if (!nested) {
      if (this.interaction) await this.interaction;
      if (this.#mode === 'pause' && !this.#mayStep()) await this.#pause();
    }
    if (this.#mode === 'stop') throw new Stopped();
    if (this.isOvertaken()) throw new Overtaken();
    this.#lastYield = performance.now();
  }

  #mayStep() {
    if (this.#steps === 0) return false;
    this.#steps--;
    return true;
  }

  async #pause() {
    this.show();
    this.onPause(true);
    await new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
    });
    this.#mayStep();
    this.onPause(false);
    if (this.interaction) await this.interaction;
  }
}

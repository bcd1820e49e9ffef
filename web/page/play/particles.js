/** The walk from noise to samples as something that plays: frames that come one by one, and where each particle is at a moment. */

/** How long a walk takes, then rests. */
export const WALK_MS = 2600;
export const REST_MS = 1400;

export class Particles {
  /** A frame for each timestep, from T - 1 down to -1. @type {{t: number, x: Float32Array}[]} */
  frames = [];
  isWhole = false;
  /** How many frames there will be. */
  count = 2;

  /** @param {number} steps */
  begin(steps) {
    this.frames = [];
    this.isWhole = false;
    this.count = steps + 1;
  }

  /** @param {number[]} ts @param {Float32Array[]} frames @param {boolean} done */
  add(ts, frames, done) {
    for (const [i, x] of frames.entries()) this.frames.push({ t: ts[i], x });
    this.isWhole = done;
  }

  /** The samples, once they are there. */
  get samples() {
    return this.isWhole ? (this.frames.at(-1)?.x ?? null) : null;
  }

  /** As a place among the frames: what is not there yet is waited for. @param {number} part 0 noise, 1 samples */
  placeOf(part) {
    return Math.max(0, Math.min(part * (this.count - 1), this.frames.length - 1));
  }

  /** Between two frames, in a straight line. @param {number} place @param {Float32Array} out @returns {Float32Array} */
  at(place, out) {
    const from = this.frames[Math.floor(place)]?.x;
    const to = this.frames[Math.ceil(place)]?.x ?? from;
    if (!from || !to) return out.subarray(0, 0);
    const u = place - Math.floor(place);
    for (let i = 0; i < from.length; i++) out[i] = from[i] + u * (to[i] - from[i]);
    return out.subarray(0, from.length);
  }

  /** @param {number} place @returns {number} the timestep there, -1 for samples */
  tAt(place) {
    const [from, to] = [this.frames[Math.floor(place)], this.frames[Math.ceil(place)]];
    return from && to ? from.t + (place - Math.floor(place)) * (to.t - from.t) : -1;
  }

  /** @param {number} t @returns {number} where among the frames it is */
  placeAt(t) {
    const { frames } = this;
    for (let i = 1; i < frames.length; i++)
      if (frames[i].t <= t) return i - (t - frames[i].t) / (frames[i - 1].t - frames[i].t);
    return Math.max(0, frames.length - 1);
  }
}

/** Particles that follow a field of vectors v by small steps: x <- x + h v + noise sqrt(2 h) z. With v the score and noise 1 that is Langevin dynamics. */
import { vectorAt } from './lattice.js';

/** @typedef {{shape: number[], data: Float32Array}} Shaped */

/** More of them is neither quick nor to be told apart. */
export const MOST_PARTICLES = 2000;
/** How many places of its way a particle trails. */
export const TRAIL = 9;

/** Standard normal numbers, the same for the same seed: by xorshift, Box and Muller. @param {number} seed */
export function normals(seed) {
  let s = seed | 0 || 1;
  const uniform = () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return ((s >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** @param {number} seed of the noise */
export function createSwarm(seed) {
  let normal = normals(seed);
  /** The last places, the newest first: x, y, x, y, ... @type {number[][]} */
  let trail = [[]];
  let steps = 0;
  return {
    steps: () => steps,
    trail: () => trail,
    /** @returns {number[]} x, y, x, y, ... */
    places: () => trail[0],
    /** Gives whether there was room. @param {ArrayLike<number>} places x, y, x, y, ... */
    drop(places) {
      if (trail[0].length + places.length > 2 * MOST_PARTICLES) return false;
      trail = trail.map((at) => [...at, ...Array.from(places)]);
      return true;
    },
    clear() {
      trail = [[]];
      steps = 0;
      normal = normals(seed);
    },
    /** @param {Shaped} vectors @param {[number, number]} range @param {number} h how far @param {number} noise */
    step(vectors, range, h, noise) {
      const [now] = trail;
      const next = new Array(now.length);
      const spread = noise * Math.sqrt(2 * h);
      for (let i = 0; i < now.length; i += 2) {
        const v = vectorAt(vectors, range, now[i], now[i + 1]);
        next[i] = now[i] + h * v[0] + spread * normal();
        next[i + 1] = now[i + 1] + h * v[1] + spread * normal();
      }
      trail = [next, ...trail].slice(0, TRAIL);
      steps++;
    },
  };
}

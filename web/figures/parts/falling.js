/** A curve of alpha_bar through a few points that can be moved: it falls from step to step wherever they are put. */

const POINTS = 9;
/** Of the first point, and of the last. */
const HIGHEST = 0.9999;
const LOWEST = 1e-5;
/** What a point keeps of the one before it, at most: so every step has a beta above 0. */
const KEPT = 0.995;

/** The timesteps of the points. @param {number} T @returns {number[]} */
export function placesOf(T) {
  const n = Math.min(POINTS, T);
  return Array.from({ length: n }, (_, j) => Math.round((j * (T - 1)) / (n - 1)));
}

/** How high and how low a point can be, with room for the others. @param {number} j @param {number} n @returns {[number, number]} */
export const roomOf = (j, n) => [LOWEST / KEPT ** (n - 1 - j), HIGHEST * KEPT ** j];

/** A point moves, and pushes along those that would lie wrongly to it. @param {number[]} points @param {number} j @param {number} to @returns {number[]} */
export function moved(points, j, to) {
  const [low, high] = roomOf(j, points.length);
  const next = [...points];
  next[j] = Math.max(low, Math.min(to, high));
  for (let i = j + 1; i < next.length; i++) next[i] = Math.min(next[i], next[i - 1] * KEPT);
  for (let i = j - 1; i >= 0; i--) next[i] = Math.max(next[i], next[i + 1] / KEPT);
  return next;
}

/** The points on a curve of T numbers. @param {ArrayLike<number>} curve @returns {number[]} */
export function pointsOf(curve) {
  const wanted = placesOf(curve.length).map((t) => curve[t]);
  // From points that lie as low as they can, each is raised to its place: none pushes another away from there.
  const lowest = wanted.map((_, j) => roomOf(j, wanted.length)[0]);
  return wanted.reduceRight((points, to, j) => (to > points[j] ? moved(points, j, to) : points), lowest);
}

/** At an end: as a parabola through three points has it, as far as the curve still falls there. @param {number} h @param {number} next @param {number} d @param {number} after */
const endSlope = (h, next, d, after) =>
  d * Math.max(0.02, Math.min(((2 * h + next) * d - h * after) / ((h + next) * d), 3));

/** Slopes with which no cubic between two points turns round (Fritsch and Butland). @param {number[]} x @param {number[]} y */
function slopesOf(x, y) {
  const last = x.length - 1;
  const wide = Array.from({ length: last }, (_, k) => x[k + 1] - x[k]);
  const steep = wide.map((h, k) => (y[k + 1] - y[k]) / h);
  return x.map((_, k) => {
    if (last === 1) return steep[0];
    if (k === 0) return endSlope(wide[0], wide[1], steep[0], steep[1]);
    if (k === last) return endSlope(wide[k - 1], wide[k - 2], steep[k - 1], steep[k - 2]);
    const [a, b] = [2 * wide[k] + wide[k - 1], wide[k] + 2 * wide[k - 1]];
    return (a + b) / (a / steep[k - 1] + b / steep[k]);
  });
}

/** The angle of a place: cos is the weight of the data there, sin that of the noise. In it all common schedules are nearly straight. */
const angle = (/** @type {number} */ a) => Math.acos(Math.sqrt(a));

/** alpha_bar at every timestep. @param {number[]} points @param {number} T @returns {number[]} */
export function curveOf(points, T) {
  const x = placesOf(T);
  const y = points.map(angle);
  const slopes = slopesOf(x, y);
  let k = 0;
  return Array.from({ length: T }, (_, t) => {
    while (k < x.length - 2 && t > x[k + 1]) k++;
    const h = x[k + 1] - x[k];
    const u = (t - x[k]) / h;
    const part = y[k] + (y[k + 1] - y[k]) * u * u * (3 - 2 * u);
    return Math.cos(part + h * u * (1 - u) * (slopes[k] * (1 - u) - slopes[k + 1] * u)) ** 2;
  });
}

/** The rates of such a curve. @param {number[]} alpha_bar @returns {number[]} */
export const betasOf = (alpha_bar) => alpha_bar.map((a, t) => 1 - a / (t ? alpha_bar[t - 1] : 1));

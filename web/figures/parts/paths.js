/** Paths of points through time: where each is at a moment, and how long its way was. */

/** @typedef {{frames: Float32Array[], times: number[]}} Paths frames: x, y, x, y, ... of the same points each, at rising or at falling times */

/** The frame that is reached at a time: a whole number, or so far on to the next. @param {number[]} times @param {number} time */
export function frameAt(times, time) {
  const way = times[times.length - 1] < times[0] ? -1 : 1;
  const last = times.length - 1;
  if ((time - times[0]) * way <= 0) return 0;
  if ((time - times[last]) * way >= 0) return last;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((time - times[middle]) * way >= 0) low = middle;
    else high = middle;
  }
  return low + (time - times[low]) / (times[high] - times[low]);
}

/** Where all points are at a frame, or between two. @param {Float32Array[]} frames @param {number} at @returns {Float32Array} */
export function placesAt(frames, at) {
  const k = Math.floor(at);
  if (k === at) return frames[k];
  return frames[k].map((v, j) => v + (frames[k + 1][j] - v) * (at - k));
}

/** Means over the points: how long their paths are, and how far apart their ends. @param {Float32Array[]} frames */
export function lengthsOf(frames) {
  const n = frames[0].length / 2;
  const between = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) => {
    let sum = 0;
    for (let j = 0; j < a.length; j += 2) sum += Math.hypot(b[j] - a[j], b[j + 1] - a[j + 1]);
    return sum / n;
  };
  let path = 0;
  for (let k = 1; k < frames.length; k++) path += between(frames[k - 1], frames[k]);
  return { path, direct: between(frames[0], frames[frames.length - 1]) };
}

/** Drawings: strokes in the square from -2.6 to 2.6, those to choose from, and the points that a drawing becomes. */

/** @typedef {[number, number]} Place */
/** @typedef {Place[]} Stroke */

/** Half the side of the square. */
export const RANGE = 2.6;
/** How many points a drawing becomes: what is trained on. */
export const POINTS = 3000;
/** How far they lie beside its line (standard deviation). */
const WIDTH = 0.035;
/** What a dot counts as, so that it gets points at all. */
const DOT = 0.25;

/** @param {number} n @param {(u: number) => Place} at u from 0 to 1 @returns {Stroke} */
const curve = (n, at) => Array.from({ length: n + 1 }, (_, i) => at(i / n));
/** @param {number} x @param {number} y @param {number} r @param {number} from turns @param {number} to @returns {Stroke} */
const arc = (x, y, r, from, to) =>
  curve(60, (u) => {
    const angle = 2 * Math.PI * (from + u * (to - from));
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });

/** @type {Record<string, {title: string, strokes: Stroke[]}>} */
export const PRESETS = {
  spiral: {
    title: 'Spiral',
    strokes: [
      curve(160, (u) => {
        const angle = 0.6 + 2.3 * 2 * Math.PI * u;
        return [(0.2 + 1.75 * u) * Math.cos(angle), (0.2 + 1.75 * u) * Math.sin(angle)];
      }),
    ],
  },
  heart: {
    title: 'Heart',
    strokes: [
      curve(120, (u) => {
        const a = 2 * Math.PI * u;
        const y = 13 * Math.cos(a) - 5 * Math.cos(2 * a) - 2 * Math.cos(3 * a) - Math.cos(4 * a);
        return [1.9 * Math.sin(a) ** 3, 0.115 * y + 0.25];
      }),
    ],
  },
  moons: { title: 'Two moons', strokes: [arc(-0.65, -0.25, 1.3, 0, 0.5), arc(0.65, 0.4, 1.3, 0.5, 1)] },
  smile: {
    title: 'Smile',
    strokes: [
      arc(0, 0, 1.9, 0, 1),
      arc(0, 0.1, 1.15, 0.58, 0.92),
      arc(-0.65, 0.65, 0.13, 0, 1),
      arc(0.65, 0.65, 0.13, 0, 1),
    ],
  },
  hello: {
    title: 'Hi!',
    strokes: [
      [
        [-1.9, 1.3],
        [-1.9, -1.3],
      ],
      [
        [-0.5, 1.3],
        [-0.5, -1.3],
      ],
      [
        [-1.9, 0],
        [-0.5, 0],
      ],
      [
        [0.6, 0.4],
        [0.6, -1.3],
      ],
      arc(0.6, 1.05, 0.1, 0, 1),
      [
        [1.7, 1.3],
        [1.7, -0.6],
      ],
      arc(1.7, -1.15, 0.1, 0, 1),
    ],
  },
};

/** The same numbers every time: a drawing always becomes the same points. @param {number} seed @returns {() => number} 0 to 1 */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Segments of all strokes, with how long each is. @param {Stroke[]} strokes */
const segmentsOf = (strokes) =>
  strokes.flatMap((stroke) => {
    const parts = stroke.slice(1).map((to, i) => ({
      from: stroke[i],
      to,
      length: Math.hypot(to[0] - stroke[i][0], to[1] - stroke[i][1]),
    }));
    const total = parts.reduce((sum, { length }) => sum + length, 0);
    if (total >= DOT) return parts;
    const [dot] = stroke;
    return dot ? [{ from: dot, to: stroke.at(-1) ?? dot, length: DOT }] : [];
  });

/**
 * Points evenly along the strokes, each a little beside them, in no order.
 * @param {Stroke[]} strokes @param {number} [n] @param {number} [seed] @returns {Float32Array} x and y of each; none where nothing is drawn
 */
export function pointsOf(strokes, n = POINTS, seed = 1) {
  const segments = segmentsOf(strokes);
  const total = segments.reduce((sum, { length }) => sum + length, 0);
  if (segments.length === 0) return new Float32Array();
  const next = chance(seed);
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  const points = new Float32Array(2 * n);
  let [k, passed] = [0, 0];
  for (let i = 0; i < n; i++) {
    const at = ((i + next()) / n) * total;
    while (k < segments.length - 1 && passed + segments[k].length <= at) passed += segments[k++].length;
    const { from, to, length } = segments[k];
    const u = Math.min(1, (at - passed) / length);
    for (const axis of [0, 1])
      points[2 * i + axis] = from[axis] + u * (to[axis] - from[axis]) + WIDTH * normal();
  }
  return shuffled(points, next);
}

/** @param {Float32Array} points @param {() => number} next */
function shuffled(points, next) {
  for (let i = points.length / 2 - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    for (const axis of [0, 1])
      [points[2 * i + axis], points[2 * j + axis]] = [points[2 * j + axis], points[2 * i + axis]];
  }
  return points;
}

/** A small drawing for each card of the start page: points, paths and fields, computed when the site is built, in the page's own colours. */
import { PRESETS, pointsOf } from '../page/play/shapes.js';

/** @typedef {[number, number]} Place in a panel, -2.6 to 2.6 */
/** @typedef {{at: (place: Place) => string, width: number}} Panel */

const [WIDTH, HEIGHT] = [144, 48];
const RANGE = 2.6;

/** Standard normal numbers, the same in every build. @param {number} seed */
function normals(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** @param {Float32Array} points @returns {Place[]} */
const placesOf = (points) =>
  Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);
/** @param {keyof typeof PRESETS} name @param {number} n */
const figure = (name, n) => placesOf(pointsOf(PRESETS[name].strokes, n));

/** The k-th of `of` squares side by side. @param {number} k @param {number} of @returns {(place: Place) => string} */
const panel =
  (k, of) =>
  ([x, y]) => {
    const left = (WIDTH * (k + 0.5)) / of + (x * HEIGHT) / (2 * RANGE);
    const top = HEIGHT / 2 - (y * HEIGHT) / (2 * RANGE);
    return `${left.toFixed(1)} ${top.toFixed(1)}`;
  };

/** @param {string} colour of tokens.css @param {string} d @param {number} [width] */
const path = (colour, d, width = 1) => `<path stroke="var(--c-${colour})" stroke-width="${width}" d="${d}"/>`;
/** @param {(place: Place) => string} at @param {Place[]} places */
const dots = (at, places) => places.map((place) => `M${at(place)}h0`).join('');
/** @param {(place: Place) => string} at @param {Place[]} places */
const line = (at, places) => `M${places.map(at).join('L')}`;

/** x_t = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) eps @param {Place[]} places @param {number} alphaBar @param {number} seed @returns {Place[]} */
function noised(places, alphaBar, seed) {
  const normal = normals(seed);
  const [a, b] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  return places.map(([x, y]) => [a * x + b * normal(), a * y + b * normal()]);
}

/** The exact predicted x_0 of points noised so far: their mean, weighted by how likely each became x. @param {Place[]} data @param {Place} x @param {number} alphaBar @returns {Place} */
function meanAt(data, [x, y], alphaBar) {
  const a = Math.sqrt(alphaBar);
  const logs = data.map(([u, v]) => -((x - a * u) ** 2 + (y - a * v) ** 2) / (2 * (1 - alphaBar)));
  const most = Math.max(...logs);
  const weights = logs.map((each) => Math.exp(each - most));
  const sum = weights.reduce((p, q) => p + q, 0);
  const mean = (/** @type {0 | 1} */ axis) =>
    data.reduce((total, place, i) => total + weights[i] * place[axis], 0) / sum;
  return [mean(0), mean(1)];
}

/** cos^2, as of Nichol and Dhariwal. @param {number} u t / T */
const cosine = (u) => Math.cos(((u + 0.008) / 1.008) * (Math.PI / 2)) ** 2;

/** Walks from noise to samples by the exact x_0, DDIM's update with eta. @param {Place[]} data @param {number} steps @param {number} eta @returns {Place[][]} */
function walks(data, steps, eta) {
  const normal = normals(5);
  return Array.from({ length: 7 }, () => {
    /** @type {Place[]} */
    const way = [[1.1 * normal(), 1.1 * normal()]];
    for (let k = steps; k > 0; k--) {
      const [now, next] = [cosine((0.98 * k) / steps), cosine((0.98 * (k - 1)) / steps)];
      const x = way[way.length - 1];
      const x0 = meanAt(data, x, now);
      const sigma = k > 1 ? eta * Math.sqrt(((1 - next) / (1 - now)) * (1 - now / next)) : 0;
      const step = (/** @type {0 | 1} */ axis) => {
        const eps = (x[axis] - Math.sqrt(now) * x0[axis]) / Math.sqrt(1 - now);
        return Math.sqrt(next) * x0[axis] + Math.sqrt(1 - next - sigma ** 2) * eps + sigma * normal();
      };
      way.push([step(0), step(1)]);
    }
    return way;
  });
}

/** @param {number} steps @param {number} eta */
function walksDrawn(steps, eta) {
  const moons = figure('moons', 120);
  const at = panel(0, 1);
  const wide = (/** @type {Place} */ [x, y]) => at([1.7 * x, y]);
  const ways = walks(moons, steps, eta).slice(0, eta > 0 ? 3 : 7);
  return (
    path('faint', dots(wide, moons), 1.6) +
    path('xt', ways.map((way) => line(wide, way)).join(''), 0.8) +
    path(
      'x0',
      dots(
        wide,
        ways.map((way) => way[way.length - 1]),
      ),
      3,
    ) +
    path(
      'eps',
      dots(
        wide,
        ways.map((way) => way[0]),
      ),
      3,
    )
  );
}

function field() {
  const moons = figure('moons', 120);
  const at = panel(0, 1);
  const arrows = [];
  for (let x = -7; x <= 7; x += 0.9)
    for (let y = -2.2; y <= 2.3; y += 0.9) {
      const [mx, my] = meanAt(moons, [x / 1.7, y], 0.75);
      const [dx, dy] = [0.87 * mx - x / 1.7, 0.87 * my - y];
      const long = Math.hypot(dx, dy) || 1;
      arrows.push(
        line(at, [
          [x, y],
          [x + (0.6 * dx) / long, y + (0.6 * dy) / long],
        ]) + dots(at, [[x + (0.6 * dx) / long, y + (0.6 * dy) / long]]),
      );
    }
  return (
    path(
      'faint',
      dots(([x, y]) => at([1.7 * x, y]), moons),
      1.6,
    ) + path('xt', arrows.join(''), 1)
  );
}

/** A picture of squares with noise in it. @param {(x: number, y: number) => boolean} inside of a square from -1 to 1 @param {number} k @param {number} of @param {number} alphaBar */
function pixels(inside, k, of, alphaBar) {
  const normal = normals(20 + k);
  const side = 12;
  const size = 40 / side;
  const left = (WIDTH * (k + 0.5)) / of - 20;
  return Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const on = inside((2 * (x + 0.5)) / side - 1, 1 - (2 * (y + 0.5)) / side) ? 1 : -1;
    const value = Math.sqrt(alphaBar) * on + Math.sqrt(1 - alphaBar) * normal();
    const opacity = Math.max(0, Math.min(1, (value + 1) / 2));
    return `<rect x="${(left + x * size).toFixed(1)}" y="${(4 + y * size).toFixed(1)}" width="3.4" height="3.4" fill="var(--c-x0)" opacity="${opacity.toFixed(1)}"/>`;
  }).join('');
}
const circle = (/** @type {number} */ x, /** @type {number} */ y) => Math.hypot(x, y) < 0.75;
const square = (/** @type {number} */ x, /** @type {number} */ y) =>
  Math.max(Math.abs(x), Math.abs(y)) < 0.65;
const triangle = (/** @type {number} */ x, /** @type {number} */ y) =>
  y > -0.65 && y < 0.8 - 1.9 * Math.abs(x);

/** @param {(u: number) => number} alphaBar */
const curve = (alphaBar) =>
  `M${Array.from({ length: 41 }, (_, i) => `${(6 + (132 * i) / 40).toFixed(1)} ${(44 - 40 * alphaBar(i / 40)).toFixed(1)}`).join('L')}`;

/** What training has to find: the noise in each point. */
function noiseArrows() {
  const data = figure('spiral', 90);
  const at = panel(0, 1);
  const far = noised(data, 0.93, 3);
  const wide = (/** @type {Place} */ [x, y]) => at([2.4 * x, y]);
  return (
    path('eps', data.map((place, i) => line(wide, [place, far[i]])).join(''), 0.7) +
    path('xt', dots(wide, far), 1.8) +
    path('x0', dots(wide, data), 1.4)
  );
}

function unet() {
  const boxes = [
    [8, 4, 40],
    [34, 12, 24],
    [64, 18, 12],
    [98, 12, 24],
    [124, 4, 40],
  ];
  const drawn = boxes.map(
    ([x, y, tall]) => `<rect x="${x}" y="${y}" width="12" height="${tall}" rx="2" fill="var(--c-xt)"/>`,
  );
  return `${path('faint', 'M20 10H124M46 18H98', 1.4)}${path('xt', 'M20 24H34M46 24H64M76 24H98M110 24H124', 1.4)}${drawn.join('')}`;
}

/** Three classes, and the one that was asked for. */
function guided() {
  const normal = normals(9);
  const cloud = (/** @type {number} */ x, /** @type {number} */ wide) =>
    Array.from({ length: 45 }, () => /** @type {Place} */ ([x + wide * normal(), 0.7 * wide * normal()]));
  const at = panel(0, 1);
  return (
    path('faint', dots(at, [...cloud(-5, 1), ...cloud(0, 1)]), 2) +
    path('faint', dots(at, cloud(5, 1.1)), 2) +
    path('abar', dots(at, cloud(5.2, 0.55)), 2.2)
  );
}

/** One noisy point, and the three ways from there: to the data, against the noise, and along the arc between them. */
function targets() {
  const at = (/** @type {number} */ angle, /** @type {number} */ r) =>
    `${(30 + 92 * r * Math.cos(angle)).toFixed(1)} ${(44 - 40 * r * Math.sin(angle)).toFixed(1)}`;
  const arc = Array.from({ length: 31 }, (_, i) => at((i * Math.PI) / 60, 1)).join('L');
  const now = 0.85;
  const v = `M${at(now, 1)}l${(-34 * Math.sin(now)).toFixed(1)} ${(-15 * Math.cos(now)).toFixed(1)}`;
  return (
    path('faint', `M${arc}`, 1.4) +
    path('x0', `M30 44L${at(0, 1)}`, 1.6) +
    path('eps', `M30 44L${at(Math.PI / 2, 1)}`, 1.6) +
    path('abar', v, 1.8) +
    path('xt', `M${at(now, 1)}h0`, 5)
  );
}

/** Lines from noise to data that do not bend. */
function straight() {
  const normal = normals(4);
  const moons = figure('moons', 120);
  const wide = (/** @type {Place} */ [x, y]) => panel(0, 1)([1.7 * x, y]);
  const ends = moons.filter((_, i) => i % 12 === 5);
  const starts = ends.map(([x, y]) => /** @type {Place} */ ([0.9 * x + 0.7 * normal(), y + 0.8 * normal()]));
  return (
    path('faint', dots(wide, moons), 1.6) +
    path('xt', ends.map((end, i) => line(wide, [starts[i], end])).join(''), 0.8) +
    path('eps', dots(wide, starts), 3) +
    path('x0', dots(wide, ends), 3)
  );
}

/** A picture, the same with a hole, and the hole filled. */
const holes = () =>
  pixels(circle, 0, 3, 0.99) +
  pixels((x, y) => circle(x, y) && x < 0.05, 1, 3, 0.99) +
  path('eps', 'M73 5H91V43H73Z', 1.4) +
  pixels(circle, 2, 3, 0.99);

/** Encoder, latent, decoder. */
const latents = () =>
  `${pixels(triangle, 0, 3, 0.99)}${path('abar', 'M64 16H80V32H64ZM64 24H80M72 16V32', 1.6)}${path('faint', 'M47 24H58M86 24H97', 1.6)}${pixels(triangle, 2, 3, 0.9)}`;

/** A line of text, and what it asks for. */
const words = () =>
  path('faint', 'M6 8H92V40H6Z', 1.4) +
  path('xt', 'M14 18H34M40 18H58M64 18H82M14 30H44', 2.4) +
  path('x0', 'M50 25V35', 1.6) +
  pixels(square, 2, 3, 0.98);

/** @type {Record<string, () => string>} */
const DRAWINGS = {
  '01-noise': () =>
    [1, 0.97, 0.02]
      .map((alphaBar, k) =>
        path(['x0', 'xt', 'eps'][k], dots(panel(k, 3), noised(figure('spiral', 130), alphaBar, 7)), 1.6),
      )
      .join(''),
  '02-schedules': () =>
    path('faint', 'M6 44H138', 1) +
    path(
      'abar',
      curve((u) => cosine(u)),
      2,
    ) +
    path(
      'eps',
      curve((u) => Math.exp(-(0.1 * u + 9.95 * u * u))),
      2,
    ),
  '03-one-jump': () =>
    path('x0', dots(panel(0, 3), figure('spiral', 130)), 1.6) +
    path('abar', 'M50 24H92M87 20L92 24L87 28', 1.6) +
    path('xt', dots(panel(2, 3), noised(figure('spiral', 130), 0.4, 4)), 1.6),
  '04-score': field,
  '05-training': noiseArrows,
  '06-ddpm-sampling': () => walksDrawn(60, 1),
  '07-unet': unet,
  '08-images': () => [circle, square, triangle].map((inside, k) => pixels(inside, k, 3, 0.97)).join(''),
  '09-ddim': () => walksDrawn(14, 0),
  '10-guidance': guided,
  '11-what-to-predict': targets,
  '12-straight-paths': straight,
  '13-editing': holes,
  '14-latents': latents,
  '15-text': words,
  companion: () => [0.02, 0.6, 0.99].map((alphaBar, k) => pixels(circle, k, 3, alphaBar)).join(''),
  cards: () =>
    `${path('faint', 'M52 8H92V40H52Z', 1.4)}${path('xt', 'M66 19Q66 14 72 14T78 19T72 27M72 33h0', 2.6)}`,
  'final-challenge': () => path('x0', dots(panel(0, 1), figure('heart', 220)), 1.6),
  summary: () =>
    path('faint', dots(panel(0, 2), noised(figure('spiral', 160), 0.02, 2)), 1.6) +
    path('x0', dots(panel(1, 2), figure('spiral', 160)), 1.6),
};

/** @param {string} slug a page's @returns {string} */
export function pictureOf(slug) {
  const draw = DRAWINGS[slug];
  if (!draw) throw new Error(`${slug} has no picture in pictures.js`);
  return `<svg class="card-picture" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${draw()}</svg>`;
}

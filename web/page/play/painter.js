/** Draws the playground: density, arrows, strokes, particles with their trails, the keyboard's pen; and the curve of the loss. */
import { colour } from '../../figures/parts/dom.js';
import { RANGE } from './shapes.js';

/** @typedef {import('./particles.js').Particles} Particles */
/**
 * @typedef {object} Scene
 * @property {import('./shapes.js').Stroke[]} strokes
 * @property {boolean} bold whether the strokes are what is looked at
 * @property {string[]} [inks] of bold strokes, where they are not all of one: names in tokens.css
 * @property {Particles | null} particles
 * @property {number} place among the particles' frames
 * @property {{score: Float32Array, density: Float32Array | null} | null} field
 * @property {import('./shapes.js').Place | null} pen
 */

/** Frames before the present one that a trail shows. */
const TRAIL = 5;

/** @param {CanvasRenderingContext2D} g @param {Element} root @param {Float32Array} density */
function paintDensity(g, root, density) {
  const side = Math.sqrt(density.length);
  const small = new OffscreenCanvas(side, side);
  const pixels = new ImageData(side, side);
  const rgb = colour(root, 'abar');
  for (let i = 0; i < density.length; i++) pixels.data.set([...rgb, 150 * density[i] ** 0.6], 4 * i);
  small.getContext('2d')?.putImageData(pixels, 0, 0);
  g.imageSmoothingEnabled = true;
  g.drawImage(small, 0, 0, g.canvas.width, g.canvas.height);
}

/** Arrows of even length; where the score is weak they are faint. @param {CanvasRenderingContext2D} g @param {Element} root @param {Float32Array} score */
function paintScore(g, root, score) {
  const count = score.length / 2;
  const side = Math.sqrt(count);
  const cell = g.canvas.width / side;
  const lengths = Array.from({ length: count }, (_, i) => Math.hypot(score[2 * i], score[2 * i + 1]));
  const most = lengths.toSorted((a, b) => a - b)[Math.floor(0.9 * count)] || 1;
  const rgb = colour(root, 'xt').join(' ');
  g.lineWidth = cell / 22;
  for (let i = 0; i < count; i++) {
    if (!(lengths[i] > 0)) continue;
    const [ux, uy] = [score[2 * i] / lengths[i], -score[2 * i + 1] / lengths[i]];
    const x = ((i % side) + 0.5) * cell;
    const y = (Math.floor(i / side) + 0.5) * cell;
    const [long, head] = [0.36 * cell, 0.17 * cell];
    const [tx, ty] = [x + ux * long, y + uy * long];
    g.strokeStyle = `rgb(${rgb} / ${0.2 + 0.6 * Math.min(1, lengths[i] / most)})`;
    g.beginPath();
    g.moveTo(x - ux * long, y - uy * long);
    g.lineTo(tx, ty);
    g.moveTo(tx - head * (ux - 0.6 * uy), ty - head * (uy + 0.6 * ux));
    g.lineTo(tx, ty);
    g.lineTo(tx - head * (ux + 0.6 * uy), ty - head * (uy - 0.6 * ux));
    g.stroke();
  }
}

/** @param {CanvasRenderingContext2D} g @param {Pick<Scene, 'strokes'>} scene @param {string} style @param {number} width */
function paintStrokes(g, { strokes }, style, width) {
  const size = g.canvas.width;
  g.strokeStyle = style;
  g.lineWidth = width;
  g.lineCap = g.lineJoin = 'round';
  g.beginPath();
  for (const stroke of strokes)
    for (const [i, [x, y]] of [...stroke, stroke[0]].slice(0, stroke.length === 1 ? 2 : -1).entries()) {
      const [left, top] = [((x + RANGE) / (2 * RANGE)) * size, ((RANGE - y) / (2 * RANGE)) * size];
      if (i === 0) g.moveTo(left, top);
      else g.lineTo(left, top + (stroke.length === 1 ? 0.01 : 0));
    }
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {Element} root @param {Scene} scene */
function paintBold(g, root, { strokes, inks = strokes.map(() => 'x0') }) {
  for (const ink of new Set(inks)) {
    const those = strokes.filter((_, i) => inks[i] === ink);
    paintStrokes(g, { strokes: those }, `rgb(${colour(root, ink).join(' ')})`, g.canvas.width / 70);
  }
}

/** One path for all particles: a thousand single ones would take a frame's time. @param {CanvasRenderingContext2D} g @param {Float32Array} x @param {number} dot */
function paintDots(g, x, dot) {
  const scale = g.canvas.width / (2 * RANGE);
  g.beginPath();
  for (let i = 0; i < x.length; i += 2) {
    const [left, top] = [(x[i] + RANGE) * scale, (RANGE - x[i + 1]) * scale];
    g.moveTo(left + dot, top);
    g.arc(left, top, dot, 0, 7);
  }
  g.fill();
}

/** @param {CanvasRenderingContext2D} g @param {Float32Array[]} places of all particles, the latest last */
function paintTrails(g, places) {
  const scale = g.canvas.width / (2 * RANGE);
  for (let k = 1; k < places.length; k++) {
    g.globalAlpha = (0.4 * k) / places.length;
    g.beginPath();
    for (let i = 0; i < places[k].length; i += 2) {
      g.moveTo((places[k - 1][i] + RANGE) * scale, (RANGE - places[k - 1][i + 1]) * scale);
      g.lineTo((places[k][i] + RANGE) * scale, (RANGE - places[k][i + 1]) * scale);
    }
    g.stroke();
  }
  g.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} g @param {Element} root @param {Particles} particles @param {number} place */
function paintParticles(g, root, particles, place) {
  const size = g.canvas.width;
  const whole = particles.count - 1;
  const done = Math.min(1, place / whole);
  const [from, to] = [colour(root, 'eps'), colour(root, 'x0')];
  const rgb = from.map((v, k) => Math.round(v + (to[k] - v) * done)).join(' ');
  const room = 2 * 4096;
  const step = whole / 45;
  const places = Array.from({ length: TRAIL + 1 }, (_, k) =>
    particles.at(Math.max(0, place - (TRAIL - k) * step), new Float32Array(room)).slice(),
  );
  g.strokeStyle = `rgb(${rgb})`;
  g.lineWidth = size / 420;
  if (place < whole || !particles.isWhole) paintTrails(g, places);
  g.fillStyle = `rgb(${rgb} / 0.75)`;
  paintDots(g, places[TRAIL], size / 240);
}

/** @param {CanvasRenderingContext2D} g @param {Element} root where it is: for its colours @param {Scene} scene */
export function paint(g, root, scene) {
  const size = g.canvas.width;
  g.fillStyle = `rgb(${colour(root, 'figure').join(' ')})`;
  g.fillRect(0, 0, size, size);
  if (scene.field?.density) paintDensity(g, root, scene.field.density);
  if (scene.bold) paintBold(g, root, scene);
  else paintStrokes(g, scene, `rgb(${colour(root, 'faint').join(' ')} / 0.35)`, size / 60);
  if (scene.field) paintScore(g, root, scene.field.score);
  if (scene.particles?.frames.length) paintParticles(g, root, scene.particles, scene.place);
  if (!scene.pen) return;
  const [x, y] = scene.pen.map((v) => (v / (2 * RANGE)) * size);
  g.strokeStyle = `rgb(${colour(root, 'x0').join(' ')})`;
  g.lineWidth = size / 200;
  g.beginPath();
  g.arc(size / 2 + x, size / 2 - y, size / 60, 0, 7);
  g.stroke();
}

/** The losses so far, over all steps that there will be; smoothed, for one batch says little. @param {HTMLCanvasElement} canvas @param {number[]} losses @param {number} part of all steps */
export function paintLoss(canvas, losses, part) {
  const g = canvas.getContext('2d');
  if (!g) return;
  const { width, height } = canvas;
  g.clearRect(0, 0, width, height);
  g.strokeStyle = `rgb(${colour(canvas, 'grid').join(' ')})`;
  g.lineWidth = 2;
  g.strokeRect(1, 1, width - 2, height - 2);
  if (losses.length < 2) return;
  g.strokeStyle = `rgb(${colour(canvas, 'eps').join(' ')})`;
  g.lineWidth = 3;
  g.beginPath();
  let smooth = losses[0];
  losses.forEach((loss, i) => {
    smooth += 0.15 * (loss - smooth);
    const x = (i / (losses.length - 1)) * part * (width - 8) + 4;
    const y = (1 - Math.min(1, smooth)) * (height - 8) + 4;
    if (i === 0) g.moveTo(x, y);
    else g.lineTo(x, y);
  });
  g.stroke();
}

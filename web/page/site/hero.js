/** The forward process on a spiral: x_t = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) eps, with the cosine schedule. */
import { colour, onLook } from '../../figures/parts/dom.js';

const POINTS = 700;
/** Of the spiral's arm. */
const WIDTH = 0.045;
const T = 1000;
const PERIOD_MS = 14000;
/** Until it starts to move. */
const REST_MS = 1500;

/** Standard normal, by Box and Muller. */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Points of a spiral, each with the noise that it will get. */
const spiral = () =>
  Array.from({ length: POINTS }, (_, i) => {
    const angle = 4.5 * Math.PI * Math.sqrt((i + 0.5) / POINTS);
    const radius = (2.3 * angle) / (4.5 * Math.PI);
    const [x, y] = [radius * Math.cos(angle) + normal() * WIDTH, radius * Math.sin(angle) + normal() * WIDTH];
    return { x, y, ex: normal(), ey: normal() };
  });

/** @param {Element} figure */
export function setUpHero(figure) {
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector('canvas'));
  const slider = /** @type {HTMLInputElement} */ (figure.querySelector('input'));
  const output = /** @type {HTMLOutputElement} */ (figure.querySelector('output'));
  const g = canvas.getContext('2d');
  if (!g) return;
  const points = spiral();
  let held = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let frame = 0;
  const colours = () => [colour(figure, 'x0'), colour(figure, 'eps')];
  let [from, to] = colours();

  /** @param {number} t 0 to 999 */
  function draw(t) {
    if (!g) return;
    const size = canvas.width;
    const alphaBar = Math.cos(((t / T + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    const [a, b] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    g.clearRect(0, 0, size, size);
    const mixed = from.map((v, k) => Math.round(v * alphaBar + to[k] * (1 - alphaBar)));
    g.fillStyle = `rgb(${mixed.join(' ')} / 0.7)`;
    for (const { x, y, ex, ey } of points) {
      g.beginPath();
      g.arc(
        size / 2 + (a * x + b * ex) * (size / 6),
        size / 2 - (a * y + b * ey) * (size / 6),
        size / 190,
        0,
        7,
      );
      g.fill();
    }
    output.textContent = `t = ${Math.round(t)}`;
  }

  /** Out and back, with a rest at both ends. @param {number} now */
  function play(now) {
    const phase = (now % PERIOD_MS) / PERIOD_MS;
    const wave = Math.min(1, Math.max(0, 0.5 - 0.62 * Math.cos(2 * Math.PI * phase)));
    slider.value = String(Math.round(999 * wave));
    draw(999 * wave);
    frame = requestAnimationFrame(play);
  }

  slider.addEventListener('input', () => {
    held = true;
    cancelAnimationFrame(frame);
    draw(Number(slider.value));
  });
  slider.value = '350';
  onLook(canvas, () => {
    [from, to] = colours();
    draw(Number(slider.value));
  });
  const watch = new IntersectionObserver(([entry]) => {
    cancelAnimationFrame(frame);
    if (entry.isIntersecting && !held) frame = requestAnimationFrame(play);
  });
  // The still picture comes with the page; it moves once the page has nothing else to do.
  setTimeout(() => watch.observe(canvas), REST_MS);
}

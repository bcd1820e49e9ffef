/** Particles in a field: what a cell may hand over, the field between the places of its lattice, and how particles move. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { particlesSvg } from '../../web/figures/particles.js';
import { sparse, vectorAt } from '../../web/figures/parts/lattice.js';
import { createSwarm, MOST_PARTICLES, normals } from '../../web/figures/parts/swarm.js';
import { sent } from './cells.mjs';

/** v on n x n places of a square, row after row from the top. @param {number} n @param {[number, number]} range @param {(x: number, y: number) => [number, number]} v */
function onLattice(n, [low, high], v) {
  const at = (/** @type {number} */ k) => low + ((high - low) * (k + 0.5)) / n;
  const data = Array.from({ length: n * n }, (_, i) => v(at(i % n), at(n - 1 - Math.floor(i / n)))).flat();
  return { shape: [n * n, 2], data: Float32Array.from(data) };
}
/** @type {[number, number]} */
const RANGE = [-2, 2];

test('particles carry the field, what they start from, and the defaults', async () => {
  const { shown, updates, error } = await sent(`
    const p = lab.particles({ vectors: lab.zeros([16, 2]), density: lab.zeros([3, 3]), particles: lab.zeros([5, 2]) });
    let why = ''; try { p.update({ step: 0 }) } catch (e) { why = e.message }
    await lab.tick(); p.update({ title: 'b', noise: 0 }); if (!/step must be/.test(why)) throw new Error('not refused: ' + why)`);
  assert.equal(error, '');
  const [{ vectors, density, particles, step, noise, range }] = shown;
  assert.deepEqual([vectors.shape, density.shape, particles.length], [[16, 2], [3, 3], 10]);
  assert.deepEqual([step, noise, range], [0.01, 1, [-3, 3]]);
  assert.deepEqual([updates[0].title, updates[0].noise, updates[0].step], ['b', 0, 0.01]);
});

for (const [source, says] of /** @type {[string, RegExp][]} */ ([
  ['lab.particles({})', /particles needs vectors/],
  ['lab.particles({ vectors: lab.zeros([16, 3]) })', /vectors must be a tensor of shape \[n, 2\]/],
  ['lab.particles({ vectors: lab.zeros([15, 2]) })', /n x n places, .* got 15 of them/],
  ['lab.particles({ vectors: lab.full([16, 2], NaN) })', /vectors must be finite numbers/],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), step: -1 })',
    /step must be a number above 0 and at most 10, got -1/,
  ],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), noise: "a" })',
    /noise must be a number from 0 to 1, got "a"/,
  ],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), noise: 1.5 })',
    /noise must be a number from 0 to 1, got 1.5/,
  ],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), particles: lab.zeros([2001, 2]) })',
    /at most 2000 particles, got 2001/,
  ],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), particles: lab.full([1, 2], NaN) })',
    /particles must stand at finite/,
  ],
  [
    'lab.particles({ vectors: lab.zeros([16, 2]), density: lab.full([2, 2], -1) })',
    /density must be finite numbers, none below 0/,
  ],
  ['lab.particles({ vectors: lab.zeros([16, 2]), color: "x0" })', /particles knows no color/],
]))
  test(`refused: ${source}`, async () => assert.match((await sent(source)).error, says));

test('between the places a field is interpolated: a linear one is met exactly, as far as the edge', () => {
  const v = (/** @type {number} */ x, /** @type {number} */ y) =>
    /** @type {[number, number]} */ ([1 + 2 * x - y, 0.5 * y - x]);
  const field = onLattice(5, RANGE, v);
  for (const [x, y] of [
    [0, 0],
    [0.3, -1.1],
    [-2, 2],
    [1.9, 1.95],
    [-1.7, 0.05],
  ]) {
    const [a, b] = vectorAt(field, RANGE, x, y);
    assert.ok(Math.hypot(a - v(x, y)[0], b - v(x, y)[1]) < 1e-5, `${x}, ${y}: ${a}, ${b}`);
  }
  assert.deepEqual(
    vectorAt(field, RANGE, 9, 0),
    vectorAt(field, RANGE, 2, 0),
    'beyond the edge it stays as it is',
  );
});

test('arrows of a dense lattice stand in the middle of the square, few enough to be seen', () => {
  const { chosen } = sparse(
    onLattice(28, RANGE, () => [3, 4]),
    RANGE,
  );
  assert.equal(chosen.length, 14 * 14);
  const mean = chosen.reduce((sum, { x, y }) => sum + x + y, 0) / chosen.length;
  assert.ok(Math.abs(mean) < 1e-6, String(mean));
  assert.ok(
    chosen.every(
      ({ ux, uy, strength }) => Math.abs(ux - 0.6) + Math.abs(uy - 0.8) + Math.abs(strength - 5) < 1e-5,
    ),
  );
});

test('without noise particles follow the field; with it, in the field -x, they become a standard Gaussian', () => {
  const field = onLattice(9, [-4, 4], (x, y) => [-x, -y]);
  const still = createSwarm(1);
  still.drop([1, -2]);
  still.step(field, [-4, 4], 0.5, 0);
  assert.deepEqual(
    still.places().map((v) => Math.round(1e5 * v) / 1e5),
    [0.5, -1],
  );
  const swarm = createSwarm(1);
  swarm.drop(new Float32Array(2 * 1000).fill(2));
  for (let k = 0; k < 300; k++) swarm.step(field, [-4, 4], 0.05, 1);
  const places = swarm.places();
  const mean = places.reduce((a, b) => a + b, 0) / places.length;
  const variance = places.reduce((a, b) => a + (b - mean) ** 2, 0) / places.length;
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(variance - 1) < 0.12, `mean ${mean}, variance ${variance}`);
  assert.equal(swarm.steps(), 300);
});

test('starting again gives the same walk; more particles than can be drawn are refused', () => {
  const field = onLattice(3, RANGE, () => [0, 0]);
  const swarm = createSwarm(7);
  const walk = () => {
    swarm.clear();
    swarm.drop([0, 0, 1, 1]);
    for (let k = 0; k < 3; k++) swarm.step(field, RANGE, 0.1, 1);
    return [...swarm.places()];
  };
  assert.deepEqual(walk(), walk());
  assert.equal(swarm.drop(new Float32Array(2 * MOST_PARTICLES)), false);
  assert.equal(swarm.places().length, 4);
});

test('the normal numbers have mean 0, variance 1, and one in twenty beyond 1.96', () => {
  const normal = normals(3);
  const all = Array.from({ length: 20000 }, normal);
  const mean = all.reduce((a, b) => a + b) / all.length;
  const variance = all.reduce((a, b) => a + b * b, 0) / all.length;
  const far = all.filter((v) => Math.abs(v) > 1.96).length / all.length;
  assert.ok(
    Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04 && Math.abs(far - 0.05) < 0.008,
    `${mean} ${variance} ${far}`,
  );
});

test('the drawing has the density, an arrow a place, and the particles', () => {
  const vectors = onLattice(4, RANGE, () => [1, 0]);
  const density = { shape: [2, 2], data: Float32Array.of(0, 1, 2, 3) };
  const css = (/** @type {string} */ name) =>
    ({ figure: 'rgb(255 255 255)', x0: 'rgb(0 0 100)' })[name] ?? 'rgb(9 9 9)';
  const svg = particlesSvg({ vectors, density, range: RANGE, step: 1, noise: 0 }, [0, 0, 1, 1, 5, 5], css);
  assert.equal(svg.match(/<rect x=/g)?.length, 4);
  assert.equal(svg.match(/stroke-width="1"/g)?.length, 16);
  assert.equal(svg.match(/h0/g)?.length, 2, 'one of three is outside');
  assert.match(svg, /fill="rgb\(255,255,255\)"/);
});

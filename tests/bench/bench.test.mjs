// That the bench works: who takes part gets the same losses, and they are counted right. No time is asserted.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chart } from './chart.mjs';
import { disagreement, ratiosOf, summarize } from './report.mjs';
import { flopsOf, workloads } from './workloads.mjs';

const native = 'build/native/noisebook-bench';
const folder = mkdtempSync(join(tmpdir(), 'noisebook-bench-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} line */
const bench = (line) =>
  spawnSync(process.execPath, ['tests/bench/bench.mjs', ...line.split(' ')], { encoding: 'utf8' });

/** @param {string} line */
const natively = (line) => spawnSync(native, line.split(' '), { encoding: 'utf8' });

test('two training steps, natively and in Node', () => {
  const [json, svg] = [join(folder, 'bench.json'), join(folder, 'bench.svg')];
  const who = 'native-exact-2,native-fast-1,node-simd128';
  const { status, stdout, stderr } = bench(
    `--quick --only train-mlp,train-cond --contestants ${who} --json ${json} --svg ${svg}`,
  );
  assert.equal(status, 0, stdout + stderr);
  const { ratios, measurements } = JSON.parse(readFileSync(json, 'utf8'));
  assert.deepEqual(ratios, {}, 'there is no ratio without PyTorch');
  const found = measurements.map((/** @type {any} */ m) => `${m.workload} ${m.id}`).sort();
  const expected = ['train-cond', 'train-mlp'].flatMap((w) => who.split(',').map((id) => `${w} ${id}`));
  assert.deepEqual(found, expected.sort());
  for (const m of measurements) assert.ok(m.median > 0 && m.gflops > 0 && m.min <= m.median, m.id);
  assert.match(readFileSync(svg, 'utf8'), /^<svg [\s\S]*<\/svg>\n$/);
});

test('the native program has the same workloads and counts the same work', () => {
  const names = Object.keys(workloads);
  const small = names.filter((name) => /train-(mlp|cond)/.test(name));
  const { stdout } = spawnSync(native, ['--loop'], {
    input: small.map((name) => `check ${name}\n`).join(''),
    encoding: 'utf8',
  });
  const [, ...answers] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    answers.map(({ name, flops }) => [name, flops]),
    small.map((name) => [name, flopsOf(name)]),
  );
  const help = natively('--help').stdout;
  for (const name of names) assert.ok(help.includes(`  ${name} `), `${name} is missing in: ${help}`);
});

test('a profile by layer', () => {
  const { status, stdout, stderr } = natively('--layers --workload train-mlp --seconds 0');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Linear +net\.2 +128->128/);
  // forward, gradient and backward have been timed
  assert.match(stdout, /all layers( +(?!0\.0+ )\d+\.\d+){3}/);
  assert.match(natively('--layers --threads 2').stderr, /--threads 2.*one thread/);
});

test('the matrix products of a run: all of its work', () => {
  const { status, stdout, stderr } = natively('--products --workload train-mlp --seconds 0');
  assert.equal(status, 0, stderr);
  const rows = [...stdout.matchAll(/^ *(\d+) +(\d+) +(\d+) +(?:A transposed)? +(\d+) +(\d+\.\d) /gm)];
  const flops = rows.reduce(
    (sum, [, m, n, k, calls]) => sum + 2 * Number(m) * Number(n) * Number(k) * Number(calls),
    0,
  );
  const { stdout: answers } = spawnSync(native, ['--loop'], { input: 'check train-mlp\n', encoding: 'utf8' });
  const useful = JSON.parse(answers.trim().split('\n').at(-1) ?? '').flops;
  // One product gives the input's gradient beside that of the time.
  assert.ok(flops >= useful && flops < 1.01 * useful, `${flops}, not ${useful}`);
  assert.ok(rows.every(([, , , , , gflops]) => Number(gflops) > 0));
});

test('useful work: MiniUNet(16) takes 25.3 million multiply-adds a sample forward', () => {
  assert.equal(Math.round(flopsOf('ddim-unet16') / (2 * 8 * 50) / 1e5), 253);
});

test('a wrong loss, a NaN and a missing step are disagreements', () => {
  assert.equal(disagreement([1, 2.00001], [1, 2]), '');
  assert.match(disagreement([1, 2.001], [1, 2]), /reaches 1, 2.001 where 1, 2 is right/);
  assert.notEqual(disagreement([1, Number.NaN], [1, 2]), '');
  assert.notEqual(disagreement([1], [1, 2]), '');
});

test('ratios are of medians, of fast mode and two threads only; the chart shows them', () => {
  const run = (/** @type {string} */ id, /** @type {string} */ role, /** @type {number[]} */ rounds) => ({
    ...{ id, name: id, role, threads: 2, rounds, peaks: rounds.map(() => 100), min: 1, max: 9 },
  });
  const measured = summarize('train-mlp', [
    run('pytorch-2', 'pytorch', [6, 4, 5]),
    run('native-fast-2', 'native', [2, 9, 2.5]),
    run('chromium-relaxed-threads', 'chromium', [5, 5, 10]),
    run('native-exact-1', '', [1, 1, 1]),
  ]);
  assert.deepEqual(ratiosOf(measured), { 'train-mlp': { native: 2, chromium: 1 } });
  const svg = chart(measured, 'a <machine> & more');
  assert.match(svg, /a &#60;machine&#62; &#38; more/);
  assert.equal(svg.match(/<g><title>/g)?.length, 2);
});

test('bad requests: one line, status 2', () => {
  for (const [line, message] of [
    ['--rounds 0', /--rounds 0: it takes a whole number from 1 to 1000/],
    ['--only nothing', /no workload is named 'nothing': there are train-mlp/],
    ['--contestants nobody', /no contestant's name starts with 'nobody': there are pytorch-1/],
    ['--fast', /unknown option '--fast'/],
    ['--json', /--json needs a value/],
    ['--json /nowhere/x.json', /there is no such folder/],
  ]) {
    const { status, stdout, stderr } = bench(String(line));
    assert.equal(status, 2, String(line));
    assert.match(stderr, /** @type {RegExp} */ (message));
    assert.equal(stderr.trim().split('\n').length + stdout.length, 1);
  }
});

test('the native program says what is wrong in one line, under its own name', () => {
  const { status, stdout, stderr } = natively('--threads x');
  assert.equal(status, 2);
  assert.equal(stderr + stdout, 'noisebook-bench: --threads x: it takes a whole number from 1 to 64\n');
});

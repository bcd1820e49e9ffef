// That the bench works: who takes part gets the same losses, and they are counted right. No time is asserted.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findChromium } from '../../web/build/setup.mjs';
import { chart } from './chart.mjs';
import { answering } from './measure.mjs';
import { disagreement, ratiosOf, summarize, table } from './report.mjs';
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

const chromium = findChromium();
test('a training step in Chromium, on two threads', { skip: !chromium && 'no Chromium' }, () => {
  const [json, svg] = [join(folder, 'chromium.json'), join(folder, 'chromium.svg')];
  const who = 'native-exact-1,chromium-simd128-threads';
  const { status, stdout, stderr } = bench(
    `--quick --only train-mlp --contestants ${who} --json ${json} --svg ${svg}`,
  );
  assert.equal(status, 0, stdout + stderr);
  const { contestants, measurements } = JSON.parse(readFileSync(json, 'utf8'));
  assert.deepEqual(measurements.map((/** @type {any} */ m) => m.id).join(), who, stdout);
  assert.ok(contestants.find((/** @type {any} */ { id }) => id.startsWith('chromium')).browser);
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

test('a model of more threads than there are', () => {
  for (const name of ['train-cond', 'train-simple-unet']) {
    const { status, stdout, stderr } = natively(`--scaling --workload ${name} --seconds 0`);
    assert.equal(status, 0, stderr);
    const [, , ...rows] = stdout.trim().split('\n');
    const numbers = rows.map((row) => row.trim().split(/ +/));
    assert.deepEqual(
      numbers.map(([threads]) => Number(threads)),
      [1, 2, 3, 4, 5, 6, 8, 12, 16],
    );
    for (const [threads, ms, , busy, rounds, moved] of numbers) {
      assert.ok(Number(ms) > 0 && Number.parseFloat(busy) <= 100.5, stdout);
      // The batch's passes, its gradients' sums, and Adam.
      assert.equal(Number(rounds), 3);
      assert.equal(Number(moved) > 0, Number(threads) > 1, stdout);
    }
  }
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

/** What a contestant brought. @param {string} id @param {string} role @param {number[]} rounds @param {number} threads */
const run = (id, role, rounds, threads = 2) => ({
  ...{ id, name: id, role, threads, rounds, peaks: rounds.map(() => 100), min: 1, max: 9 },
});

test('who computes in the background is waited for, and what fails says why', async () => {
  let ended = 0;
  const later = () =>
    new Promise((/** @type {(loss: number) => void} */ resolve) => setTimeout(resolve, 20, 7));
  const start = (/** @type {{batch?: number}} */ { batch = 0 }) => {
    if (batch > 1) throw new Error('no such batch');
    return { run: later, end: () => ended++ };
  };
  const answer = answering({ a: { batch: 1, warmup: 1 }, b: { batch: 2 } }, start, 0, async () => 5);
  assert.deepEqual(await answer('check a'), { name: 'a', check: [7, 7, 7] });
  const { ms_all, peak_gflops } = /** @type {any} */ (await answer('run a'));
  assert.equal(ms_all.length, 1);
  assert.ok(ms_all[0] > 15, `${ms_all[0]} ms`);
  assert.deepEqual([peak_gflops, ended], [5, 2]);
  assert.match(/** @type {any} */ (await answer('run b')).error, /b failed: no such batch/);
});

test('ratios are of medians, of fast mode and two threads only; the chart shows them', () => {
  const measured = summarize('train-mlp', [
    run('pytorch-2', 'pytorch', [6, 4, 5]),
    run('native-fast-2', 'native', [2, 9, 2.5]),
    run('chromium-relaxed-threads', 'chromium', [5, 5, 10]),
    run('native-exact-1', '', [1, 1, 1]),
  ]);
  const ratios = { 'train-mlp': { native: 2, chromium: 1 } };
  assert.deepEqual(ratiosOf(measured), { ratios, best: ratios });
  const svg = chart(measured, 'a <machine> & more');
  assert.match(svg, /a &#60;machine&#62; &#38; more/);
  assert.equal(svg.match(/<g><title>/g)?.length, 2);
});

test('the best ratios are to the fastest of all PyTorchs and numbers of threads, in the table and the chart, too', () => {
  const measured = summarize('train-mlp', [
    run('pytorch-1', 'pytorch', [8, 7, 6], 1),
    run('pytorch-2', 'pytorch', [4, 6, 5]),
    run('pytorch-2.6.0-1', 'pytorch', [3, 1, 2], 1),
    run('pytorch-2.6.0-2', 'pytorch', [9, 9, 9]),
    run('native-fast-2', 'native', [1, 1, 0.5]),
    run('chromium-relaxed-threads', 'chromium', [4, 4, 4]),
  ]);
  assert.deepEqual(ratiosOf(measured), {
    ratios: { 'train-mlp': { native: 5, chromium: 1.25 } },
    best: { 'train-mlp': { native: 2, chromium: 0.5 } },
  });
  const text = table(measured);
  assert.match(text, /x best PyTorch/);
  assert.match(text, /pytorch-2\.6\.0-1 .* 1\.00 /);
  assert.match(text, /chromium-relaxed-threads .* 0\.50 /);
  const svg = chart(measured, 'a machine');
  assert.match(svg, /in times of the fastest PyTorch/);
  const where = (/** @type {string} */ role) =>
    Number(svg.match(`class="${role}" cx="(\\d+)" cy="136"`)?.[1]);
  const ticks = [...svg.matchAll(/<path class="(base|grid)" d="M(\d+) /g)].map(([, kind, x]) => [
    kind,
    Number(x),
  ]);
  const base = Number(ticks.find(([kind]) => kind === 'base')?.[1]);
  assert.ok(
    where('chromium') < base && base < where('native'),
    `${where('chromium')}, ${base}, ${where('native')}`,
  );
  // the fastest PyTorch's own time stands in its column
  assert.match(svg, /class="number end">2\.000<\/text>/);
});

test('a Python that is none, or has no PyTorch, is refused in a sentence', () => {
  for (const [command, message] of [
    [
      '/nowhere/python',
      /^bench: error: --python: '\/nowhere\/python' is no Python that has PyTorch: .*not found/,
    ],
    ['true', /'true' is no Python that has PyTorch: its status is 0, and it names no version/],
    ['false', /its status is 1/],
    ['echo 1.2.3', /'echo 1.2.3' is no Python/],
    ["sh -c 'echo a torch-less Python >&2; exit 1'", /: a torch-less Python/],
  ]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['tests/bench/bench.mjs', '--list', '--python', String(command)],
      { encoding: 'utf8' },
    );
    assert.equal(status, 2, String(command));
    assert.match(stderr, /** @type {RegExp} */ (message));
    assert.equal(stderr.trim().split('\n').length + stdout.length, 1);
  }
});

test('each Python is a contestant of its own, by its version', () => {
  const versions = ['9.1.0', '9.2.0+debian', '9.1.0'];
  const pythons = versions.flatMap((version) => ['--python', `sh -c 'echo torch ${version}'`]);
  const { stdout } = spawnSync(process.execPath, ['tests/bench/bench.mjs', '--list', ...pythons], {
    encoding: 'utf8',
  });
  const ids = [...stdout.matchAll(/^(pytorch-\S+) +(PyTorch.*), threads: (\d+)$/gm)].map((m) => m.slice(1));
  assert.deepEqual(ids, [
    ...[1, 2].map((n) => [`pytorch-${n}`, 'PyTorch', String(n)]),
    ...['9.1.0', '9.2.0', '9.1.0-3'].flatMap((v) =>
      [1, 2].map((n) => [`pytorch-${v}-${n}`, `PyTorch ${v}`, String(n)]),
    ),
  ]);
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

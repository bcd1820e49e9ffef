// npm run bench: the same workloads in PyTorch, natively, in WebAssembly, in TensorFlow.js and in jax-js, by turns in one run.
//
//   npm run bench [-- OPTIONS]
//
//   --only NAME[,NAME]         these workloads; --list names them
//   --contestants NAME[,NAME]  by name, or by how the name begins: pytorch-2,native-fast,chromium
//   --python CMD               a further Python that has PyTorch (beside /usr/bin/python3), as a shell would start it;
//                              may be repeated
//   --threads N                the larger number of threads (2); 1 is measured too
//   --rounds N                 each contestant's turns (3)
//   --seconds S                how long a turn repeats its workload, at least once (0.5)
//   --quick                    one round of single runs: whether everything works, not how fast
//   --json FILE                ratios and measurements
//   --svg FILE                 the chart (build/bench.svg)
//   --list                     names the workloads and the contestants
//   --quality [...]            something else: how good pictures are after so much training (quality.mjs says more)
//
// First all have to agree: the same seed must give each the same losses and samples to 1e-4. A median is that of the
// rounds' medians; min and max are single runs. "x best PyTorch" is the smallest of PyTorch's medians, over all versions
// and numbers of threads that took part, over this one: above 1 is faster. The JSON has these ratios as 'best', and as
// 'ratios' those to the first PyTorch on N threads. GFLOP/s count multiply-adds of matrix products and convolutions only; the peak is what the same engine
// reached just afterwards with nothing but multiply-adds, on as many threads at once.

import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chart } from './chart.mjs';
import { closeBrowser, listContestants } from './contestants.mjs';
import { quality } from './quality.mjs';
import { disagreement, ratiosOf, summarize, table } from './report.mjs';
import { flopsOf, workloads } from './workloads.mjs';

/** @typedef {import('./contestants.mjs').Entry} Entry */
/** @typedef {Entry & import('./contestants.mjs').Contestant} Player */

/** A request that cannot be met: one line, exit status 2. */
class UsageError extends Error {}

// ---- Options -----------------------------------------------------------------------------------------------

/**
 * @param {string} option
 * @param {string} text
 * @param {number} low
 * @param {number} high
 * @param {boolean} whole
 */
function number(option, text, low, high, whole) {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(`${option} ${text}: it takes a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
}

/** @param {string} text */
function workloadNames(text) {
  const names = text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(workloads, name));
  if (unknown === undefined) return names;
  throw new UsageError(`no workload is named '${unknown}': there are ${Object.keys(workloads).join(', ')}`);
}

/** @param {string[]} words */
function readOptions(words) {
  const options = {
    ...{ rounds: 3, seconds: 0.5, threads: 2, json: '', svg: '', list: false },
    ...{ names: Object.keys(workloads), prefixes: [''], pythons: /** @type {string[]} */ ([]) },
  };
  /** @type {Record<string, (text: string) => void>} */
  const setters = {
    '--only': (text) => Object.assign(options, { names: workloadNames(text) }),
    '--contestants': (text) => Object.assign(options, { prefixes: text.split(',') }),
    '--python': (text) => options.pythons.push(text),
    '--threads': (text) => Object.assign(options, { threads: number('--threads', text, 1, 64, true) }),
    '--rounds': (text) => Object.assign(options, { rounds: number('--rounds', text, 1, 1000, true) }),
    '--seconds': (text) => Object.assign(options, { seconds: number('--seconds', text, 0, 3600, false) }),
    '--json': (text) => Object.assign(options, { json: text }),
    '--svg': (text) => Object.assign(options, { svg: text }),
  };
  const switches = ['--quick', '--list'];
  for (let i = 0; i < words.length; i++) {
    const [option, inline] = words[i].split(/=(.*)/s, 2);
    if (words[i] === '--quick') Object.assign(options, { rounds: 1, seconds: 0 });
    else if (words[i] === '--list') options.list = true;
    else if (Object.hasOwn(setters, option)) {
      const value = inline ?? words[++i];
      if (!value) throw new UsageError(`${option} needs a value`);
      setters[option](value);
    } else {
      const known = [...Object.keys(setters), ...switches].join(', ');
      throw new UsageError(`unknown option '${words[i]}': ${known} are known`);
    }
  }
  for (const file of [options.json, options.svg]) {
    if (!existsSync(path.dirname(path.resolve(file))))
      throw new UsageError(`${file}: there is no such folder`);
  }
  return options;
}

/** @param {import('./contestants.mjs').Settings} settings */
function listAll(settings) {
  try {
    return listContestants(settings);
  } catch (error) {
    throw new UsageError(`--python: ${firstLine(error)}`);
  }
}

/**
 * Who was asked for.
 * @param {ReturnType<typeof readOptions>} options
 */
function choose({ prefixes, ...settings }) {
  const all = listAll(settings);
  const missing = prefixes.find((prefix) => !all.some(({ id }) => id.startsWith(prefix)));
  if (missing !== undefined) {
    const names = all.map(({ id }) => id).join(', ');
    throw new UsageError(`no contestant's name starts with '${missing}': there are ${names}`);
  }
  // A whole name is that one alone: node-simd128 does not bring node-simd128-threads.
  const names = new Set(all.map(({ id }) => id));
  return all.filter(({ id }) =>
    prefixes.some((prefix) => id === prefix || (!names.has(prefix) && id.startsWith(prefix))),
  );
}

// ---- The run -----------------------------------------------------------------------------------------------

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** @param {unknown} error */
const firstLine = (error) => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/**
 * Starts all that can take part, one after the other: each measures its peak at the start.
 * @param {Entry[]} entries
 */
async function startAll(entries) {
  /** @type {Player[]} */
  const players = [];
  for (const entry of entries) {
    progress(`starting ${entry.id}`);
    try {
      const contestant = await entry.start();
      progress('');
      const { blas_ok, blas_gflops, torch } = contestant.ready;
      const name = entry.name === 'PyTorch' ? `PyTorch ${torch}` : entry.name;
      players.push({ ...entry, name, ...contestant });
      if (blas_ok === false) {
        console.log(
          `${entry.id}: a 1024^3 product reaches only ${blas_gflops} GFLOP/s: a slow BLAS or a busy machine`,
        );
      }
    } catch (error) {
      progress('');
      console.log(`${entry.id} is left out: ${firstLine(error)}`);
    }
  }
  return players;
}

/**
 * @param {Player} player
 * @param {string} line
 * @returns {Promise<Record<string, any>>}
 */
const ask = (player, line) => player.ask(line).catch((error) => ({ error: firstLine(error) }));

/**
 * Those who do what the first of them does.
 * @param {string} workload
 * @param {Player[]} players
 */
async function whoAgree(workload, players) {
  /** @type {Player[]} */
  const agreed = [];
  /** @type {number[] | undefined} */
  let expected;
  let wrong = 0;
  for (const player of players) {
    progress(`${workload}: checking ${player.id}`);
    const { error, check } = await ask(player, `check ${workload}`);
    const complaint = error ?? (expected && disagreement(check, expected));
    if (!complaint) {
      expected ??= check;
      agreed.push(player);
      continue;
    }
    progress('');
    if (!error) wrong++;
    console.log(`${player.id} is left out of ${workload}: ${complaint}`);
  }
  progress('');
  return { agreed, wrong };
}

/**
 * All rounds of one workload; who fails is left out of the rounds after that.
 * @param {string} workload
 * @param {Player[]} players
 * @param {number} rounds
 */
async function runRounds(workload, players, rounds) {
  const runs = players.map((player) => ({
    ...{
      player,
      id: player.id,
      name: player.name,
      role: player.role,
      threads: player.threads,
      failed: false,
    },
    ...{ rounds: /** @type {number[]} */ ([]), peaks: /** @type {number[]} */ ([]) },
    ...{ min: Number.POSITIVE_INFINITY, max: 0 },
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const run of runs.filter(({ failed }) => !failed)) {
      progress(`${workload}: round ${round} of ${rounds}, ${run.id}`);
      const answer = await ask(run.player, `run ${workload}`);
      if (answer.error) {
        run.failed = true;
        progress('');
        console.log(`${run.id} is left out of ${workload}: ${answer.error}`);
        continue;
      }
      run.rounds.push(answer.ms_median);
      run.peaks.push(answer.peak_gflops ?? 0);
      run.min = Math.min(run.min, ...answer.ms_all);
      run.max = Math.max(run.max, ...answer.ms_all);
    }
  }
  progress('');
  return summarize(workload, runs);
}

/**
 * One line about who was compared on what.
 * @param {Player[]} players
 */
function introduce(players) {
  const parts = players.map(({ id, ready }) => {
    if (ready.torch) return `PyTorch ${ready.torch} (${ready.threads} threads: ${ready.blas_gflops} GFLOP/s)`;
    return `${id}: ${ready.kernels}`;
  });
  const browser = players.find(({ ready }) => ready.browser)?.ready.browser;
  return `${parts.join('; ')}${browser ? `; Chromium ${browser}` : ''}; Node ${process.versions.node}`;
}

/**
 * @param {ReturnType<typeof readOptions>} options
 * @param {Player[]} players
 * @param {string} note
 */
async function runAll(options, players, note) {
  const measurements = [];
  let wrong = 0;
  for (const name of options.names) {
    const checked = await whoAgree(name, players);
    wrong += checked.wrong;
    const results = await runRounds(name, checked.agreed, options.rounds);
    measurements.push(...results);
    const work = (1e-6 * flopsOf(name)).toFixed(1);
    console.log(`\n${name}: ${workloads[name].about} (${work} MFLOP)\n${table(results)}`);
  }
  const { rounds, seconds, threads } = options;
  if (options.json) {
    const machine = { processor: os.cpus()[0]?.model, cores: os.cpus().length, threads, rounds, seconds };
    const contestants = players.map(({ id, name, ready }) => ({ id, name, ...ready }));
    const all = { ...ratiosOf(measurements), machine, contestants, measurements };
    writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
  }
  const svg = options.svg || 'build/bench.svg';
  writeFileSync(svg, chart(measurements, note));
  console.log(`\nthe chart is in ${svg}`);
  if (wrong > 0) throw new Error(`${wrong} results differ from those of the others (above)`);
}

/** @param {string[]} words the command line */
async function main(words) {
  const options = readOptions(words);
  const entries = choose(options);
  if (options.list) {
    for (const [name, { about }] of Object.entries(workloads)) console.log(`${name.padEnd(20)} ${about}`);
    for (const { id, name, threads } of entries) console.log(`${id.padEnd(26)} ${name}, threads: ${threads}`);
    return;
  }
  const processor = os.cpus()[0]?.model ?? 'unknown processor';
  const { threads, rounds, seconds } = options;
  console.log(`${processor}; rounds: ${rounds} of ${seconds} s`);
  const players = await startAll(entries);
  try {
    if (players.length === 0) throw new Error('nobody can take part (above)');
    console.log(introduce(players));
    await runAll(options, players, `${processor}, ${threads} thread${threads === 1 ? '' : 's'}`);
  } finally {
    await Promise.all(players.map(({ close }) => close()));
    await closeBrowser();
  }
}

try {
  const words = process.argv.slice(2);
  if (words[0] === '--quality') await quality(words.slice(1));
  else await main(words);
} catch (error) {
  console.error(`bench: error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

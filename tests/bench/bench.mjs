// npm run bench: the same workloads in PyTorch, natively and in WebAssembly, by turns in one run.
//
//   npm run bench [-- OPTIONS]
//
//   --rounds N        each contestant's turns (5)
//   --seconds S       how long a turn repeats its workload, at least once (1)
//   --workload NAME   only this one; may be repeated
//   --threads N       for PyTorch and the native program; a module without threads has one (1)
//   --json FILE       ratios and measurements
//   --svg FILE        a bar chart
//
// A median is that of the rounds' medians; min and max are single runs. "x PyTorch" is PyTorch's median over this
// one: above 1 is faster. GFLOP/s count useful work only; the peak is what the same engine reached just afterwards with
// nothing but multiply-adds.

import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { contestants } from './contestants.mjs';
import { chart, ratiosOf, summarize, table } from './report.mjs';
import { workloads } from './workloads.mjs';

/** @typedef {import('./contestants.mjs').Contestant & {name: string, role: string}} Player */

/** A request that cannot be met: one line, exit status 2. */
class UsageError extends Error {}

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

/** @param {string[]} words */
function readOptions(words) {
  const options = {
    rounds: 5,
    seconds: 1,
    threads: 1,
    json: '',
    svg: '',
    names: /** @type {string[]} */ ([]),
  };
  /** @type {Record<string, (text: string) => void>} */
  const setters = {
    '--rounds': (text) => {
      options.rounds = number('--rounds', text, 1, 1000, true);
    },
    '--seconds': (text) => {
      options.seconds = number('--seconds', text, 0, 3600, false);
    },
    '--threads': (text) => {
      options.threads = number('--threads', text, 1, 64, true);
    },
    '--json': (text) => {
      options.json = text;
    },
    '--svg': (text) => {
      options.svg = text;
    },
    '--workload': (text) => {
      const known = Object.keys(workloads);
      if (!known.includes(text))
        throw new UsageError(`no workload is named '${text}': there are ${known.join(', ')}`);
      options.names.push(text);
    },
  };
  for (let i = 0; i < words.length; i++) {
    const [option, inline] = words[i].split(/=(.*)/s, 2);
    if (!Object.hasOwn(setters, option)) {
      throw new UsageError(`unknown option '${words[i]}': ${Object.keys(setters).join(', ')} are known`);
    }
    const value = inline ?? words[++i];
    if (!value) throw new UsageError(`${option} needs a value`);
    setters[option](value);
  }
  for (const file of [options.json, options.svg]) {
    if (!existsSync(path.dirname(path.resolve(file))))
      throw new UsageError(`${file}: there is no such folder`);
  }
  if (options.names.length === 0) options.names = Object.keys(workloads);
  return options;
}

/**
 * Starts all that can take part, one after the other: each measures its peak at the start.
 * @param {{seconds: number, threads: number}} settings
 */
async function startAll(settings) {
  /** @type {Player[]} */
  const players = [];
  for (const { name, role, start } of contestants) {
    try {
      const contestant = await start(settings);
      const { ready } = contestant;
      players.push({ ...contestant, name, role });
      if (ready.blas_ok === false) {
        console.log(
          `${name}: a 1024^3 product reaches ${ready.blas_gflops} GFLOP/s, below 50: a slow BLAS or a busy machine`,
        );
      }
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
      console.log(`${name} is left out: ${reason}`);
    }
  }
  return players;
}

/**
 * @param {string} text
 */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/**
 * All rounds of one workload; who fails is left out of the rounds after that.
 * @param {string} workload
 * @param {Player[]} players
 * @param {number} rounds
 */
async function runRounds(workload, players, rounds) {
  const runs = players.map(({ name, role, ready, ask }) => ({
    ...{ name, role, ask, threads: Number(ready.threads), failed: false },
    ...{ rounds: /** @type {number[]} */ ([]), peaks: /** @type {number[]} */ ([]) },
    ...{ min: Number.POSITIVE_INFINITY, max: 0 },
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const run of runs) {
      if (run.failed) continue;
      progress(`${workload}: round ${round} of ${rounds}, ${run.name}`);
      /** @type {Record<string, any>} */
      const answer = await run.ask(`run ${workload}`).catch((error) => ({ error: error.message }));
      if (answer.error) {
        run.failed = true;
        console.log(`${run.name} is left out of ${workload}: ${answer.error}`);
        continue;
      }
      run.rounds.push(answer.ms_median);
      run.peaks.push(answer.peak_gflops ?? 0);
      for (const ms of answer.ms_all) {
        run.min = Math.min(run.min, ms);
        run.max = Math.max(run.max, ms);
      }
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
  const parts = players.map(({ name, ready }) => {
    if (ready.torch)
      return `PyTorch ${ready.torch} (${ready.cpu_capability}, BLAS ${ready.blas_gflops} GFLOP/s)`;
    const engine = ready.browser ? ` (Chromium ${ready.browser})` : '';
    return `${name}: ${ready.kernels}${engine}`;
  });
  return parts.join('; ');
}

/** @param {string[]} words the command line */
async function main(words) {
  const options = readOptions(words);
  const processor = os.cpus()[0]?.model ?? 'unknown processor';
  const threads = `${options.threads} thread${options.threads === 1 ? '' : 's'}`;
  const note = `${processor}, ${threads}, rounds: ${options.rounds} of ${options.seconds} s`;
  console.log(note);
  const players = await startAll(options);
  try {
    if (players.length === 0) throw new Error('nobody can take part (above)');
    console.log(introduce(players));
    const measurements = [];
    for (const name of options.names) {
      const { about, flops } = workloads[name];
      const results = await runRounds(name, players, options.rounds);
      measurements.push(...results);
      console.log(`\n${name}: ${about} (${(1e-6 * flops).toFixed(1)} MFLOP)\n${table(results)}`);
    }
    const ratios = ratiosOf(measurements);
    if (options.json) {
      const machine = {
        processor,
        threads: options.threads,
        rounds: options.rounds,
        seconds: options.seconds,
      };
      const contestants = players.map(({ name, ready }) => ({ name, ...ready }));
      writeFileSync(
        options.json,
        `${JSON.stringify({ ratios, machine, contestants, measurements }, null, 2)}\n`,
      );
    }
    if (options.svg) writeFileSync(options.svg, chart(measurements, note));
  } finally {
    await Promise.all(players.map(({ close }) => close()));
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

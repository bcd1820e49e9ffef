// npm test: every test there is, in groups, two groups at a time. The last line is `N passed, N failed`.
//
//   npm test [-- --quick] [--whole] [--only GROUP[,GROUP]] [--skip-missing] [--list]
//
// --quick: what one runs while working: the groups that have a quick part, and of them that part.
// --whole: Firefox runs every lesson to its end, too, as Chromium does, and no page may jump, where otherwise two are watched.
// System packages that the tests use are installed if that needs no password; otherwise the command to type is
// printed. --skip-missing goes on without them. What each command printed is in build/test-logs/GROUP.log.

import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import {
  checkNode,
  ensureModules,
  ensureTools,
  filesBelow,
  findTool,
  missingTools,
  root,
  SetupError,
} from '../web/build/setup.mjs';
import { runsRelaxed } from '../web/kernel/features.js';
import { judge } from './attempts.mjs';
import { compareBits, kernelVariants, readBits } from './bits.mjs';
import { drive } from './browsers.mjs';
import { cores, Group, inParallel, logs, once, run } from './harness.mjs';

/** @typedef {import('./harness.mjs').Result} Result */

/** Whether --quick was given. */
let quick = false;
/** Whether --whole was. */
let whole = false;
/** Whether pages are tested in Chromium in this run, which runs each lesson with its tasks left out. */
let pagesToo = false;
/** Of the C tests and the lessons, those that tell most in a few seconds. */
const quickTests =
  '^test_(arrays|data|files|guidance|kernels|layer_shapes|loss_by_level|metrics|model|random|samplers|schedule|sets)$';
const quickLessons = ['02-schedules', '03-one-jump'];

// ---- C, natively -----------------------------------------------------------------------------------------

/**
 * Configures and builds a preset of CMakePresets.json, in build/ and its name.
 * @param {Group} group
 * @param {string} preset
 * @param {string[]} [options]
 * @param {string[]} [targets] all of them, if left out
 * @returns {Promise<Result>}
 */
async function cmake(group, preset, options = [], targets = ['all']) {
  const configured = await run(group, 'cmake', ['--preset', preset, ...options]);
  if (configured.status) return configured;
  return run(group, 'cmake', ['--build', '--preset', preset, '-j', cores, '--target', ...targets]);
}

const nativeBuild = once((group) => cmake(group, 'native', ['-DNB_WERROR=ON']));
const modulesBuild = once((group) => run(group, './build-wasm.sh', [], { env: { WERROR: '1' } }));
const wasmBuild = once((group) => run(group, './build-wasm.sh', ['--tests'], { env: { WERROR: '1' } }));

/**
 * Runs ctest and counts the checks of each program; returns what each printed.
 * @param {Group} group
 * @param {string} dir
 * @param {Record<string, string>} [env]
 * @param {string[]} [which] ctest's options that choose some
 */
async function ctest(group, dir, env, which = []) {
  const options = ['--test-dir', dir, '--verbose', '--timeout', '1200', '-j', cores, '--no-tests=error'];
  const result = await run(group, 'ctest', [...which, ...options], { env });
  /** @type {Map<string, string>} */
  const outputs = new Map();
  const ended = [...result.output.matchAll(/^ *\d+\/\d+ Test +#(\d+): (\S+) \.* *(.*?) +[\d.]+ sec/gm)];
  for (const [, number, name, verdict] of ended) {
    const lines = result.output.split('\n').filter((line) => line.startsWith(`${number}: `));
    const output = lines.map((line) => line.slice(number.length + 2)).join('\n');
    outputs.set(name, output);
    group.tally(`${name} in ${dir}`, { status: verdict === 'Passed' ? 0 : 1, stdout: '', output });
  }
  if (ended.length === 0) group.fail(`ctest in ${dir} ran nothing`, result.output);
  return outputs;
}

/** @param {Group} group */
async function native(group) {
  if (!group.check('native build, warnings as errors', await nativeBuild(group))) return;
  await ctest(group, 'build/native', {}, quick ? ['-R', quickTests] : []);
  if (!quick) await nodeTests(group, 'tests/install');
}

/** @param {Group} group */
async function sanitize(group) {
  const built = await cmake(group, 'sanitize');
  if (!group.check('build with the address and undefined-behaviour sanitizers', built)) return;
  await ctest(group, 'build/sanitize', { UBSAN_OPTIONS: 'print_stacktrace=1' });
}

/** What meets the pool in every way, and is soon done. */
const threadedTests = [
  'pool',
  'activations',
  'layers',
  'model',
  'image_training',
  'training_options',
  'shares',
].map((name) => `test_${name}`);

/** @param {Group} group */
async function threads(group) {
  const built = await cmake(group, 'threads', [], threadedTests);
  if (!group.check('build with the thread sanitizer', built)) return;
  const env = { NB_THREADS: '3', TSAN_OPTIONS: 'halt_on_error=1' };
  const tasks = threadedTests.map((test) => async () => {
    const result = await run(group, path.join(root, 'build/threads', test), [], { env });
    group.tally(`${test} under the thread sanitizer`, result);
  });
  await inParallel(tasks);
}

// ---- C, in WebAssembly -----------------------------------------------------------------------------------

/** Node 20 runs relaxed SIMD if asked to; newer ones do, and do not know the option. */
const relaxedFlags = runsRelaxed() ? [] : ['--experimental-wasm-relaxed-simd'];

const testNames = () =>
  filesBelow('tests/c').flatMap((file) => /^tests\/c\/(test_\w+)\.c$/.exec(file)?.[1] ?? []);

/** The C tests with the module that has threads and relaxed SIMD; build-wasm.sh says which. */
const threadsFolder = 'relaxed-threads';
const threadsTests = () =>
  filesBelow(`build/wasm-tests/${threadsFolder}`).flatMap((file) => /(test_\w+)\.cjs$/.exec(file)?.[1] ?? []);

/**
 * Runs programs of build/wasm-tests.
 * @param {Group} group
 * @param {string[]} programs
 * @param {string[]} flags Node's
 * @param {Record<string, string>} [env]
 */
async function runWasm(group, programs, flags, env) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  const tasks = programs.map((name) => async () => {
    const args = [...flags, `build/wasm-tests/${name}.cjs`];
    results.set(path.basename(name), await run(group, process.execPath, args, { env }));
  });
  await inParallel(tasks);
  return results;
}

/** The C tests in Node, run once for the groups wasm and bits; with the plain module, and those with threads. */
const wasmRuns = once(async (group) => ({
  plain: await runWasm(group, testNames(), []),
  threads: await runWasm(
    group,
    threadsTests().map((name) => `${threadsFolder}/${name}`),
    relaxedFlags,
    { NB_THREADS: '2' },
  ),
}));

/** @param {Group} group */
async function wasm(group) {
  if (!group.check('WebAssembly build', await wasmBuild(group))) return;
  const { plain, threads } = await wasmRuns(group);
  for (const [name, result] of plain) group.tally(`${name} in WebAssembly`, result);
  for (const [name, result] of threads) group.tally(`${name} with ${threadsFolder}`, result);
  if (threads.size === 0) group.fail(`no tests in build/wasm-tests/${threadsFolder}`);
}

// ---- The same bits everywhere ------------------------------------------------------------------------------

/** @param {Group} group */
async function bits(group) {
  const [nativeResult, wasmResult] = [await nativeBuild(group), await wasmBuild(group)];
  if (nativeResult.status) return group.fail('no native build to compare', nativeResult.output);
  if (wasmResult.status) return group.fail('no WebAssembly build to compare', wasmResult.output);
  const variants = kernelVariants();
  /** @type {Map<string, Map<string, string>>} */
  const builds = new Map([...variants, 'wasm', 'wasm-threads'].map((name) => [name, new Map()]));
  /** @param {string} build @param {string} test @param {Result} result */
  const add = (build, test, result) => {
    for (const [name, hex] of readBits(test, result.stdout)) builds.get(build)?.set(name, hex);
  };
  const { plain, threads } = await wasmRuns(group);
  for (const [test, result] of plain) add('wasm', test, result);
  for (const [test, result] of threads) add('wasm-threads', test, result);
  // Tests without bits need not run again for each variant.
  const tests = testNames().filter((test) => readBits(test, plain.get(test)?.stdout ?? '').size > 0);
  const tasks = variants.flatMap((variant) =>
    tests.map((test) => async () => {
      const result = await run(group, path.join(root, 'build/native', test), [], {
        env: { NB_KERNELS: variant },
      });
      add(variant, test, result);
      group.check(`${test} with NB_KERNELS=${variant}`, result);
    }),
  );
  await inParallel(tasks);
  const ran = new Set([...threads.keys()].map((test) => test.replace(/^test_/, '')));
  compareBits(group, builds, new Map([['wasm-threads', ran]]));
}

/** @param {Group} group */
async function arm(group) {
  const built = await cmake(group, 'arm', ['-DNB_WERROR=ON']);
  if (!group.check('build for 64-bit Arm, warnings as errors', built)) return;
  if (!group.check('native build', await nativeBuild(group))) return;
  const outputs = { native: await ctest(group, 'build/native'), arm: await ctest(group, 'build/arm') };
  const builds = Object.entries(outputs).map(([build, tests]) => {
    const read = [...tests].flatMap(([test, output]) => [...readBits(test, output)]);
    return /** @type {const} */ ([build, new Map(read)]);
  });
  compareBits(group, new Map(builds), new Map());
}

/**
 * A command of an npm package.
 * @param {string} name
 */
const nodeTool = (name) => path.join(root, 'node_modules/.bin', name);

// ---- Style -----------------------------------------------------------------------------------------------

/** @param {Group} group */
async function clangFormat(group) {
  // Releases lay out code differently, so one is the measure: Debian 12's.
  const tool = findTool('clang-format-14', 'clang-format');
  const version = tool && (await run(group, tool, ['--version'])).output.trim();
  if (!/version 14\./.test(version))
    return group.skip(`clang-format 14 is the measure, here is ${version || 'none'}`);
  const files = ['src', 'tests/c', 'tests/bench/native']
    .flatMap(filesBelow)
    .filter((file) => /\.[ch]$/.test(file));
  group.check('clang-format', await run(group, tool, ['--dry-run', '-Werror', ...files]));
}

/** @param {Group} group */
async function clangTidy(group) {
  const built = await nativeBuild(group);
  if (built.status) return group.fail('clang-tidy: no native build to take the flags from', built.output);
  /** @type {{file: string}[]} */
  const commands = JSON.parse(readFileSync(path.join(root, 'build/native/compile_commands.json'), 'utf8'));
  const files = commands
    .map(({ file }) => path.relative(root, file))
    .filter((file) => /^(src|tests\/bench)\//.test(file));
  const options = ['-p', 'build/native', '--quiet', '--warnings-as-errors=*'];
  const gcc = ['--extra-arg=-Wno-unknown-warning-option', '--extra-arg=-Wno-ignored-optimization-argument'];
  const tasks = files.map((file) => async () => {
    group.check(`clang-tidy ${file}`, await run(group, 'clang-tidy', [...options, ...gcc, file]));
  });
  await inParallel(tasks);
}

/** @param {Group} group */
async function style(group) {
  await clangFormat(group);
  group.tally('structure of src', await run(group, process.execPath, ['tests/c/structure.mjs']));
  group.check(
    'shellcheck',
    await run(group, 'shellcheck', ['-x', 'build-wasm.sh', 'tests/bare.sh', '.ci/run']),
  );
  // An unpacked toolchain has links that lead nowhere: nothing that walks the tree may look into build/.
  const dangling = path.join(root, 'build/dangling.js');
  rmSync(dangling, { force: true });
  symlinkSync('nowhere.js', dangling);
  group.check('biome', await run(group, nodeTool('biome'), ['check', '--error-on-warnings']));
  // The modules have types, which the build writes.
  group.check('WebAssembly modules', await modulesBuild(group));
  group.check('types (tsc)', await run(group, nodeTool('tsc'), ['-p', 'jsconfig.json']));
  if (!quick) await clangTidy(group);
}

// ---- JavaScript ------------------------------------------------------------------------------------------

/**
 * Runs the node:test files of a folder and counts their tests.
 * @param {Group} group
 * @param {string} folder
 */
async function nodeTests(group, folder) {
  const files = filesBelow(folder).filter((file) => /\.test\.m?js$/.test(file));
  if (files.length === 0) return group.fail(`no ${folder}/*.test.mjs: is this a whole checkout?`);
  const result = await run(group, process.execPath, ['--test', '--test-reporter=tap', ...files]);
  const count = (/** @type {string} */ word) =>
    Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(result.stdout)?.[1] ?? 0);
  group.passed += count('pass');
  group.failed += count('fail') + count('cancelled');
  group.skippedThemselves(count('skipped'));
  if (result.status !== 0) {
    if (count('fail') + count('cancelled') === 0) group.failed++;
    const failures = result.stdout.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm) ?? [result.output];
    group.lines.push(...failures.map((text) => `FAILED ${text}`));
  }
}

/** @param {Group} group */
async function web(group) {
  const built = await modulesBuild(group);
  if (built.status) return group.fail('the JavaScript tests need the WebAssembly build', built.output);
  await nodeTests(group, 'tests/web');
}

/** @param {Group} group */
async function cli(group) {
  const [native, modules] = [await nativeBuild(group), await modulesBuild(group)];
  if (native.status) return group.fail('the command line needs the native build', native.output);
  if (modules.status)
    return group.fail('what it is held against needs the WebAssembly build', modules.output);
  await nodeTests(group, 'tests/cli');
}

/** @param {Group} group */
async function bench(group) {
  const [native, wasm] = [await nativeBuild(group), await modulesBuild(group)];
  if (native.status) return group.fail('the bench needs the native build', native.output);
  if (wasm.status) return group.fail('the bench needs the WebAssembly build', wasm.output);
  await nodeTests(group, 'tests/bench');
}

/** @param {Group} group */
async function notebooks(group) {
  const built = await modulesBuild(group);
  if (built.status) return group.fail('the notebooks need the WebAssembly build', built.output);
  const options = [...(pagesToo ? ['--solved'] : []), ...(quick ? quickLessons : [])];
  const result = await run(group, process.execPath, ['tests/notebooks/run.mjs', ...options]);
  group.tally('notebooks', result);
}

// ---- The pages -------------------------------------------------------------------------------------------

const siteBuild = once((group) => run(group, process.execPath, ['web/build/setup.mjs', 'site']));

const e2ePort = Number(process.env.E2E_PORT ?? 4179);

/**
 * The pages in one browser.
 * @param {Group} group
 * @param {string} browser
 * @param {number} port
 */
async function pagesIn(group, browser, port) {
  const built = await modulesBuild(group);
  if (built.status) return group.fail('the pages need the WebAssembly build', built.output);
  if (!group.check('building the site', await siteBuild(group))) return;
  await drive(group, browser, { port, whole });
}

/** @param {Group} group */
const e2e = (group) => pagesIn(group, 'chromium', e2ePort);
/** @param {Group} group */
const firefox = (group) => pagesIn(group, 'firefox', e2ePort + 1);

// ---- All of it -------------------------------------------------------------------------------------------

const cTools = ['cmake', 'make', 'a C compiler', 'stb'];
/**
 * The groups in the order in which they start, two at a time: the longest first, and it waits for figures that play, beside which
 * the others work. onDemand: only when --only names it; quick: has a quick part.
 * @typedef {{name: string, about: string, test: (group: Group) => Promise<void>, tools: string[],
 *   onDemand?: boolean, quick?: boolean}} Entry
 * @type {Entry[]}
 */
const groups = [
  { name: 'e2e', about: 'the pages in Chromium', test: e2e, tools: ['chromium'] },
  {
    name: 'native',
    about: 'C tests, native build; the installed library',
    test: native,
    tools: [...cTools, 'pkg-config'],
    quick: true,
  },
  { name: 'cli', about: 'the command line', test: cli, tools: cTools },
  { name: 'wasm', about: 'C tests in WebAssembly under Node', test: wasm, tools: [] },
  { name: 'bench', about: 'that npm run bench works; no times', test: bench, tools: cTools },
  { name: 'web', about: 'JavaScript unit tests', test: web, tools: [], quick: true },
  { name: 'notebooks', about: 'every lesson in Node', test: notebooks, tools: [], quick: true },
  { name: 'sanitize', about: 'C tests under the sanitizers', test: sanitize, tools: cTools },
  { name: 'threads', about: 'C tests under the thread sanitizer', test: threads, tools: cTools },
  { name: 'bits', about: 'the same bits from every build', test: bits, tools: cTools },
  {
    name: 'style',
    about: 'clang-format, clang-tidy, shellcheck, biome, tsc',
    test: style,
    tools: [...cTools, 'clang-format', 'clang-tidy', 'shellcheck'],
    quick: true,
  },
  {
    name: 'firefox',
    about: 'every page in Firefox; with --whole to its end',
    test: firefox,
    tools: ['firefox'],
  },
  {
    name: 'arm',
    about: 'C tests on emulated 64-bit Arm, only if named (half an hour)',
    test: arm,
    tools: [...cTools, 'an Arm compiler', 'qemu'],
    onDemand: true,
  },
];

/**
 * Runs one group and prints what it found.
 * @param {Entry} entry
 * @returns {Promise<Group>}
 */
async function runGroup({ name, about, test, tools }) {
  const group = new Group(name);
  const start = performance.now();
  const missing = missingTools(tools).map(({ what }) => what);
  try {
    if (missing.length > 0) group.skip(`${name}: ${missing.join(', ')} missing`);
    else await test(group);
  } catch (error) {
    group.fail(`${name}: ${error instanceof Error ? error.stack : error}`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const skipped = group.skipped > 0 ? `, ${group.skipped} skipped` : '';
  console.log(
    `\n== ${name}: ${about} (${seconds} s): ${group.passed} passed, ${group.failed} failed${skipped}`,
  );
  if (group.lines.length > 0) console.log(group.lines.map((line) => `   ${line}`).join('\n'));
  return group;
}

/**
 * The groups that the command line asks for.
 * @param {string[]} words
 */
function readOptions(words) {
  let chosen = groups.filter(({ onDemand }) => !onDemand);
  let skipMissing = false;
  for (let i = 0; i < words.length; i++) {
    const [option, inline] = words[i].split('=', 2);
    if (option === '--list') {
      for (const { name, about } of groups) console.log(`${name.padEnd(10)} ${about}`);
      process.exit(0);
    } else if (option === '--skip-missing') {
      skipMissing = true;
    } else if (option === '--quick') {
      quick = true;
    } else if (option === '--whole') {
      whole = true;
    } else if (option === '--only') {
      const names = (inline ?? words[++i] ?? '').split(',');
      const unknown = names.find((name) => !groups.some((group) => group.name === name));
      if (unknown !== undefined) throw new SetupError(`no group '${unknown}': see --list`);
      chosen = groups.filter(({ name }) => names.includes(name));
    } else {
      throw new SetupError(
        `unknown option '${words[i]}': --quick, --whole, --only GROUP[,GROUP], --skip-missing and --list are known`,
      );
    }
  }
  return { chosen: quick ? chosen.filter((group) => group.quick) : chosen, skipMissing };
}

/** @param {string[]} words the command line */
async function main(words) {
  const { chosen, skipMissing } = readOptions(words);
  checkNode();
  await ensureModules();
  if (!skipMissing) await ensureTools(chosen.flatMap(({ tools }) => tools));
  pagesToo = chosen.some(({ test, tools }) => test === e2e && missingTools(tools).length === 0);
  mkdirSync(logs, { recursive: true });
  console.log(`testing: ${chosen.map(({ name }) => name).join(', ')}`);
  /** @type {Group[]} */
  const done = [];
  const left = [...chosen];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) done.push(await runGroup(next));
  };
  await Promise.all([worker(), worker()]);
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    done.reduce((total, group) => total + group[key], 0);
  const second = judge(done.flatMap(({ attempts }) => attempts));
  const unhappy = done.filter(({ failed }) => failed > 0).map(({ name }) => name);
  console.log(['', ...second.lines].join('\n'));
  if (unhappy.length > 0) console.log(`failures in: ${unhappy.join(', ')} (whole output in build/test-logs)`);
  if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped`);
  return { passed: sum('passed'), failed: sum('failed') + Number(second.tooMany) };
}

try {
  const { passed, failed } = await main(process.argv.slice(2));
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(`${passed} passed, ${failed} failed`);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`npm test: error: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

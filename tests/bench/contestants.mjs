// Who takes part: programs and pages that stay alive and answer 'check NAME' and 'run NAME', so that they can alternate.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serve } from '../../web/build/serve.mjs';
import { findChromium } from '../../web/build/setup.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Debian's, whose PyTorch the golden numbers are from. */
const systemPython = '/usr/bin/python3';
const program = 'build/native/noisebook-bench';

/**
 * threads: the larger number of them. pythons: commands of further Pythons that have PyTorch.
 * @typedef {{seconds: number, threads: number, pythons: string[]}} Settings
 */
/** @typedef {Record<string, any>} Answer what JSON brought */
/** @typedef {{ready: Answer, ask: (line: string) => Promise<Answer>, close: () => Promise<void>}} Contestant */
/**
 * role: what it is to the ratios and the chart.
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} name
 * @property {number} threads
 * @property {'pytorch' | 'native' | 'chromium' | 'page' | 'tfjs' | 'jaxjs' | ''} role
 * @property {() => Promise<Contestant>} start rejects with one line if it cannot take part
 */

/** The flags are for running as root in a container, and for quiet: nothing is fetched in the background. */
const chromiumFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// ---- Programs ----------------------------------------------------------------------------------------------

/**
 * Starts a program that prints a line of JSON when it is ready, and one for each line it is sent.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<Contestant>}
 */
async function startProgram(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'pipe' });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-4000);
  });
  child.stdin.on('error', () => {}); // it has ended, which 'close' tells
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) =>
      resolve(complaint.trim().split('\n').at(-1) || `it ended with status ${status}`),
    );
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(await ended);
    return JSON.parse(value);
  };
  const close = async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill(), 2000);
    await ended;
    clearTimeout(timer);
  };
  const ask = (/** @type {string} */ line) => {
    child.stdin.write(`${line}\n`);
    return next();
  };
  try {
    return { ready: await next(), ask, close };
  } catch (error) {
    child.kill();
    throw error;
  }
}

/**
 * @param {string} file
 * @param {string} remedy
 */
function need(file, remedy) {
  if (!existsSync(path.join(root, file))) throw new Error(`${file} is missing: ${remedy}`);
}

/**
 * A command's words with others behind them, as a shell reads the command.
 * @param {string} command
 * @param {string[]} words
 */
const withWords = (command, words) => ['-c', `exec ${command} "$@"`, 'sh', ...words];

/**
 * The version of PyTorch that a Python has.
 * @param {string} python its command
 */
export function torchVersion(python) {
  const words = withWords(python, ['-c', 'import torch; print("torch", torch.__version__)']);
  const { status, stdout, stderr } = spawnSync('sh', words, { cwd: root, encoding: 'utf8' });
  const version = status === 0 && /^torch (\d[\w.]*)/m.exec(stdout)?.[1];
  if (version) return version;
  const complaint = stderr.trim().split('\n').at(-1) || `its status is ${status}, and it names no version`;
  throw new Error(`'${python}' is no Python that has PyTorch: ${complaint}`);
}

/**
 * @param {string} python its command
 * @param {number} seconds
 * @param {number} threads
 */
function startPyTorch(python, seconds, threads) {
  const options = ['--loop', '--threads', threads, '--seconds', seconds].map(String);
  return startProgram('sh', withWords(python, ['tests/bench/torch_bench.py', ...options]));
}

/** @type {{status: number | null, complaint: string} | undefined} */
let built;

/** What is there may be older than its sources. */
function buildNative() {
  for (const words of [
    ['-S', '.', '-B', 'build/native'],
    ['--build', 'build/native', '--target', 'noisebook-bench', '--parallel'],
  ]) {
    const { status, stderr, error } = spawnSync('cmake', words, { cwd: root, encoding: 'utf8' });
    if (status !== 0) return { status, complaint: error?.message ?? stderr.trim().split('\n')[0] };
  }
  return { status: 0, complaint: '' };
}

/**
 * @param {string} mode exact or fast
 * @param {number} seconds
 * @param {number} threads
 */
async function startNative(mode, seconds, threads) {
  built ??= buildNative();
  if (built.status !== 0) throw new Error(`cmake cannot build it: ${built.complaint}`);
  const options = ['--loop', '--seconds', seconds, '--threads', threads, '--mode', mode].map(String);
  return startProgram(program, options);
}

// ---- WebAssembly -------------------------------------------------------------------------------------------

/** @typedef {{file: string, mode: 'exact' | 'fast', threads: number}} Module */

/**
 * @param {Module} module
 * @param {number} seconds
 */
async function startNode({ file, mode, threads }, seconds) {
  need(`${file}.wasm`, './build-wasm.sh');
  const options = [file, mode, threads, seconds].map(String);
  return startProgram(process.execPath, ['tests/bench/wasm-node.mjs', ...options]);
}

/** @type {Promise<{browser: import('@playwright/test').Browser, url: string, close: () => Promise<void>}> | undefined} */
let opened;

/**
 * One Chromium for all, with our page server, which isolates the pages as threads need. The site's policy would keep the
 * libraries' workers from starting.
 */
async function openBrowser() {
  const { chromium } = await import('@playwright/test').catch(() => {
    throw new Error('@playwright/test is missing: npm ci');
  });
  const executablePath = findChromium();
  if (!executablePath) throw new Error('there is no Chromium: install it, or set CHROMIUM to its path');
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  const server = await serve(root, { guarded: false });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { browser, url: server.url, close };
}

/** Ends what the contestants share. */
export async function closeBrowser() {
  const shared = await opened?.catch(() => undefined);
  await shared?.close();
}

/**
 * A page of its own, in a process of its own.
 * @param {string} page a file beside this one
 */
export async function openTab(page) {
  opened ??= openBrowser();
  const { browser, url } = await opened;
  const tab = await (await browser.newContext()).newPage();
  await tab.goto(`${url}tests/bench/${page}`);
  return tab;
}

/**
 * A page whose globalThis.ask is asked.
 * @param {string} page
 * @param {unknown} settings the first message
 * @returns {Promise<Contestant>}
 */
async function startPage(page, settings) {
  const tab = await openTab(page);
  const ask = (/** @type {unknown} */ message) =>
    tab.evaluate((m) => /** @type {any} */ (globalThis).ask(m), message);
  const close = () => tab.context().close();
  try {
    const ready = await ask(settings);
    if (ready.error) throw new Error(ready.error);
    return { ready: { ...ready, browser: tab.context().browser()?.version() }, ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @param {Module} module
 * @param {number} seconds
 */
async function startChromium({ file, mode, threads }, seconds) {
  need(`${file}.wasm`, './build-wasm.sh');
  return startPage('page.html', { module: `/${file}`, mode, threads, seconds });
}

// ---- Other libraries ---------------------------------------------------------------------------------------

/** Below build/, because nothing but this needs it. @param {string} folder @param {string} name */
function installLibrary(folder, name) {
  const [from, to] = ['tests/bench', 'build'].map((dir) => path.join(root, dir, folder));
  const lock = (/** @type {string} */ dir) => path.join(dir, 'package-lock.json');
  const done = path.join(to, 'node_modules/.package-lock.json');
  if (existsSync(done) && readFileSync(lock(to), 'utf8') === readFileSync(lock(from), 'utf8')) return;
  console.log(`installing ${name} below build/ (once)`);
  cpSync(from, to, { recursive: true });
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: to });
  if (status !== 0) throw new Error('npm cannot install it: check the network');
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {Record<string, unknown>} settings
 */
async function startLibrary(folder, name, settings) {
  need('build/wasm/noisebook-simd128.mjs', './build-wasm.sh (it draws the weights)');
  installLibrary(folder, name);
  return startPage(`${folder}.html`, settings);
}

/**
 * jax-js's threads are workers of its own.
 * @param {Settings} settings
 * @returns {Entry[]}
 */
const listLibraries = ({ seconds, threads }) => [
  {
    ...{ id: 'tfjs', name: 'TensorFlow.js wasm', role: 'tfjs', threads },
    start: () => startLibrary('tfjs', 'TensorFlow.js', { seconds, threads }),
  },
  ...['wasm', 'webgpu'].map((device) => ({
    ...{ id: `jaxjs-${device}`, name: `jax-js ${device}`, threads },
    role: /** @type {Entry['role']} */ (device === 'wasm' ? 'jaxjs' : ''),
    start: () => startLibrary('jaxjs', 'jax-js', { seconds, threads, device }),
  })),
];

// ---- The table ---------------------------------------------------------------------------------------------

/** @type {[string, 'exact' | 'fast', boolean][]} */
const modules = [
  ['simd128', 'exact', false],
  ['relaxed', 'fast', false],
  ['simd128-threads', 'exact', true],
  ['relaxed-threads', 'fast', true],
];

/**
 * PyTorch as often as there are Pythons: the system's, and those with their version, and where two have the same one
 * with their place.
 * @param {Settings} settings
 * @param {number[]} counts of threads
 * @returns {Entry[]}
 */
function listPyTorch({ seconds, pythons }, counts) {
  const versions = pythons.map(torchVersion);
  const marks = versions.map((version, i) =>
    versions.indexOf(version) < i ? `${version}-${i + 1}` : version,
  );
  return [systemPython, ...pythons].flatMap((python, i) =>
    counts.map((threads) => ({
      ...{ id: `pytorch-${i > 0 ? `${marks[i - 1]}-` : ''}${threads}`, role: 'pytorch', threads },
      name: i > 0 ? `PyTorch ${marks[i - 1]}` : 'PyTorch',
      start: () => startPyTorch(python, seconds, threads),
    })),
  );
}

/**
 * All who may take part, in the order of their turns.
 * @param {Settings} settings
 * @returns {Entry[]}
 */
export function listContestants(settings) {
  const { seconds, threads: many } = settings;
  const counts = many === 1 ? [1] : [1, many];
  const list = listPyTorch(settings, counts);
  for (const mode of ['exact', 'fast']) {
    for (const threads of counts) {
      const role = mode === 'fast' && threads === many ? 'native' : '';
      const start = () => startNative(mode, seconds, threads);
      list.push({ id: `native-${mode}-${threads}`, name: `native ${mode}`, role, threads, start });
    }
  }
  for (const engine of ['Node', 'Chromium']) {
    for (const [name, mode, threaded] of modules) {
      if (threaded && many === 1) continue;
      const module = { file: `build/wasm/noisebook-${name}`, mode, threads: threaded ? many : 1 };
      const fastest = mode === 'fast' && module.threads === many;
      const chromiumRole = fastest ? 'chromium' : name === 'simd128' ? 'page' : '';
      list.push({
        ...{ id: `${engine.toLowerCase()}-${name}`, name: `${engine} ${name}`, threads: module.threads },
        role: engine === 'Chromium' ? chromiumRole : '',
        start: () => (engine === 'Node' ? startNode : startChromium)(module, seconds),
      });
    }
  }
  return [...list, ...listLibraries(settings)];
}

// Who takes part: programs and pages that stay alive and answer 'run NAME', so that they can alternate.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serve } from '../../web/build/serve.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const python = '/usr/bin/python3';
const program = 'build/native/noisebook';

/** @typedef {{seconds: number, threads: number}} Settings */
/** @typedef {Record<string, any>} Answer what JSON brought */
/** @typedef {{ready: Answer, ask: (line: string) => Promise<Answer>, close: () => Promise<void>}} Contestant */
/**
 * role: which of the ratios it counts for.
 * @typedef {object} Entry
 * @property {string} name
 * @property {'pytorch' | 'native' | 'chromium' | ''} role
 * @property {(settings: Settings) => Promise<Contestant>} start rejects with one line if it cannot take part
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

/** @param {Settings} settings */
function startPyTorch({ seconds, threads }) {
  const script = 'tests/bench/torch_bench.py';
  const options = ['--threads', threads, '--seconds', seconds, '--repeats', 1].map(String);
  return startProgram(python, [script, '--loop', ...options]);
}

/** @param {'exact' | 'fast'} mode */
const native =
  (mode) =>
  (/** @type {Settings} */ { seconds, threads }) => {
    need(program, 'cmake -S . -B build/native && cmake --build build/native');
    const options = ['--seconds', seconds, '--threads', threads, '--mode', mode].map(String);
    return startProgram(program, ['bench', '--loop', ...options]);
  };

// ---- WebAssembly -------------------------------------------------------------------------------------------

/** @param {string} module */
function moduleFile(module) {
  const file = `build/wasm/noisebook-${module}.mjs`;
  need(file, './build-wasm.sh');
  return file;
}

/**
 * @param {string} module
 * @param {'exact' | 'fast'} mode
 */
const inNode =
  (module, mode) =>
  (/** @type {Settings} */ { seconds }) =>
    startProgram(process.execPath, ['tests/bench/wasm-node.mjs', moduleFile(module), mode, String(seconds)]);

/** Chromium with our page server, which isolates the page: its clock then counts 5 microseconds, not 100. */
async function openBrowser() {
  const { chromium } = await import('@playwright/test').catch(() => {
    throw new Error('@playwright/test is missing: npm ci');
  });
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`there is no ${executablePath}: install chromium, or set CHROMIUM to its path`);
  }
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  return { browser, server: await serve(root) };
}

/**
 * @param {string} module
 * @param {'exact' | 'fast'} mode
 */
const inChromium =
  (module, mode) =>
  async (/** @type {Settings} */ { seconds }) => {
    const file = moduleFile(module);
    const { browser, server } = await openBrowser();
    const close = async () => {
      await browser.close();
      await server.close();
    };
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}tests/bench/page.html`);
      const ask = (/** @type {unknown} */ message) =>
        page.evaluate((m) => /** @type {any} */ (globalThis).ask(m), message);
      const ready = await ask({ module: `/${file}`, mode, seconds });
      if (ready.error) throw new Error(ready.error);
      return { ready: { ...ready, browser: browser.version() }, ask, close };
    } catch (error) {
      await close();
      throw error;
    }
  };

// ---- The table ---------------------------------------------------------------------------------------------

/** @type {Entry[]} */
export const contestants = [
  { name: 'PyTorch', role: 'pytorch', start: startPyTorch },
  { name: 'native exact', role: '', start: native('exact') },
  { name: 'native fast', role: 'native', start: native('fast') },
  { name: 'Node simd128', role: '', start: inNode('simd128', 'exact') },
  { name: 'Chromium simd128', role: 'chromium', start: inChromium('simd128', 'exact') },
];

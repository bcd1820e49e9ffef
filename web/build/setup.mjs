// What must be there before anything can run, and how it gets there. Node's built-in modules only: this runs
// first, on a machine that may have nothing but Node.
//
//   node web/build/setup.mjs modules   node_modules as package-lock.json says
//   node web/build/setup.mjs wasm      the WebAssembly modules in build/wasm
//   node web/build/setup.mjs site      both, and the static site in web/dist
//   node web/build/setup.mjs tools     the system packages that the tests use
//
// With several words, these steps are done in that order; without any: site.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const oldestNode = 20;

/** A failure that is explained to the reader in one line, without a stack. */
export class SetupError extends Error {}

/**
 * Prints one line about what is being done.
 * @param {string} text
 */
export const say = (text) => console.log(`noisebook: ${text}`);

/**
 * Runs a command with its output shown.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} its exit status
 */
function show(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * The full path of the first of these commands that is installed, or ''.
 * @param {...string} names
 */
export function findTool(...names) {
  for (const name of names) {
    for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(dir, name);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // not here: look on
      }
    }
  }
  return '';
}

/**
 * Whether the module with this address is the script that Node was started with (by a symbolic link, perhaps).
 * @param {string} url
 */
export const isMain = (url) =>
  Boolean(process.argv[1]) && realpathSync(process.argv[1]) === fileURLToPath(url);

export function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNode) {
    throw new SetupError(`Node ${process.versions.node} is too old: install Node ${oldestNode} or newer`);
  }
}

// ---- node_modules ---------------------------------------------------------------------------------------

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean}>} its packages, {} if unreadable
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/** Whether all that the lock file asks for is there in that version; npm keeps a list of what it installed. */
function modulesAreCurrent() {
  const installed = lockedPackages('node_modules/.package-lock.json');
  return Object.entries(lockedPackages('package-lock.json')).every(
    ([name, { version, optional }]) => name === '' || optional || installed[name]?.version === version,
  );
}

export async function ensureModules() {
  if (existsSync(path.join(root, 'node_modules')) && modulesAreCurrent()) return;
  if (!findTool('npm')) throw new SetupError('npm is missing: install it beside Node');
  say('installing node_modules (npm ci)');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const strict = spawnSync('npm', ['ci', ...quiet], { cwd: root, stdio: 'ignore' });
  if (strict.status === 0) return;
  // npm ci also refuses a lock file that lacks a package for some other platform; npm install goes by the lock file
  // as well and says what is really wrong, if anything is.
  if ((await show('npm', ['install', '--no-save', ...quiet])) !== 0 || !modulesAreCurrent()) {
    throw new SetupError('npm cannot install node_modules (above): check the network, then run this again');
  }
}

// ---- The WebAssembly modules and the site ------------------------------------------------------------------

/** Compiles what is stale; build-wasm.sh sets up a compiler if there is none. */
export async function ensureWasm() {
  if (!findTool('bash')) throw new SetupError('bash is missing: install it, build-wasm.sh needs it');
  if ((await show('bash', ['build-wasm.sh'])) !== 0) throw new SetupError('build-wasm.sh failed (above)');
}

/**
 * Every file below a folder, as paths relative to the root.
 * @param {string} dir
 * @returns {string[]}
 */
export function filesBelow(dir) {
  if (!existsSync(path.join(root, dir))) return [];
  return readdirSync(path.join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** One hash of all that the site is made from: names, sizes and times, so that a removed file counts too. */
function siteInputs() {
  const atRoot = readdirSync(root).filter((name) => /^(vite\.config\..*|package(-lock)?\.json)$/.test(name));
  const folders = ['web', 'notebooks', 'src', 'build/wasm'];
  const files = [...folders.flatMap(filesBelow), ...atRoot];
  const hash = createHash('sha256');
  for (const file of files) {
    if (file.startsWith('web/dist/')) continue;
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Brings node_modules, the WebAssembly modules and web/dist up to date. */
export async function ensureSite() {
  await ensureModules();
  await ensureWasm();
  const stamp = path.join(root, 'build/site-inputs');
  const inputs = siteInputs();
  const built = existsSync(path.join(root, 'web/dist/index.html')) && existsSync(stamp);
  if (built && readFileSync(stamp, 'utf8') === inputs) return;
  say('building the site (vite build)');
  if ((await show(process.execPath, ['node_modules/vite/bin/vite.js', 'build'])) !== 0) {
    throw new SetupError('vite build failed (above)');
  }
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}

// ---- Browsers, for the tests and the bench ------------------------------------------------------------------

/**
 * A snap, or Ubuntu's script that starts or asks for one: it does not see the profiles and files that tests make for it.
 * @param {string} file
 */
function isSnap(file) {
  if (realpathSync(file) === '/usr/bin/snap' || file.startsWith('/snap/')) return true;
  return statSync(file).size < 20_000 && /\/snap\/bin\/|snap install/.test(readFileSync(file, 'latin1'));
}

/**
 * Where a browser is: where the variable says, or the first of these commands that can be used; '' if there is none.
 * @param {string} variable of the environment
 * @param {string[]} names
 */
function findBrowser(variable, names) {
  const chosen = process.env[variable];
  if (!chosen) return names.map((name) => findTool(name)).find((file) => file && !isSnap(file)) ?? '';
  const file = chosen.includes('/') ? path.resolve(chosen) : findTool(chosen);
  if (!file || !existsSync(file)) throw new SetupError(`${variable} is '${chosen}', but no program is there`);
  return file;
}

export const findChromium = () =>
  findBrowser('CHROMIUM', ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser']);
export const findFirefox = () => findBrowser('FIREFOX', ['firefox-esr', 'firefox']);

// ---- System packages, for the tests only -------------------------------------------------------------------

/**
 * What the tests use beside Node: how to see that it is there, which Debian packages bring it, and what to do on Ubuntu
 * where that has only a snap.
 * @typedef {{what: string, packages: string[], present: () => unknown, onUbuntu?: string}} Tool
 * @type {Tool[]}
 */
const tools = [
  { what: 'cmake', packages: ['cmake'], present: () => findTool('cmake') },
  { what: 'make', packages: ['make'], present: () => findTool('make') },
  { what: 'a C compiler', packages: ['gcc', 'libc6-dev'], present: hasCompiler },
  { what: 'pkg-config', packages: ['pkgconf'], present: () => findTool('pkg-config') },
  { what: 'clang-format', packages: ['clang-format'], present: () => findTool('clang-format') },
  { what: 'clang-tidy', packages: ['clang-tidy'], present: () => findTool('clang-tidy') },
  { what: 'shellcheck', packages: ['shellcheck'], present: () => findTool('shellcheck') },
  {
    what: 'an Arm compiler',
    packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'],
    present: () => findTool('aarch64-linux-gnu-gcc'),
  },
  { what: 'qemu', packages: ['qemu-user'], present: () => findTool('qemu-aarch64') },
  { what: 'stb', packages: ['libstb-dev'], present: () => existsSync('/usr/include/stb/stb_image_write.h') },
  {
    what: 'chromium',
    packages: ['chromium'],
    present: findChromium,
    onUbuntu: "install Google Chrome's .deb, or set CHROMIUM to a Chromium or Chrome that is no snap",
  },
  {
    what: 'firefox',
    packages: ['firefox-esr'],
    present: findFirefox,
    onUbuntu: "install Mozilla's .deb of Firefox, or set FIREFOX to a Firefox that is no snap",
  },
];

function hasCompiler() {
  const compiler = findTool('cc', 'gcc', 'clang');
  // The compiler package alone comes without the C library's headers.
  const options = { input: '#include <stdio.h>\nint main(void) { return 0; }\n' };
  return compiler && spawnSync(compiler, ['-x', 'c', '-fsyntax-only', '-'], options).status === 0;
}

/**
 * Those of the named tools that are not installed.
 * @param {string[]} [names] all by default
 */
export const missingTools = (names) =>
  tools.filter((tool) => (names?.includes(tool.what) ?? true) && !tool.present());

/**
 * What of it apt can install on this system, and for the rest a line that says what is left out and what to do.
 * @param {Tool[]} missing
 * @param {string} release the text of /etc/os-release
 */
export function planTools(missing, release) {
  const ubuntu = /^(ID|ID_LIKE)=.*ubuntu/im.test(release);
  const byHand = missing.filter(({ onUbuntu }) => ubuntu && onUbuntu);
  const lines = byHand.map(
    ({ what, onUbuntu }) =>
      `${what} is missing, its tests are left out: Ubuntu has it only as a snap, which cannot see the tests' files; ${onUbuntu}`,
  );
  return { apt: missing.filter((tool) => !byHand.includes(tool)), lines };
}

/**
 * Installs what the tests miss, if that can be done without asking; otherwise says what to type.
 * @param {string[]} [wanted] names of tools; all by default
 */
export async function ensureTools(wanted) {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const { apt: missing, lines } = planTools(missingTools(wanted), release);
  for (const line of lines) say(line);
  if (missing.length === 0) return;
  const names = missing.map(({ what }) => what).join(', ');
  const packages = missing.flatMap((tool) => tool.packages);
  if (!findTool('apt-get')) throw new SetupError(`the tests need ${names}: install what is missing`);
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupError(`the tests need ${names}: run  sudo apt-get update && sudo ${install.join(' ')}`);
  }
  const sudo = isRoot ? [] : ['sudo', '-n'];
  say(`installing system packages for the tests: ${packages.join(' ')}`);
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  // Another vendor's source that is out of reach must not stop this: what counts is that the install works.
  const [update, add] = [['apt-get', '-q', 'update'], install].map((words) => [...sudo, ...env, ...words]);
  await show(update[0], update.slice(1));
  if ((await show(add[0], add.slice(1))) !== 0) {
    throw new SetupError(`apt-get could not install ${packages.join(' ')} (above): check the network`);
  }
  const still = missingTools(missing.map(({ what }) => what)).map(({ what }) => what);
  if (still.length > 0) throw new SetupError(`still missing after the installation: ${still.join(', ')}`);
}

// ---- Command line ----------------------------------------------------------------------------------------

/**
 * Runs a main function; a SetupError becomes one line and exit status 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`noisebook: error: ${error.message}`);
    process.exitCode = 1;
  }
}

/** @type {Record<string, () => Promise<void>>} */
const steps = { modules: ensureModules, wasm: ensureWasm, site: ensureSite, tools: () => ensureTools() };

if (isMain(import.meta.url)) {
  await runMain(async () => {
    checkNode();
    const words = process.argv.slice(2);
    const unknown = words.find((word) => !Object.hasOwn(steps, word));
    if (unknown !== undefined) {
      throw new SetupError(`unknown step '${unknown}': ${Object.keys(steps).join(', ')} are known`);
    }
    for (const word of words.length > 0 ? words : ['site']) await steps[word]();
  });
}

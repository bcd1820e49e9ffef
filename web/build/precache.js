/** Makes the service worker: it must know every file of the site, and the hash of each. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { policies } from './policy.js';
import { isolationHeaders } from './serve.mjs';

const NAME = 'service-worker.js';
const template = new URL('../offline/service-worker.js', import.meta.url);

/** Below the root, as a browser asks for it. @param {string} file */
const addressOf = (file) =>
  file
    .split(sep)
    .join('/')
    .replace(/(^|\/)index\.html$/, '$1');

/**
 * The hash of every file of a folder, as subresource integrity writes it.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function hashes(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .filter((file) => file !== NAME)
    .sort();
  const hash = (/** @type {string} */ file) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('base64');
  return Object.fromEntries(files.map((file) => [addressOf(file), `sha256-${hash(file)}`]));
}

/** @param {string} folder the built site */
export function serviceWorker(folder) {
  const files = JSON.stringify(hashes(folder));
  const source = readFileSync(template, 'utf8');
  const version = createHash('sha256')
    .update(files)
    .update(JSON.stringify(policies))
    .update(source)
    .digest('hex')
    .slice(0, 12);
  return source
    .replace('__FILES__', () => files)
    .replace('__VERSION__', version)
    .replace('__HEADERS__', JSON.stringify(isolationHeaders))
    .replace('__POLICIES__', () => JSON.stringify(policies));
}

/** @returns {import('vite').Plugin} */
export function precache() {
  let folder = '';
  return {
    name: 'noisebook-precache',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    writeBundle() {
      writeFileSync(join(folder, NAME), serviceWorker(folder));
    },
  };
}

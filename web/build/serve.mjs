// A static file server for the built site, for `npm start` and the browser tests: sirv, with compression as hosts have it.
//
//   node web/build/serve.mjs [DIR] [--port N] [--base /sub/path/] [--plain]
//
// It sends the headers that make a page cross-origin isolated, as threads in WebAssembly need, and those that say what it
// may load (policy.js); --plain leaves them out, as most file servers do. --base serves the folder below that path only.

import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { isMain } from './setup.mjs';

/** What sirv has no type for, or no encoding. @type {Record<string, string>} */
const types = {
  '.ipynb': 'application/x-ipynb+json',
  '.md': 'text/markdown; charset=utf-8',
  '.nbi': 'application/octet-stream',
  '.safetensors': 'application/octet-stream',
  '.txt': 'text/plain; charset=utf-8',
};

/** A page that comes with these is cross-origin isolated: it may share memory among threads. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

/**
 * Answers with a line of text.
 * @param {Response} response
 * @param {number} status
 * @param {string} text
 * @param {Record<string, string>} [headers]
 */
function answer(response, status, text, headers = {}) {
  response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

/**
 * Whether this is a folder of the site.
 * @param {string} root
 * @param {string} wanted
 */
async function isFolder(root, wanted) {
  const info = await stat(path.join(root, path.posix.normalize(wanted))).catch(() => undefined);
  return info?.isDirectory() ?? false;
}

/**
 * What answers requests.
 * @param {string} root
 * @param {string} base
 * @param {boolean} isolated
 * @param {boolean} guarded
 * @returns {Promise<(request: Request, response: Response) => Promise<void>>}
 */
async function handler(root, base, isolated, guarded) {
  // Not at the top: npm start reads this file before there are any packages.
  const [{ default: sirv }, { default: compression }, { policyOf }] = await Promise.all([
    import('sirv'),
    import('@polka/compression'),
    import('./policy.js'),
  ]);
  const common = { 'X-Content-Type-Options': 'nosniff', Vary: 'Accept-Encoding' };
  // dev: it looks at the folder each time, and the browser asks each time, and is told 304 as long as nothing was rebuilt.
  const files = sirv(root, {
    dev: true,
    etag: true,
    extensions: ['html'],
    setHeaders(response, name) {
      const type = types[path.extname(name)];
      if (type) response.setHeader('Content-Type', type);
    },
  });
  const pack = compression();
  return async (request, response) => {
    const [wanted] = (request.url ?? '/').split(/[?#]/, 1);
    const guard = {
      ...(isolated && isolationHeaders),
      ...(guarded && { 'Content-Security-Policy': policyOf(wanted) }),
    };
    for (const [name, value] of Object.entries({ ...common, ...guard })) response.setHeader(name, value);
    const below = wanted.startsWith(base) ? `/${wanted.slice(base.length)}` : undefined;
    const notFound = () => answer(response, 404, `404: there is nothing at ${wanted} here`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, '405: only GET and HEAD are answered', { Allow: 'GET, HEAD' });
    if (below === undefined) return notFound();
    if (!below.endsWith('/') && (await isFolder(root, decode(below)))) {
      // Relative links in the page need the slash. A leading '//' would name another host.
      const Location = `${wanted.replace(/^\/+/, '/')}/${(request.url ?? '').slice(wanted.length)}`;
      return answer(response, 301, `301: see ${Location}`, { Location });
    }
    request.url = below;
    // A part of a file is a part of its own bytes, not of the packed ones.
    if (request.headers.range) return files(request, response, notFound);
    pack(request, response, () => files(request, response, notFound));
  };
}

/** The text itself where it is no encoded one. @param {string} text */
function decode(text) {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<number>} the port it listens on
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}

/**
 * Serves a folder to this machine only.
 * @param {string} dir
 * @param {{port?: number, attempts?: number, base?: string, isolated?: boolean, guarded?: boolean}} [options]
 *   port 0 takes any free one; if the port is taken, the next ones are tried, `attempts` in all; base starts and ends with a
 *   slash; isolated: pages may share memory; guarded: pages are told what they may load
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 */
export async function serve(
  dir,
  { port = 0, attempts = 1, base = '/', isolated = true, guarded = isolated } = {},
) {
  const respond = await handler(await realpath(dir), base, isolated, guarded);
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  for (let attempt = 0; ; attempt++) {
    try {
      const bound = await listen(server, port + attempt);
      const close = () =>
        new Promise((/** @type {(value: void) => void} */ done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      return { url: `http://localhost:${bound}${base}`, port: bound, close };
    } catch (error) {
      const taken = /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
      if (!taken || attempt + 1 >= attempts || port + attempt >= 65535) throw error;
    }
  }
}

/**
 * Reads a port number; undefined if it is none.
 * @param {string | undefined} text
 */
export function parsePort(text) {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/**
 * One line for a failure to listen.
 * @param {unknown} error
 * @param {number} port
 */
export function explainListen(error, port) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'EADDRINUSE') return `port ${port} is taken: choose another with --port N`;
  if (code === 'EACCES') return `port ${port} is not allowed: choose one above 1023 with --port N`;
  return message;
}

/** @param {string[]} words the command line */
async function main(words) {
  const options = { dir: 'web/dist', port: 8000, base: '/', isolated: true };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--plain') options.isolated = false;
    else if (words[i] === '--port') options.port = parsePort(words[++i]) ?? 0;
    else if (words[i] === '--base') options.base = `/${words[++i] ?? ''}/`.replace(/\/+/g, '/');
    else if (words[i].startsWith('-')) throw new Error(`unknown option '${words[i]}'`);
    else options.dir = words[i];
  }
  if (options.port === 0) throw new Error('--port takes a number from 1 to 65535');
  try {
    console.log(`serving ${options.dir} at ${(await serve(options.dir, options)).url}`);
  } catch (error) {
    throw new Error(explainListen(error, options.port));
  }
}

if (isMain(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(`serve: error: ${error.message}`);
    process.exit(2);
  });
}

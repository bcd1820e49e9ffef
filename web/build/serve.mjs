// A static file server for the built site, for `npm start` and the browser tests. Node's own modules only.
//
//   node web/build/serve.mjs [DIR] [--port N] [--base /sub/path/] [--plain]
//
// It sends the headers that make a page cross-origin isolated, as threads in WebAssembly need, and those that say what it
// may load (policy.js); --plain leaves them out, as most file servers do. --base serves the folder below that path only.

import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { policyOf } from './policy.js';
import { isMain } from './setup.mjs';

/** @type {Record<string, string>} */
const mimeTypes = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.ipynb': 'application/x-ipynb+json',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** A page that comes with these is cross-origin isolated: it may share memory among threads. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {{root: string, base: string, headers: Record<string, string>, guarded: boolean}} Site guarded: with policy.js */

/**
 * Answers with a line of text.
 * @param {Request} request
 * @param {Response} response
 * @param {number} status
 * @param {string} text
 * @param {Record<string, string>} headers
 */
function answer(request, response, status, text, headers) {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/**
 * The path that a request asks for, decoded; undefined if it is malformed.
 * @param {string} url
 */
function requestedPath(url) {
  try {
    const decoded = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return decoded.startsWith('/') && !decoded.includes('\0') ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file or folder that a path names, links resolved; undefined if there is none inside the site.
 * @param {Site} site
 * @param {string} wanted
 */
async function locate(site, wanted) {
  try {
    const file = await realpath(path.join(site.root, wanted));
    if (file !== site.root && !file.startsWith(site.root + path.sep)) return undefined;
    return { file, info: await stat(file) };
  } catch {
    return undefined;
  }
}

/**
 * @param {Site} site
 * @param {Request} request
 * @param {Response} response
 */
async function respond(site, request, response) {
  const url = request.url ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(request, response, 405, '405: only GET and HEAD are answered', {
      ...site.headers,
      Allow: 'GET, HEAD',
    });
    return;
  }
  const wanted = requestedPath(url);
  if (wanted === undefined) {
    answer(request, response, 400, '400: this address is malformed', site.headers);
    return;
  }
  const notFound = () =>
    answer(request, response, 404, `404: there is nothing at ${wanted} here`, site.headers);
  if (!wanted.startsWith(site.base)) return notFound();
  let found = await locate(site, wanted.slice(site.base.length));
  if (found?.info.isDirectory()) {
    if (!wanted.endsWith('/')) {
      // Relative links in the page need the slash. A leading '//' would name another host.
      const Location = `${encodeURI(wanted).replace(/^\/+/, '/')}/${url.slice(url.split('?', 1)[0].length)}`;
      answer(request, response, 301, `301: see ${Location}`, { ...site.headers, Location });
      return;
    }
    found = await locate(site, path.join(wanted.slice(site.base.length), 'index.html'));
  } else if (wanted.endsWith('/')) {
    return notFound();
  }
  if (!found?.info.isFile()) return notFound();
  sendFile(site, request, response, found.file, found.info);
}

/**
 * @param {Site} site
 * @param {Request} request
 * @param {Response} response
 * @param {string} file
 * @param {import('node:fs').Stats} info
 */
function sendFile(site, request, response, file, info) {
  const etag = `"${info.size.toString(16)}-${Math.round(info.mtimeMs * 1000).toString(16)}"`;
  // no-cache: the browser asks each time, and is told 304 as long as nothing was rebuilt.
  const headers = {
    ...site.headers,
    ...(site.guarded ? { 'Content-Security-Policy': policyOf(file) } : {}),
    ETag: etag,
    'Cache-Control': 'no-cache',
  };
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const type = mimeTypes[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
  // Text goes over the line as hosts send it, packed.
  const packed =
    /^text|json|svg/.test(type) && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const size = packed ? { 'Content-Encoding': 'gzip' } : { 'Content-Length': info.size };
  response.writeHead(200, { ...headers, 'Content-Type': type, Vary: 'Accept-Encoding', ...size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // A file that shrinks or vanishes meanwhile (a rebuild) ends the connection, not the server.
  const stream = createReadStream(file, { end: Math.max(0, info.size - 1) });
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  if (packed) stream.pipe(createGzip()).pipe(response);
  else stream.pipe(response);
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
 * @param {{port?: number, attempts?: number, base?: string, isolated?: boolean}} [options] port 0 takes any
 *   free one; if the port is taken, the next ones are tried, `attempts` in all; base starts and ends with a slash
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 */
export async function serve(dir, { port = 0, attempts = 1, base = '/', isolated = true } = {}) {
  const headers = { 'X-Content-Type-Options': 'nosniff', ...(isolated ? isolationHeaders : {}) };
  const site = { root: await realpath(dir), base, headers, guarded: isolated };
  const server = createServer((request, response) => {
    respond(site, request, response).catch(() => response.destroy());
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

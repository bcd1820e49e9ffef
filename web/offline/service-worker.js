/**
 * Keeps the whole site on the reader's machine and answers from there, with the headers that isolate a page, so that it
 * may use threads on a server that does not send them. web/build/precache.js fills in FILES and VERSION.
 *
 * A new version is loaded file by file, each checked against its hash, and takes over when it is complete: the next page
 * that is opened is new, all of it. What still stands open finds its own scripts in the version before.
 */

/** @type {Record<string, string>} paths below the site's root, and the hashes of what is there */
const FILES = __FILES__;
const VERSION = '__VERSION__';

const worker = /** @type {any} */ (self);
/** @type {string} */
const SCOPE = worker.registration.scope;
const PREFIX = `noisebook ${SCOPE} `;
const CACHE = PREFIX + VERSION;

/** As web/build/serve.mjs sends them. */
const HEADERS = __HEADERS__;
/** web/build/policy.js. @type {Record<string, string>} */
const POLICIES = __POLICIES__;

/** @param {string} path */
const addressOf = (path) => new URL(path, SCOPE).href;

/** The same answer with the isolating headers, and what it may load. @param {Response} response @param {string} path */
function isolating(response, path) {
  if (response.status === 0) return response; // a redirection, which only the browser may look into
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  headers.set('Content-Security-Policy', POLICIES[path.endsWith('.js') ? '.js' : '']);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/**
 * A name with a hash in it always means the same content, so an older version's copy will do: if it is that content still, for
 * what lies in a cache is not beyond the reach of what runs on this origin.
 * @param {string} path
 */
async function kept(path) {
  const found = path.startsWith('assets/') ? await caches.match(addressOf(path)) : undefined;
  if (!found) return undefined;
  const digest = await crypto.subtle.digest('SHA-256', await found.clone().arrayBuffer());
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return FILES[path] === `sha256-${hash}` ? isolating(found, path) : undefined;
}

/** @param {string} path */
async function obtain(path) {
  const response = await fetch(addressOf(path), { cache: 'no-cache', integrity: FILES[path] });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return isolating(response, path);
}

async function install() {
  const cache = await caches.open(CACHE);
  const keep = async (/** @type {string} */ path) =>
    cache.put(addressOf(path), (await kept(path)) ?? (await obtain(path)));
  try {
    await Promise.all(Object.keys(FILES).map(keep));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  await worker.skipWaiting();
}

async function activate() {
  const versions = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(versions.slice(0, -1).map((name) => caches.delete(name)));
  // Not waited for: Firefox can take a minute to say that it is done, and answers no request before activation has ended.
  void worker.clients.claim();
}

/** Of a page that stands open since before. @param {string} address */
async function earlier(address) {
  for (const name of (await caches.keys()).filter((each) => each.startsWith(PREFIX)).reverse()) {
    const found = await (await caches.open(name)).match(address);
    if (found) return found;
  }
}

/** @param {Request} request */
async function answer(request) {
  const url = new URL(request.url);
  const address = url.origin + url.pathname;
  const cache = await caches.open(CACHE);
  const found = (await cache.match(address)) ?? (await earlier(address));
  if (found) return found;
  if (await cache.match(`${address}/`)) return Response.redirect(`${address}/${url.search}`);
  try {
    return isolating(await fetch(request), url.pathname);
  } catch (error) {
    if (request.mode !== 'navigate') throw error;
    const text = 'This page is not kept on your machine, and the site cannot be reached now.';
    return new Response(text, { status: 503, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
  }
}

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(SCOPE)) event.respondWith(answer(event.request));
});

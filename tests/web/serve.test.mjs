/** The static server: what it answers, and with which headers. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { explainListen, parsePort, serve } from '../../web/build/serve.mjs';

const outside = mkdtempSync(path.join(tmpdir(), 'noisebook-'));
const folder = path.join(outside, 'site');
const text = 'const a = 1;\n'.repeat(200);
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

before(async () => {
  mkdirSync(path.join(folder, 'exercises/05 x'), { recursive: true });
  const files = {
    'index.html': '<h1>start</h1>',
    'exercises/05 x/index.html': '<h1>five</h1>',
    'a.js': text,
    'a.wasm': '0123456789',
    'a.ipynb': '{}',
    '../secret.txt': 'secret',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  server = await serve(folder, { base: '/sub/' });
});
after(async () => {
  await server.close();
  rmSync(outside, { recursive: true });
});

/**
 * One request as it stands, without a client's own ideas of addresses and packing.
 * @param {string} where
 * @param {Record<string, string>} [headers]
 * @param {string} [method]
 * @returns {Promise<{status?: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer}>}
 */
const ask = (where, headers = {}, method = 'GET') =>
  new Promise((resolve, reject) => {
    const asked = request({ port: server.port, path: where, headers, method, agent: false }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });

test('pages and files come with their types, isolated', async () => {
  for (const [where, type, content] of [
    ['/sub/', /^text\/html/, '<h1>start</h1>'],
    ['/sub/?threads=1#x', /^text\/html/, '<h1>start</h1>'],
    ['/sub/exercises/05%20x/', /^text\/html/, '<h1>five</h1>'],
    ['/sub/a.js', /^text\/javascript/, text],
    ['/sub/a.wasm', /^application\/wasm$/, '0123456789'],
    ['/sub/a.ipynb', /^application\/x-ipynb\+json$/, '{}'],
  ]) {
    const { status, headers, body } = await ask(String(where));
    assert.equal(status, 200, String(where));
    assert.match(headers['content-type'] ?? '', /** @type {RegExp} */ (type));
    assert.equal(String(body), content);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
    assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
    assert.equal(
      String(headers['content-security-policy']).includes("'unsafe-eval'"),
      String(where).endsWith('.js'),
    );
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-cache');
  }
});

test('a folder without its slash is sent on, with its query', async () => {
  const { status, headers } = await ask('/sub/exercises/05%20x?mode=fast');
  assert.deepEqual([status, headers.location], [301, '/sub/exercises/05%20x/?mode=fast']);
});

test('what is not there, not asked for by GET, or not below the site', async () => {
  for (const where of ['/sub/b.js', '/', '/a.js', '/sub/exercises/', '/sub/%E0%A4%A', '/sub/%00'])
    assert.equal((await ask(where)).status, 404, where);
  for (const where of ['/sub/../secret.txt', '/sub/%2e%2e/secret.txt', '/sub/..%2fsecret.txt']) {
    const { status, body } = await ask(where);
    assert.equal(status, 404, where);
    assert.doesNotMatch(String(body), /^secret/);
  }
  const { status, headers } = await ask('/sub/', {}, 'POST');
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
  const head = await ask('/sub/a.js', {}, 'HEAD');
  assert.deepEqual([head.status, head.body.length], [200, 0]);
});

test('what is known is told so until it changes, and text goes packed', async () => {
  const first = await ask('/sub/a.js', { 'Accept-Encoding': 'gzip' });
  assert.equal(first.headers['content-encoding'], 'gzip');
  assert.equal(String(gunzipSync(first.body)), text);
  const known = { 'If-None-Match': String(first.headers.etag) };
  assert.equal((await ask('/sub/a.js', known)).status, 304);
  writeFileSync(path.join(folder, 'a.js'), `${text}//\n`);
  const { status, body } = await ask('/sub/a.js', known);
  assert.deepEqual([status, String(body)], [200, `${text}//\n`]);
});

test('a range of a file', async () => {
  const { status, headers, body } = await ask('/sub/a.wasm', { Range: 'bytes=2-5' });
  assert.deepEqual([status, headers['content-range'], String(body)], [206, 'bytes 2-5/10', '2345']);
  const packed = await ask('/sub/a.js', { Range: 'bytes=0-1999', 'Accept-Encoding': 'gzip' });
  assert.deepEqual([packed.headers['content-encoding'], packed.body.length], [undefined, 2000]);
  assert.equal((await ask('/sub/a.wasm', { Range: 'bytes=10-' })).status, 416);
});

test('without isolation; a port that is taken; a port that is none', async () => {
  const plain = await serve(folder, { isolated: false, port: server.port, attempts: 20 });
  assert.ok(plain.port > server.port);
  const answer = await fetch(plain.url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cross-origin-opener-policy'), null);
  assert.equal(answer.headers.get('content-security-policy'), null);
  await plain.close();
  await assert.rejects(serve(folder, { port: server.port }), (error) => {
    assert.match(explainListen(error, server.port), /^port \d+ is taken: choose another with --port N$/);
    return true;
  });
  assert.deepEqual(
    ['0', '65536', '8e3', '', '8000'].map((word) => parsePort(word)),
    [undefined, undefined, undefined, undefined, 8000],
  );
});

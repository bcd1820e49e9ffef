import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Script } from 'node:vm';
import { serviceWorker } from '../../web/build/precache.js';

let folder = '';
/** @param {string} file @param {string} text */
const write = (file, text) => writeFileSync(path.join(folder, file), text);

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'noisebook-'));
  mkdirSync(path.join(folder, 'lesson'));
  mkdirSync(path.join(folder, 'assets'));
  write('index.html', 'start');
  write('lesson/index.html', 'lesson');
  write('assets/a-1.js', 'a');
});
after(() => rmSync(folder, { recursive: true }));

/** @param {string} source @returns {Record<string, string>} */
const filesOf = (source) => JSON.parse(/^const FILES = (.*);$/m.exec(source)?.[1] ?? '');
/** @param {string} source */
const versionOf = (source) => /^const VERSION = '(\w+)';$/m.exec(source)?.[1];

test('the service worker knows every file by its address and its hash', () => {
  const source = serviceWorker(folder);
  assert.ok(new Script(source));
  assert.doesNotMatch(source, /__[A-Z]+__/);
  const files = filesOf(source);
  assert.deepEqual(Object.keys(files).sort(), ['', 'assets/a-1.js', 'lesson/']);
  assert.equal(files['lesson/'], `sha256-${createHash('sha256').update('lesson').digest('base64')}`);
});

test('another version when a file changes, the same when none does', () => {
  const first = serviceWorker(folder);
  write('service-worker.js', first);
  assert.equal(serviceWorker(folder), first);
  write('lesson/index.html', 'lesson, mended');
  assert.notEqual(versionOf(serviceWorker(folder)), versionOf(first));
});

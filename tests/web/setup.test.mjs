/** Browsers under other names and in other places, and what apt cannot bring. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findChromium, findFirefox, planTools, root } from '../../web/build/setup.mjs';

const { PATH, CHROMIUM, FIREFOX } = process.env;
let folder = '';

/** A program on the PATH. @param {string} name @param {string} text */
function program(name, text) {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'noisebook-'));
  process.env.PATH = folder;
  delete process.env.CHROMIUM;
  delete process.env.FIREFOX;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const [name, value] of Object.entries({ PATH, CHROMIUM, FIREFOX })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test('a browser is found by any of its names, but not a snap or what asks for one', () => {
  assert.equal(findChromium(), '');
  program(
    'chromium-browser',
    '#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then\n  echo "snap install chromium"\nfi\n',
  );
  program('firefox', '#!/bin/sh\nexec /snap/bin/firefox "$@"\n');
  assert.deepEqual([findChromium(), findFirefox()], ['', '']);
  const chrome = program('google-chrome', '#!/bin/sh\nexec /opt/google/chrome/chrome "$@"\n');
  assert.equal(findChromium(), chrome);
  const chromium = program('chromium', '#!/bin/sh\n');
  assert.equal(findChromium(), chromium);
  const esr = path.join(folder, 'firefox-esr');
  symlinkSync(chromium, esr);
  assert.equal(findFirefox(), esr);
});

test('the environment may name another, which must be there', () => {
  const mine = program('my-fox', '#!/bin/sh\n');
  process.env.FIREFOX = mine;
  assert.equal(findFirefox(), mine);
  process.env.FIREFOX = 'my-fox';
  assert.equal(findFirefox(), mine);
  process.env.FIREFOX = '/no/such/firefox';
  assert.throws(findFirefox, /FIREFOX is '\/no\/such\/firefox', but no program is there/);
});

test('on Ubuntu, apt is asked for no browser, and a line says what to do; on Debian it is', () => {
  const cmake = { what: 'cmake', packages: ['cmake'], present: () => '' };
  const fox = { what: 'firefox', packages: ['firefox-esr'], present: () => '', onUbuntu: 'do this' };
  const debian = planTools([cmake, fox], 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n');
  assert.deepEqual(debian, { apt: [cmake, fox], lines: [] });
  for (const release of [
    'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n',
    'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
  ]) {
    const { apt, lines } = planTools([cmake, fox], release);
    assert.deepEqual(apt, [cmake]);
    assert.equal(lines.length, 1);
    assert.match(lines[0], /^firefox is missing, its tests are left out: .*snap.*; do this$/);
  }
});

test('what runs before there are packages reads none: npm start, npm test, npm run build', () => {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {string} file */
  const follow = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, from] of text.matchAll(
      /^(?:import |(?:import|export)\b[^'";(]*? from )['"]([^'"]+)['"];/gm,
    )) {
      if (from.startsWith('.')) follow(path.resolve(path.dirname(file), from));
      else assert.match(from, /^node:/, `${path.relative(root, file)} imports ${from}`);
    }
  };
  for (const start of ['web/build/start.mjs', 'web/build/setup.mjs', 'tests/run.mjs'])
    follow(path.join(root, start));
  assert.ok(seen.size > 5);
});

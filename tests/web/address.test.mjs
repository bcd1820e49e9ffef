/** The address that the build is told, and where it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteAddress, withAddress } from '../../web/build/address.js';

test('the address of a site ends with a slash, and what is none is refused', () => {
  assert.equal(siteAddress(undefined), '');
  assert.equal(siteAddress('https://example.org'), 'https://example.org/');
  assert.equal(siteAddress('https://example.org/course'), 'https://example.org/course/');
  for (const wrong of [
    'example.org',
    'ftp://example.org/',
    'https://example.org/?a',
    'https://example.org/#a',
  ])
    assert.throws(() => siteAddress(wrong), /NOISEBOOK_SITE is .*: it takes the address of the start page/);
});

test('a picture gets a whole address, and nothing else does', () => {
  const page = (/** @type {string} */ address) =>
    `<link href="../../a.css"><meta property="og:image" content="${address}"><meta property="og:title" content="../b">`;
  for (const own of ['./assets/p.png', '../../assets/p.png', 'assets/p.png'])
    assert.equal(
      withAddress(page(own), 'https://example.org/course/'),
      page('https://example.org/course/assets/p.png'),
    );
  assert.equal(withAddress(page('./assets/p.png'), ''), page('./assets/p.png'));
});

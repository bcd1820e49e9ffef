/**
 * What a browser shall hold back, should something foreign ever run on the site: a page loads from its own place alone and
 * stands in no frame of others; a worker, which evaluates cells, too. A page says it in its head as well (plugin.js), for
 * servers that send no headers; a worker goes by the headers it came with, which the service worker adds where they lack.
 */
import { createHash } from 'node:crypto';
import { THEME } from './shell.js';

const theme = `'sha256-${createHash('sha256').update(THEME).digest('base64')}'`;

const PAGE = [
  "default-src 'none'",
  `script-src 'self' ${theme}`,
  // Elements carry styles of their own, and so do formulas and the editor.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Any script may be a worker's; where it is a page's, the page's own policy counts. */
const SCRIPT = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
].join('; ');

/** A page's, in its head. */
export const metaPolicy = PAGE;

/** By what a path ends in. */
export const policies = { '.js': SCRIPT, '': `${PAGE}; frame-ancestors 'self'` };

/** @param {string} path of a file or page */
export const policyOf = (path) => policies[/\.m?js$/.test(path) ? '.js' : ''];

// npm start: set up what is missing, build what is stale, serve the site on this machine. Node's own modules only,
// since node_modules may not be there yet.
//
//   npm start [-- --port N]   (default 8000, or the next free port)

import path from 'node:path';
import { explainListen, parsePort, serve } from './serve.mjs';
import { checkNode, ensureSite, root, runMain, SetupError, say } from './setup.mjs';

const defaultPort = 8000;
const usage = 'usage: npm start [-- --port N]';

/**
 * The port that the command line asks for; undefined if it does not.
 * @param {string[]} words
 * @returns {number | undefined}
 */
function portFrom(words) {
  /** @type {number | undefined} */
  let port;
  for (let i = 0; i < words.length; i++) {
    const [option, inline] = words[i].split('=', 2);
    if (option === '--help' || option === '-h') {
      console.log(
        `${usage}\nSets up what is missing, builds and serves the site at http://localhost:${defaultPort}/`,
      );
      process.exit(0);
    }
    if (option !== '--port') misuse(`unknown option '${words[i]}'`);
    const text = inline ?? words[++i];
    port = parsePort(text) ?? misuse(`--port takes a number from 1 to 65535, not '${text ?? ''}'`);
  }
  return port;
}

/**
 * @param {string} text
 * @returns {never}
 */
function misuse(text) {
  console.error(`noisebook: error: ${text}; ${usage}`);
  process.exit(2);
}

await runMain(async () => {
  const asked = portFrom(process.argv.slice(2));
  checkNode();
  await ensureSite();
  const port = asked ?? defaultPort;
  try {
    const site = await serve(path.join(root, 'web/dist'), { port, attempts: asked ? 1 : 100 });
    say(`open ${site.url} (Ctrl-C ends it)`);
  } catch (error) {
    throw new SetupError(explainListen(error, port));
  }
});

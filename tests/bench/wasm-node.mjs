// One contestant: a module in Node. Says {"ready": true, ...}, then answers each line 'run NAME' in JSON.
//
//   node tests/bench/wasm-node.mjs MODULE.mjs exact|fast SECONDS

import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { start } from './wasm-workloads.mjs';

const [file, mode, seconds] = process.argv.slice(2);
const module = pathToFileURL(path.resolve(file)).href;
const { ready, answer } = await start({
  module,
  mode: mode === 'fast' ? 'fast' : 'exact',
  seconds: Number(seconds),
});
console.log(JSON.stringify(ready));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) console.log(JSON.stringify(answer(line)));
}

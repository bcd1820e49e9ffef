// One contestant: a module in Node. Says {"ready": true, ...}, then answers each line in JSON.
//
//   node tests/bench/wasm-node.mjs MODULE exact|fast THREADS SECONDS

import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { start } from './wasm-workloads.mjs';

const [file, mode, threads, seconds] = process.argv.slice(2);
v8.setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 asks for it
const module = pathToFileURL(path.resolve(file)).href;
const { ready, answer } = await start({
  module,
  mode: mode === 'fast' ? 'fast' : 'exact',
  threads: Number(threads),
  seconds: Number(seconds),
});
console.log(JSON.stringify(ready));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) console.log(JSON.stringify(await answer(line)));
}
process.exit(); // whatever the module's workers do

// What CMake does with the WebAssembly modules that Emscripten has linked (wasm.cmake).
//
//   node web/build/modules.mjs finish FILE     a module's script, just linked
//   node web/build/modules.mjs check FOLDER    all of them: the sizes, and that two scripts serve for four modules

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes, gzipped; a reader on a slow line waits for them. */
const mostBytes = 132_000;

/** @param {string} text */
function fail(text) {
  console.error(`modules: error: ${text}`);
  process.exitCode = 1;
}

/** A thread runs this same script, whatever name a bundler has given it. @param {string} file */
function finish(file) {
  const script = readFileSync(file, 'utf8');
  const own = new RegExp(`new URL\\("${path.basename(file)}", *import\\.meta\\.url\\)`, 'g');
  writeFileSync(file, script.replace(own, 'new URL(import.meta.url)'));
}

/** @param {string} folder */
function check(folder) {
  const read = (/** @type {string} */ name) => readFileSync(path.join(folder, name));
  const weigh = (/** @type {string} */ name) => {
    const size = gzipSync(read(name), { level: 9 }).length;
    console.log(`modules: build/wasm/${name}: ${size} bytes gzipped (limit ${mostBytes})`);
    if (size > mostBytes) fail(`${name} is too large: see what grew (llvm-nm --print-size)`);
  };
  weigh('noisebook-pytorch.wasm');
  for (const threads of ['', '-threads']) {
    for (const kind of ['simd128', 'relaxed']) weigh(`noisebook-${kind}${threads}.wasm`);
    // The pages load one script for both instruction sets, since Emscripten makes the same but for the name inside.
    const relaxed = String(read(`noisebook-relaxed${threads}.mjs`));
    if (
      relaxed.replaceAll('noisebook-relaxed', 'noisebook-simd128') !==
      String(read(`noisebook-simd128${threads}.mjs`))
    )
      fail(
        `noisebook-relaxed${threads}.mjs is another script than simd128's: web/kernel/load.js must load both`,
      );
  }
}

const [task, where] = process.argv.slice(2);
if (task === 'finish') finish(where);
else check(where);

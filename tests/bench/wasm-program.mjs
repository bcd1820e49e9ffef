// noisebook-bench in WebAssembly (build-wasm.sh --bench), for Node and for a page's worker alike.

const program = new URL('../../build/wasm-bench/noisebook-bench.mjs', import.meta.url);

/** files: the texts that arguments name.
 * @typedef {{args: string[], files: Record<string, string>}} Call */

/**
 * Runs it to its end and returns its exit status.
 * @param {Call} call
 * @param {(line: string) => void} print
 * @returns {Promise<number>}
 */
export async function runBench({ args, files }, print) {
  const { default: create } = await import(`${program}`);
  const module = await create({ print, printErr: print });
  for (const [name, text] of Object.entries(files)) module.FS.writeFile(name, text);
  return module.callMain(args);
}

/** What a browser's WebAssembly can do, and which modules of build-wasm.sh that means. */

/** @typedef {{simd: boolean, relaxed: boolean, threads: boolean, cores: number}} Features */
/** @typedef {{name: 'simd128' | 'relaxed' | 'simd128-threads' | 'relaxed-threads', threads: number}} Choice */

/** A batch is cut into four lanes: with more threads, some wait. */
const USEFUL_THREADS = 4;
const MOST_THREADS = 8;

/** A module of one function without parameters that leaves a vector; `code` is its body. @param {number[]} code */
const validates = (code) =>
  typeof WebAssembly === 'object' &&
  WebAssembly.validate(
    Uint8Array.of(
      ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
      ...[10, code.length + 4, 1, code.length + 2, 0, ...code, 11],
    ),
  );

/** i32.const 0, i8x16.splat */
const SPLAT = [65, 0, 253, 15];

/** i8x16.popcnt came last into the standard. */
const runsSimd = () => validates([...SPLAT, 253, 98]);

/** f32x4.relaxed_madd */
export const runsRelaxed = () => validates([...SPLAT, ...SPLAT, ...SPLAT, 253, 133, 2]);

/** @returns {Features} */
export function detect() {
  const isolated = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
  return {
    simd: runsSimd(),
    relaxed: runsRelaxed(),
    threads: isolated && typeof Worker === 'function',
    cores: globalThis.navigator?.hardwareConcurrency || 1,
  };
}

/**
 * The modules to try, the fastest first: when one does not start, threads are given up before relaxed SIMD.
 * @param {Features} features @param {number} [wanted] how many threads; as many as are of use if left out
 * @returns {Choice[]} none if there is no SIMD
 */
export function choose({ simd, relaxed, threads, cores }, wanted = Math.min(cores, USEFUL_THREADS)) {
  if (!simd) return [];
  /** @type {('relaxed' | 'simd128')[]} */
  const names = relaxed ? ['relaxed', 'simd128'] : ['simd128'];
  /** @type {Choice[]} */
  const single = names.map((name) => ({ name, threads: 1 }));
  if (!threads || wanted < 2) return single;
  return [{ name: `${names[0]}-threads`, threads: Math.min(wanted, MOST_THREADS) }, ...single];
}

const NO_SIMD =
  'This browser cannot run the lessons, for it has no WebAssembly SIMD. Chrome and Edge 91, Firefox 89, Safari 16.4 ' +
  'and all that came later have it.';

/**
 * Starts the first module that does start.
 * @template T
 * @param {Choice[]} choices @param {(choice: Choice) => Promise<T>} begin
 * @returns {Promise<Choice & {wasm: T, passed: string[]}>} passed: what was tried before it, and what it said
 */
export async function startFirst(choices, begin) {
  if (choices.length === 0) throw new Error(NO_SIMD);
  const passed = [];
  for (const choice of choices) {
    try {
      return { ...choice, wasm: await begin(choice), passed };
    } catch (error) {
      passed.push(`${choice.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(
    'The program that computes could not be started. Reload the page; if that does not help, try another browser, or ' +
      `tell whoever runs this site what went wrong: ${passed.join('; ')}.`,
  );
}

// The multiply-add peak of the engine that this runs in: a tiny WebAssembly module of independent 128-bit
// multiply-adds on registers and the first-level cache, assembled here byte by byte.

const rounds = 100_000;

/**
 * An unsigned number in LEB128.
 * @param {number} value
 * @returns {number[]}
 */
const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** @param {number[][]} items */
const vector = (...items) => [...leb(items.length), ...items.flat()];

/**
 * @param {number} id
 * @param {number[]} body
 */
const section = (id, body) => [id, ...leb(body.length), ...body];

// Instructions and types, by the names of WebAssembly's text format.
const simd = (/** @type {number} */ code) => [0xfd, ...leb(code)];
const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
const get = (/** @type {number} */ local) => [0x20, ...leb(local)];
const set = (/** @type {number} */ local) => [0x21, ...leb(local)];
const [load, extractLane0] = [(/** @type {number} */ at) => [...simd(0), 4, ...leb(at)], [...simd(0x1f), 0]];
const [add, mul, relaxedMadd] = [simd(0xe4), simd(0xe6), simd(0x105)];
const constant = (/** @type {number} */ value) => [0x41, ...leb(value)]; // below 64

/**
 * A function of the number of rounds that returns the sum of all first lanes, so that nothing can be left out. Each
 * loaded vector goes into two sums, as in a tile of a matrix product.
 * @param {number} loads
 * @param {boolean} fused
 */
function assemble(loads, fused) {
  const [count, at, value, y0, y1, first] = [0, 1, 2, 3, 4, 5];
  const sums = Array.from({ length: 2 * loads }, (_, i) => first + i);
  const madd = sums.flatMap((sum, i) => {
    const v = i % 2 ? get(value) : [...get(at), ...load(64 + 8 * i), ...set(value), ...get(value)];
    const y = get(i % 2 ? y1 : y0);
    return [
      ...(fused ? [...v, ...y, ...get(sum), ...relaxedMadd] : [...v, ...y, ...mul, ...get(sum), ...add]),
      ...set(sum),
    ];
  });
  const code = [
    ...vector([1, i32], [...leb(3 + 2 * loads), v128]),
    ...[...constant(0), ...load(0), ...set(y0), ...constant(0), ...load(16), ...set(y1)],
    ...[0x03, 0x40], // loop; at = (count & 3) << 4
    ...[...get(count), ...constant(3), 0x71, ...constant(4), 0x74, ...set(at), ...madd],
    ...[...get(count), ...constant(1), 0x6b, 0x22, count, 0x0d, 0, 0x0b], // br_if 0 (count -= 1); end
    ...get(sums[0]),
    ...sums.slice(1).flatMap((sum) => [...get(sum), ...add]),
    ...[...extractLane0, 0x0b],
  ];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([0x60, ...vector([i32]), ...vector([f32])])),
    ...section(3, vector([0])),
    ...section(5, vector([0, 1])), // a page of memory
    ...section(7, vector([1, 0x70, 0, 0])), // export "p"
    ...section(10, vector([...leb(code.length), ...code])),
  ]);
}

/**
 * @param {number} loads
 * @param {boolean} fused
 */
function compile(loads, fused) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(loads, fused)));
  const loop = /** @type {(count: number) => number} */ (exports.p);
  for (let i = 0; i < 50; i++) loop(rounds); // until the engine has optimized it
  return { flops: 2 * 4 * 2 * loads * rounds, loop };
}

// A measurement keeps the processor busy for so long: all threads then do so at once.
const milliseconds = 30;

/**
 * Prepares a measurement of the GFLOP/s that one thread reaches with nothing but multiply-adds: fused ones in fast
 * mode, where the engine has them. Each call takes the best of some short runs, of two loops: which one schedules
 * better depends on the engine.
 * @param {'exact' | 'fast'} mode
 */
export function madPeak(mode) {
  const fused = mode === 'fast' && WebAssembly.validate(assemble(4, true));
  const loops = [compile(4, fused), compile(5, fused)];
  return () => {
    let best = 0;
    let start = performance.now();
    const end = start + milliseconds;
    for (let i = 0; start < end; i++) {
      const { flops, loop } = loops[i % 2];
      loop(rounds);
      const now = performance.now();
      best = Math.max(best, (1e-6 * flops) / (now - start));
      start = now;
    }
    return best;
  };
}

/**
 * A worker that measures with us, as a function that asks it.
 * @param {'exact' | 'fast'} mode
 */
async function startHelper(mode) {
  const Kind = globalThis.Worker ?? (await import('node:worker_threads')).Worker;
  /** @type {any} Node's or the page's */
  const worker = new Kind(new URL('./peak-worker.mjs', import.meta.url), { type: 'module' });
  if ('unref' in worker) worker.unref();
  /** @type {(gflops: number) => void} */
  let resolve;
  const next = () =>
    new Promise((/** @type {(gflops: number) => void} */ done) => {
      resolve = done;
    });
  const listen = (/** @type {any} */ message) => resolve(message?.data ?? message);
  const ready = next();
  if ('on' in worker) worker.on('message', listen);
  else worker.addEventListener('message', listen);
  await ready;
  const ask = () => {
    const answer = next();
    worker.postMessage(mode);
    return answer;
  };
  await ask(); // the engine optimizes the loops
  return ask;
}

/**
 * The same on several threads at once: the sum of what each reaches while the others are busy too.
 * @param {'exact' | 'fast'} mode
 * @param {number} threads
 */
export async function peakOnThreads(mode, threads) {
  const own = madPeak(mode);
  const helpers = await Promise.all(Array.from({ length: threads - 1 }, () => startHelper(mode)));
  return async () => {
    const asked = helpers.map((ask) => ask());
    const mine = own();
    return (await Promise.all(asked)).reduce((sum, gflops) => sum + gflops, mine);
  };
}

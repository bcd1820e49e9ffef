/** The names that `lab` offers, for the editor's completion: asked of the kernel itself, so that none is missing. */

/** Loaded by its address, so that Vite does not bundle it with its settings: figures name style sheets. @param {string} path */
const load = (path) => import(new URL(path, import.meta.url).href);

/** @returns {Promise<{label: string, type: string}[]>} with those of lab.store as "store.save" */
export async function labNames() {
  const [{ default: createNoisebook }, { Core }, { Kernel }, { memoryStorage, shelfIn }] = await Promise.all(
    [
      '../../build/wasm/noisebook-simd128.mjs',
      '../kernel/core.js',
      '../kernel/kernel.js',
      '../kernel/storage.js',
    ].map(load),
  );
  const core = new Core(await createNoisebook());
  const { lab } = new Kernel({ core, shelf: shelfIn(memoryStorage()), post() {} }).evaluator.scope;
  return Object.entries(lab).flatMap(([label, value]) =>
    typeof value === 'object'
      ? Object.keys(value).map((name) => ({ label: `${label}.${name}`, type: 'method' }))
      : [{ label, type: /^[A-Z]/.test(label) ? 'class' : 'function' }],
  );
}

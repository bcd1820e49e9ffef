/** The names that `lab` offers, for the editor's completion: asked of the kernel itself, so that none is missing. */
import { Core } from '../kernel/core.js';
import { Kernel } from '../kernel/kernel.js';
import { memoryStorage, shelfIn } from '../kernel/storage.js';

const wasm = new URL('../../build/wasm/noisebook-simd128.mjs', import.meta.url);

/** @returns {Promise<{label: string, type: string}[]>} with those of lab.store as "store.save" */
export async function labNames() {
  const { default: createNoisebook } = await import(wasm.href);
  const core = new Core(await createNoisebook());
  const { lab } = new Kernel({ core, shelf: shelfIn(memoryStorage()), post() {} }).evaluator.scope;
  return Object.entries(lab).flatMap(([label, value]) =>
    typeof value === 'object'
      ? Object.keys(value).map((name) => ({ label: `${label}.${name}`, type: 'method' }))
      : [{ label, type: /^[A-Z]/.test(label) ? 'class' : 'function' }],
  );
}

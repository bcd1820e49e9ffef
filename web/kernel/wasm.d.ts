/** What build-wasm.sh makes. */
declare module '@wasm/*.mjs' {
  const createNoisebook: (options?: Record<string, unknown>) => Promise<import('./memory.js').Wasm>;
  export default createNoisebook;
}
declare module '@wasm/noisebook-pytorch.mjs' {
  interface Pytorch {
    wasmMemory: WebAssembly.Memory;
    _malloc: (bytes: number) => number;
    /** Of src/api/pytorch.c: where its result lies, or 0. */
    _nbw_pytorch: (file: number, bytes: number, settings: number) => number;
  }
  const createNoisebook: (options?: Record<string, unknown>) => Promise<Pytorch>;
  export default createNoisebook;
}
declare module '@wasm/*.wasm?url' {
  const url: string;
  export default url;
}
declare module '*.css';
/** Vite's: whether this is its server, and what a pattern matches. */
interface ImportMeta {
  env: { DEV: boolean };
  glob(patterns: string[], options: { query: string; import: string; eager: true }): Record<string, string>;
}
/** What web/build/names.js finds. */
declare module 'virtual:lab-names' {
  const names: { label: string; type: string }[];
  export default names;
}
/** What web/build/precache.js fills into the service worker. */
declare const __FILES__: Record<string, string>;
declare const __POLICIES__: Record<string, string>;
declare const __HEADERS__: Record<string, string>;

/** What build-wasm.sh makes. */
declare module '@wasm/*.mjs' {
  const createNoisebook: (options?: {
    locateFile?: (path: string) => string;
  }) => Promise<import('./memory.js').Wasm>;
  export default createNoisebook;
}
declare module '@wasm/*.wasm?url' {
  const url: string;
  export default url;
}
declare module '*.css';
/** Vite's: what a pattern matches. */
interface ImportMeta {
  glob(patterns: string[], options: { query: string; import: string; eager: true }): Record<string, string>;
}
/** What web/build/names.js finds. */
declare module 'virtual:lab-names' {
  const names: { label: string; type: string }[];
  export default names;
}

/** The messages between page and kernel: the one place that says what they look like. */

/** @typedef {import('./evaluate.js').CellError} CellError */
/** @typedef {keyof typeof import('../figures/index.js')} FigureKind */
/** @typedef {FigureKind | 'text' | 'table' | 'check' | 'controls' | 'error' | 'file'} Kind */
/** @typedef {Record<string, any>} Props what a display shows; plain data and typed arrays only */

/**
 * How the kernel shall compute: exact, with the same bits everywhere, or fast, with fused multiply-adds where the browser
 * has them. As many threads as turn out to be of use, if no number is given.
 * @typedef {{mode: 'exact' | 'fast', threads?: number}} Wish
 */

/**
 * What computes: the wasm module and its kernels.
 * @typedef {{module: string, kernels: string, threads: number, mode: 'exact' | 'fast'}} Engine
 */

/**
 * A model was saved: and kept; and kept, but another tab's had to be laid beside it; or it stays as long as the page, because
 * this browser keeps nothing or has no room. Or what was kept under that name is damaged, and counts as nothing.
 * @typedef {{type: 'kept', name: string, how: 'kept' | 'beside' | 'fleeting' | 'full' | 'damaged'}} Kept
 */

/**
 * What a kernel asks the page for, as its worker has neither network nor storage: a file of web/data; the model kept under a
 * name; to keep one.
 * @typedef {{want: 'asset', name: string} | {want: 'model', name: string}
 *   | {want: 'keep', name: string, saved: import('./storage.js').Saved & {tab: string}, known: number}} Wanted
 * @typedef {{id: number, value: any, failure: string | null}} Answer failure: why there is no value
 */

/**
 * Page to kernel; `start` comes first. Its `generation` counts the kernels that a page starts: ids of displays of one kernel
 * are no ids of another, so that what belongs to a kernel that has ended reaches nothing.
 * @typedef {{type: 'start', generation: number} & Wish
 *   | {type: 'run', cell: string, source: string, prepared: import('./evaluate.js').Prepared | null,
 *     values: Record<string, any>}
 *   | {type: 'input', id: number, values: Record<string, any>}
 *   | {type: 'png', id: number, width: number, height: number, pixels: Uint8Array}
 *   | ({type: 'answer'} & Answer)
 *   | {type: 'flow', action: 'pause' | 'resume' | 'step' | 'stop'}} Request `values`: where the cell's controls start, by name,
 *   if not where it says
 */

/**
 * Kernel to page. A target is a cell's id or the number of a `controls` display, which has outputs of its own.
 * @typedef {{type: 'loaded'}
 *   | {type: 'ready', version: string, engine: Engine, measured?: number}
 *   | {type: 'failed', message: string}
 *   | {type: 'done', cell: string, error: CellError | null, ms: number}
 *   | {type: 'show', target: string | number, id: number, at: number, kind: Kind, props: Props}
 *   | {type: 'update', id: number, props: Props}
 *   | {type: 'trim', target: string | number, count: number}
 *   | {type: 'progress', cell: string, done: number, total: number, label: string}
 *   | {type: 'png', id: number, file: Uint8Array<ArrayBuffer> | null, message: string}
 *   | Kept
 *   | ({type: 'ask', id: number} & Wanted)
 *   | {type: 'trapped', cell: string, why: string}
 *   | {type: 'paused', paused: boolean}
 *   | {type: 'busy', busy: boolean}} Message `loaded`: what computes is here and starts now;
 *   `measured`: how many threads turned out to be of use here, where no number was wished;
 *   `trapped`: it failed in the midst of something (trap.js), in the code of a cell, and the kernel is of no more use;
 *   `busy`: a control's code runs while no cell does
 */

export {};

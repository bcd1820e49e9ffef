/**
 * What a cell can reach. Cells are often someone else's, so before the first one runs, the kernel's worker loses all that
 * leads out of it: network, storage that pages share, other workers with fresh globals, code made from text. What the
 * kernel needs from outside, it asks the page for (ask.js). A name that is not listed here goes, so that what browsers
 * invent later is not there either.
 */

/** ECMAScript's own, and what computes, waits, packs or measures. */
const KEPT = new Set(
  `Object Array Number Boolean String Symbol BigInt Math JSON Reflect Proxy Promise Map Set WeakMap WeakSet WeakRef
  FinalizationRegistry Date RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  SuppressedError InternalError DisposableStack AsyncDisposableStack Iterator AsyncIterator ArrayBuffer SharedArrayBuffer
  DataView Atomics Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array
  BigUint64Array Float16Array Float32Array Float64Array Intl Temporal WebAssembly globalThis Infinity NaN undefined isFinite
  isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape constructor
  self name location origin isSecureContext crossOriginIsolated console performance Performance PerformanceEntry crypto Crypto
  CryptoKey SubtleCrypto clearTimeout clearInterval queueMicrotask structuredClone requestAnimationFrame
  cancelAnimationFrame atob btoa TextEncoder TextDecoder TextEncoderStream TextDecoderStream CompressionStream
  DecompressionStream ReadableStream ReadableStreamDefaultReader WritableStream WritableStreamDefaultWriter TransformStream
  ByteLengthQueuingStrategy CountQueuingStrategy URL URLSearchParams Blob ImageData AbortController AbortSignal Event
  EventTarget CustomEvent ErrorEvent MessageEvent PromiseRejectionEvent MessageChannel MessagePort DOMException
  addEventListener removeEventListener dispatchEvent reportError onerror onmessage onmessageerror onunhandledrejection
  onrejectionhandled`.split(/\s+/),
);

/** What must be gone, or the kernel does not start; and a cell that names it is told why it is not there. */
export const REACHING_OUT = new Set(
  `fetch fetchLater XMLHttpRequest WebSocket WebSocketStream EventSource WebTransport caches CacheStorage Cache indexedDB
  IDBFactory cookieStore navigator BroadcastChannel importScripts Worker SharedWorker postMessage FontFace fonts
  RTCPeerConnection webkitRequestFileSystem webkitRequestFileSystemSync webkitResolveLocalFileSystemURL
  webkitResolveLocalFileSystemSyncURL StorageManager FileSystemHandle Notification localStorage sessionStorage eval
  Function`.split(/\s+/),
);

/** Its objects must not give it back. @param {unknown} value */
function forgetConstructor(value) {
  if (typeof value !== 'function' || !value.prototype) return;
  Reflect.defineProperty(value.prototype, 'constructor', {
    value: undefined,
    writable: false,
    configurable: false,
  });
}

/** @param {object} holder @param {string} name */
function remove(holder, name) {
  const { value } = Reflect.getOwnPropertyDescriptor(holder, name) ?? {};
  forgetConstructor(value);
  if (Reflect.deleteProperty(holder, name)) return;
  Reflect.defineProperty(holder, name, { value: undefined, writable: false });
}

/** In place of what makes functions from text. @param {string} name @param {object} prototype of the functions it would make */
function refuseText(name, prototype) {
  const Refusing = () => {
    throw new EvalError(`${name}: a cell makes no code from text`);
  };
  Refusing.prototype = prototype;
  Reflect.defineProperty(prototype, 'constructor', { value: Refusing, writable: false, configurable: false });
}

/** @param {any} scope the worker's global object */
function removeTextToCode(scope) {
  const kinds = [() => {}, async () => {}, function* () {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = Reflect.getPrototypeOf(kind);
    if (prototype) refuseText(prototype.constructor.name, prototype);
  }
  for (const name of ['setTimeout', 'setInterval']) {
    const set = scope[name].bind(scope);
    const value = (/** @type {unknown} */ act, /** @type {unknown[]} */ ...rest) => {
      if (typeof act !== 'function') throw new TypeError(`${name} takes a function`);
      return set(act, ...rest);
    };
    Object.defineProperty(scope, name, { value, writable: false, configurable: false });
  }
}

/**
 * Takes away what is not listed, in all objects that the global one inherits from. Throws if something stays that leads out.
 * @param {any} scope the worker's global object
 */
export function lockDown(scope) {
  const cores = scope.navigator?.hardwareConcurrency;
  removeTextToCode(scope);
  const own = new Set(['setTimeout', 'setInterval']);
  for (let holder = scope; holder && holder !== Object.prototype; holder = Reflect.getPrototypeOf(holder))
    for (const name of Reflect.ownKeys(holder))
      if (typeof name === 'string' && !KEPT.has(name) && !(holder === scope && own.has(name)))
        remove(holder, name);
  const left = [...REACHING_OUT].filter((name) => scope[name] !== undefined);
  if (left.length)
    throw new Error(`this browser does not let the cells be kept apart from the site (${left.join(', ')})`);
  // Harmless, and asked for by programs that look where they are.
  Object.defineProperty(scope, 'navigator', { value: Object.freeze({ hardwareConcurrency: cores }) });
}

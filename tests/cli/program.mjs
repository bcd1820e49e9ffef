// The native program as tests run it, and reading what it writes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

export const program = 'build/native/noisebook';
const folder = mkdtempSync(join(tmpdir(), 'noisebook-'));
after(() => rmSync(folder, { recursive: true, force: true }));
export const at = (/** @type {string} */ name) => join(folder, name);

/** @param {string} line words, separated by spaces */
export function noisebook(line) {
  const { status, stdout, stderr } = spawnSync(program, line.split(' '), {
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

/** @param {string} line */
export function succeeds(line) {
  const { status, stderr } = noisebook(line);
  assert.equal(status, 0, stderr);
}

/**
 * A .npy file: its shape and numbers.
 * @param {string} path
 * @returns {{shape: number[], data: Float32Array | Float64Array | Int32Array}}
 */
export function npy(path) {
  const file = readFileSync(path);
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, start);
  const shape = /\(([^)]*)\)/.exec(header)?.[1].match(/\d+/g)?.map(Number) ?? [];
  const bytes = new Uint8Array(file.subarray(start)).buffer;
  const descr = /'<(..)'/.exec(header)?.[1];
  if (descr === 'f4') return { shape, data: new Float32Array(bytes) };
  if (descr === 'f8') return { shape, data: new Float64Array(bytes) };
  if (descr === 'i4') return { shape, data: new Int32Array(bytes) };
  throw new Error(`${path} is of type ${descr}`);
}

/**
 * Writes numbers as a .npy file, and gives its path: whole ones as int32, else float32.
 * @param {string} name @param {number[]} shape @param {Int32Array | ArrayLike<number>} numbers
 */
export function writeNpy(name, shape, numbers) {
  const whole = numbers instanceof Int32Array;
  const text = `{'descr': '<${whole ? 'i4' : 'f4'}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  const { buffer } = whole ? Int32Array.from(numbers) : Float32Array.from(numbers);
  writeFileSync(at(name), Buffer.concat([start, Buffer.from(header), Buffer.from(buffer)]));
  return at(name);
}

/** @param {ArrayLike<any>} got @param {ArrayLike<any>} want @param {number} relative */
export function close(got, want, relative) {
  assert.equal(got.length, want.length);
  for (let i = 0; i < got.length; i++)
    assert.ok(Math.abs(got[i] / want[i] - 1) <= relative, `entry ${i}: ${got[i]}, not ${want[i]}`);
}

/** Options of a run that takes no time. */
export const small = '--seed 11 --points 131 --hidden 16 --epochs 5';

/**
 * Starts the program and returns once it watches for signals.
 * @param {string[]} words
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function start(words, options) {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise((resolve) =>
    child.on('close', (status, signal) => resolve({ status, signal, stderr })),
  );
  // Which signals have a handler, as a bit mask: SIGINT is bit 1.
  const watches = () =>
    Number.parseInt(
      /SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '',
      16,
    ) & 2;
  while (!watches()) await sleep(5);
  return {
    child,
    /** @type {Promise<{status: number | null, signal: string | null, stderr: string}>} */ ended,
  };
}

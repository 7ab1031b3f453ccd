/**
 * The one WebAssembly memory that all kernels work in, and how kernels are made runnable.
 *
 * Everything above this file sees memory as byte addresses and one typed view, which is replaced whenever
 * the memory grows: read `memory.f32` afresh after `allocate`.
 */

import { Blocks } from '../base/blocks.ts';

const PAGE = 65536;
const MAX_PAGES = 65536;

/** Kernels may read, never write, up to this many bytes past the end of an operand. */
const OVERREAD = 64;

export interface Memory {
  f32: Float32Array<ArrayBuffer>;
}

let wasmMemory: WebAssembly.Memory | undefined;

/** The memory as it is now; empty until something needs it. */
export const memory: Memory = { f32: new Float32Array(0) };

const refreshViews = (grown: WebAssembly.Memory): WebAssembly.Memory => {
  memory.f32 = new Float32Array(grown.buffer as ArrayBuffer);
  return grown;
};

/** Matches the engines' messages for WebAssembly blocked by a Content-Security-Policy. */
const FORBIDDEN = /unsafe-eval|\bCSP\b|content.security.policy/i;

/**
 * Why the engine does not compile, in words that do not start with a name and a colon: callers put
 * their own in front.
 */
const explain = (error: unknown): string => {
  const { message } = error as Error;
  return FORBIDDEN.test(message)
    ? `the page's Content-Security-Policy forbids WebAssembly; script-src needs 'wasm-unsafe-eval' ('unsafe-eval' is more than needed) (${message})`
    : `the engine cannot compile a kernel, perhaps because it has no WebAssembly SIMD (${message})`;
};

/**
 * Runs `make`, which uses WebAssembly. Throws a TypeError that says so if the engine has none, or
 * must not compile.
 */
const withWebAssembly = <T>(make: () => T): T => {
  if (typeof WebAssembly === 'undefined')
    throw new TypeError(
      'WebAssembly is not available, and @mini computes with it; node --jitless and browsers in lockdown mode switch it off',
    );
  try {
    return make();
  } catch (error) {
    // Too little memory has an error of its own.
    if (error instanceof RangeError) throw error;
    throw new TypeError(explain(error), { cause: error });
  }
};

const ensureMemory = (): WebAssembly.Memory =>
  (wasmMemory ??= withWebAssembly(() =>
    refreshViews(new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES })),
  ));

/** Makes the addresses below `end` usable; tells whether the engine had the memory to give. */
const reserve = (end: number): boolean => {
  const { byteLength } = memory.f32;
  const missing = Math.ceil((end + OVERREAD - byteLength) / PAGE);
  if (missing <= 0) return true;
  const current = ensureMemory();
  // Growing may copy the whole memory, so grow by at least a quarter.
  for (const pages of [Math.max(missing, Math.ceil(byteLength / PAGE / 4)), missing]) {
    try {
      current.grow(pages);
      refreshViews(current);
      return true;
    } catch {
      // Try the smaller step.
    }
  }
  return false;
};

/** Compiles the bytes of a kernel, synchronously, to a function that works in the memory. */
export const instantiate = (bytes: Uint8Array<ArrayBuffer>): ((...args: number[]) => void) => {
  const m = ensureMemory();
  const instance = withWebAssembly(
    () => new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m } }),
  );
  return instance.exports['f'] as (...args: number[]) => void;
};

const ALIGNMENT = 64;
const blocks = new Blocks();
const allocated = new Map<number, number>();

/** Wasm addresses are signed in the kernels' comparisons. */
const ADDRESS_LIMIT = 2 ** 31;

let giveBack = (): boolean => false;

/** Says what to do when there is no room: `release` something that can be made again, and tell whether there was anything. */
export const onShortage = (release: () => boolean): void => {
  giveBack = release;
};

/**
 * The address of `bytes` free bytes, aligned to 64 and with room behind them to over-read. They belong to the caller until `release`. Throws a RangeError if the
 * engine has no more memory, even after everything that can be made again was given back.
 */
export const allocate = (bytes: number): number => {
  // Blocks that start at the same place of different pages would share the sets of the cache.
  const size = Math.ceil((bytes + OVERREAD) / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
  for (;;) {
    const address = blocks.take(size);
    const end = address + size;
    if (end <= ADDRESS_LIMIT && reserve(end)) {
      allocated.set(address, size);
      return address;
    }
    blocks.give(address, size);
    if (size > ADDRESS_LIMIT || !giveBack())
      throw new RangeError(`out of memory: no room for ${bytes} more bytes of WebAssembly memory`);
  }
};

/** Gives back what `allocate` gave. */
export const release = (address: number): void => {
  const size = allocated.get(address);
  if (size === undefined) return;
  allocated.delete(address);
  blocks.give(address, size);
};

/** Bytes in use: for tests and for telling users. */
export const allocatedBytes = (): number => [...allocated.values()].reduce((total, size) => total + size, 0);

/**
 * The one WebAssembly memory that all kernels use, and the instantiation of kernels.
 *
 * The files above this one see memory as byte addresses and one typed view. Growing the memory
 * replaces the view: read `memory.f32` again after `allocate`.
 */

import { Blocks } from '../base/blocks.ts';
import { MAX_PAGES, withSharedMemory } from '../wasm/assembler.ts';

const PAGE = 65536;

/** Kernels can read, but not write, up to this many bytes past the end of an operand. */
const OVERREAD = 64;

export interface Memory {
  f32: Float32Array<ArrayBuffer>;
  /** Changes when kernels have to be linked anew, to another memory. */
  version: number;
}

let wasmMemory: WebAssembly.Memory | undefined;

/** The view of the memory. It is empty until the first use. */
export const memory: Memory = { f32: new Float32Array(0), version: 0 };

/** From this size on, the constructor copies faster: it does not set the new array to 0 first. */
const LARGE_COPY = 2 ** 13;

/** Returns a copy of `size` elements from an address on. */
export const copyOut = (address: number, size: number): Float32Array<ArrayBuffer> => {
  const start = address >> 2;
  const end = start + size;
  return size < LARGE_COPY ? memory.f32.slice(start, end) : new Float32Array(memory.f32.subarray(start, end));
};

const refreshViews = (grown: WebAssembly.Memory): WebAssembly.Memory => {
  memory.f32 = new Float32Array(grown.buffer as ArrayBuffer);
  return grown;
};

/** Matches the engines' messages for WebAssembly blocked by a Content-Security-Policy. */
const FORBIDDEN = /unsafe-eval|\bCSP\b|content.security.policy/i;

/**
 * Returns why the engine does not compile a kernel.
 *
 * The text does not start with a name and a colon, because callers prepend their own.
 */
const explain = (error: unknown): string => {
  const { message } = error as Error;
  return FORBIDDEN.test(message)
    ? `the page's Content-Security-Policy forbids WebAssembly; script-src needs 'wasm-unsafe-eval' ('unsafe-eval' is more than needed) (${message})`
    : `the engine cannot compile a kernel, perhaps because it has no WebAssembly SIMD (${message})`;
};

/**
 * Runs `run`, which uses WebAssembly.
 *
 * Throws a TypeError with the reason if the engine lacks WebAssembly or does not compile.
 */
const withWebAssembly = <T>(run: () => T): T => {
  if (typeof WebAssembly === 'undefined')
    throw new TypeError(
      'WebAssembly is not available, and @mini computes with it; node --jitless and browsers in lockdown mode switch it off',
    );
  try {
    return run();
  } catch (error) {
    // Too little memory has its own error.
    if (error instanceof RangeError) throw error;
    throw new TypeError(explain(error), { cause: error });
  }
};

const ensureMemory = (): WebAssembly.Memory =>
  (wasmMemory ??= withWebAssembly(() =>
    refreshViews(new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES })),
  ));

/** Makes the addresses below `end` usable. Returns false if the engine has too little memory. */
const reserve = (end: number): boolean => {
  const { byteLength } = memory.f32;
  const missing = Math.ceil((end + OVERREAD - byteLength) / PAGE);
  if (missing <= 0) return true;
  const current = ensureMemory();
  // Growing can copy the whole memory, so grow by at least a quarter.
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

type Bytes = Uint8Array<ArrayBuffer>;

const unchanged = (bytes: Bytes): Bytes => bytes;

/** Adapts the bytes of kernels to the memory that they import. */
let adapt: (bytes: Bytes) => Bytes = unchanged;

/**
 * Moves everything to another memory, and returns it. Addresses stay the same, but kernels have to
 * be linked anew.
 */
const moveMemory = (shared: boolean): WebAssembly.Memory => {
  const current = ensureMemory();
  const initial = current.buffer.byteLength / PAGE;
  const other = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared });
  new Uint8Array(other.buffer).set(new Uint8Array(current.buffer));
  adapt = shared ? withSharedMemory : unchanged;
  wasmMemory = refreshViews(other);
  memory.version++;
  return other;
};

/**
 * Moves everything to a memory that workers can share, unless it is in one, and returns it. Throws
 * where the engine has no shared memory.
 */
export const shareMemory = (): WebAssembly.Memory =>
  adapt === withSharedMemory ? ensureMemory() : moveMemory(true);

/** Moves everything to a memory that no worker can change. */
export const unshareMemory = (): void => {
  moveMemory(false);
};

/** Compiles the bytes of a kernel synchronously. */
export const compileModule = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module =>
  withWebAssembly(() => new WebAssembly.Module(bytes));

/** Returns the function of a kernel, linked to a memory. */
const linkTo = (m: WebAssembly.Memory, module: WebAssembly.Module): ((...args: number[]) => void) =>
  withWebAssembly(() => new WebAssembly.Instance(module, { e: { m } })).exports['f'] as (
    ...args: number[]
  ) => void;

/** Compiles the bytes of a kernel. Returns its function, linked to the memory of all kernels. */
export const instantiate = (bytes: Uint8Array<ArrayBuffer>): ((...args: number[]) => void) =>
  linkTo(ensureMemory(), compileModule(adapt(bytes)));

/** Links a kernel to a memory of its own, which has this many pages of 64 kB. */
export const instantiateIn = (
  module: WebAssembly.Module,
  pages: number,
): { readonly memory: WebAssembly.Memory; readonly kernel: (...args: number[]) => void } => {
  const own = withWebAssembly(() => new WebAssembly.Memory({ initial: pages, maximum: pages }));
  return { memory: own, kernel: linkTo(own, module) };
};

const ALIGNMENT = 64;
const blocks = new Blocks();
const allocated = new Map<number, number>();

/** The end of usable addresses: kernels compare addresses as signed integers. */
const MAX_ADDRESS = 2 ** 31;

let reclaim = (): boolean => false;

/** Registers a callback that frees re-creatable memory. It returns false if there was none. */
export const setReclaim = (callback: () => boolean): void => {
  reclaim = callback;
};

/**
 * Allocates `bytes` bytes. Returns their address, which is a multiple of 64.
 *
 * OVERREAD more bytes are readable after them. The caller owns the memory until `release`. Throws a
 * RangeError if the engine has no more memory, even after all re-creatable memory was freed.
 */
export const allocate = (bytes: number): number => {
  // The extra line keeps blocks from starting at equal offsets in their pages, where they would
  // compete for the same cache sets.
  const size = Math.ceil((bytes + OVERREAD) / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
  for (;;) {
    const address = blocks.allocate(size);
    const end = address + size;
    if (end <= MAX_ADDRESS && reserve(end)) {
      allocated.set(address, size);
      return address;
    }
    blocks.free(address, size);
    if (size > MAX_ADDRESS || !reclaim())
      throw new RangeError(
        `out of memory: no room for ${bytes} more bytes of WebAssembly memory; compute fewer examples at a time`,
      );
  }
};

/** Frees memory that `allocate` returned. Does nothing for other addresses. */
export const release = (address: number): void => {
  const size = allocated.get(address);
  if (size === undefined) return;
  allocated.delete(address);
  blocks.free(address, size);
};

/** Returns the bytes in use, for tests and for reports to users. */
export const allocatedBytes = (): number => [...allocated.values()].reduce((total, size) => total + size, 0);

/** Measures memory after garbage collection. Needs `node --expose-gc`. */
import { setImmediate } from 'node:timers/promises';
import { allocatedBytes, memory } from '../packages/autograd/src/runtime/memory.ts';

/** Sizes in bytes. */
export interface Usage {
  /** JavaScript objects. */
  readonly heap: number;
  /** Elements of typed arrays, which are outside the heap. */
  readonly arrays: number;
  /**
   * Other data of objects outside the heap, such as the engine's data of modules.
   *
   * Excludes the kernels' memory.
   */
  readonly external: number;
  /** The size of the kernels' WebAssembly memory, which never shrinks. */
  readonly kernelMemory: number;
  /** The part of it that is in use. */
  readonly kernelMemoryUsed: number;
  /**
   * The memory of the process that is resident, including memory that allocators keep for later.
   */
  readonly resident: number;
}

/**
 * How often to collect garbage.
 *
 * Finalizers free the arenas of compiled functions in later turns of the event loop. What those
 * arenas held can only be collected after that.
 */
const COLLECTIONS = 3;

export const measureUsage = async (): Promise<Usage> => {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('usage: expected node --expose-gc');
  for (let i = 0; i < COLLECTIONS; i++) {
    collect();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage();
  const kernelMemory = memory.f32.byteLength;
  return {
    heap: heapUsed,
    arrays: arrayBuffers,
    external: external - arrayBuffers - kernelMemory,
    kernelMemory,
    kernelMemoryUsed: allocatedBytes(),
    resident: rss,
  };
};

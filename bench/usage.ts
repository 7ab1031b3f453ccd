/** What is kept in memory, once everything that is garbage is gone. Needs `node --expose-gc`. */
import { setImmediate } from 'node:timers/promises';
import { allocatedBytes, memory } from '../packages/autograd/src/runtime/memory.ts';

/** In bytes. */
export interface Usage {
  /** JavaScript objects. */
  readonly heap: number;
  /** Elements of typed arrays, which lie outside of the heap. */
  readonly arrays: number;
  /** What else belongs to objects and lies outside of the heap, such as the engine's data of modules; without the kernels' memory. */
  readonly external: number;
  /** The size of the kernels' WebAssembly memory, which can grow only. */
  readonly kernelMemory: number;
  /** What of it is in use. */
  readonly kernelMemoryUsed: number;
  /** All memory of the process that is in the machine's: includes what the engine's allocators keep for later. */
  readonly resident: number;
}

/** Arenas of compiled functions are given back by finalizers, which run in turns of the event loop after a collection, and what they held may be collected after that. */
const COLLECTIONS = 3;

export const usage = async (): Promise<Usage> => {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('needs node --expose-gc');
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

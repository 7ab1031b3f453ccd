/** The parts of a phase, as the workers read them: words in the shared memory. */
import type { KernelCall } from '../compiler/instructions.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { allocate, memory, release } from '../runtime/memory.ts';
import { withSharedMemory } from '../wasm/assembler.ts';

interface StoredKernel {
  readonly id: number;
  readonly address: number;
  readonly length: number;
}

const stored = new WeakMap<Kernel, StoredKernel>();
const finalizers = new FinalizationRegistry<number>(release);
let nextId = 1;

/** Stores the bytes of a kernel for the workers, once. */
const storeKernel = (kernel: Kernel): StoredKernel => {
  let found = stored.get(kernel);
  if (found === undefined) {
    const bytes = withSharedMemory(kernel.bytes);
    const address = allocate(bytes.length);
    new Uint8Array(memory.f32.buffer).set(bytes, address);
    found = { id: nextId++, address, length: bytes.length };
    stored.set(kernel, found);
    finalizers.register(kernel, address);
  }
  return found;
};

/** The words of a part, for a program whose memory starts at `arena`. See worker.ts. */
const encode = (calls: readonly KernelCall[], arena: number): number[] => {
  const words = [nextId++, calls.length];
  for (const { kernel, args } of calls) {
    const { id, address, length } = storeKernel(kernel);
    let mask = 0;
    const absolute = args.map((arg, i) => {
      if (kernel.pointers[i] === 'scratch') mask |= 1 << i;
      return kernel.pointers[i] === 'arena' ? arg + arena : arg;
    });
    words.push(id, address, length, absolute.length, mask, ...absolute);
  }
  return words;
};

/**
 * Stores parts for a program whose memory starts at `arena`: their addresses, then their words.
 *
 * Returns the address, which the caller releases.
 */
export const storeParts = (parts: readonly (readonly KernelCall[])[], arena: number): number => {
  const encoded = parts.map((calls) => encode(calls, arena));
  const size = encoded.reduce((total, { length }) => total + length, encoded.length);
  const list = allocate(4 * size);
  const words = new Int32Array(memory.f32.buffer);
  let at = (list >> 2) + encoded.length;
  encoded.forEach((part, i) => {
    words[(list >> 2) + i] = 4 * at;
    words.set(part, at);
    at += part.length;
  });
  return list;
};

/** Runs loops at once: copies operands into the kernels' memory and the result out of it. */
import { sizeOf } from '../base/shape.ts';
import { allocate, type Kernel, memory, release } from './memory.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import { callsOf, kernelFor, matmulLoopCalls } from '../compiler/emit.ts';
import { type DirectLoop, type Loop } from '../compiler/loops.ts';

/** Elements of one operand that a piece of a flat map works on: 256 KB, which stay in the processor's cache. */
const PIECE = 2 ** 16;
/** Keeps neighbouring operands out of each other's cache sets. */
const SLOT = 4 * PIECE + 192;
const SLOTS = 5;
let slots: number | undefined;
/** The address of room for one piece, which is nobody's for longer than an op. There are SLOTS of them. */
const slot = (place: number): number => (slots ??= allocate(SLOTS * SLOT)) + place * SLOT;

/** The kernels of matrix products have at most 8 parameters. Passing on what there is of them is much faster than spreading a list. */
const callNow = (
  kernel: Kernel,
  a?: number,
  b?: number,
  c?: number,
  d?: number,
  e?: number,
  f?: number,
  g?: number,
  h?: number,
): void => (kernel as (...args: unknown[]) => void)(a, b, c, d, e, f, g, h);

/** Runs `loops`, which together write all of a result of `size` elements. */
export const execute = (
  loops: readonly Loop[],
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  const [first] = loops;
  if (first.kind === 'direct') {
    const out = new Float32Array(size);
    first.compute(out, ...inputs);
    return out;
  }
  if (first.kind === 'reduce' && sizeOf(first.sizes) === 0)
    return new Float32Array(size).fill(first.reduction.identity);
  const allocated: number[] = [];
  const room = (length: number, place: number): number => {
    if (length <= PIECE && place < SLOTS) return slot(place);
    const address = allocate(4 * length);
    allocated.push(address);
    return address;
  };
  try {
    const addresses = inputs.map((values, place) => {
      const address = room(values.length, place);
      memory.f32.set(values, address >> 2);
      return address;
    });
    const out = room(size, inputs.length);
    // A direct loop is an op's only one.
    for (const loop of loops as readonly Exclude<Loop, DirectLoop>[]) {
      // Small matrices may be very many.
      if (loop.kind === 'matmul') matmulLoopCalls(loop, addresses, out, callNow);
      else for (const { kernel, args } of callsOf(loop, addresses, out)) kernel(...args);
    }
    return memory.f32.slice(out >> 2, (out >> 2) + size);
  } finally {
    allocated.forEach(release);
  }
};

/** out = rule(inputs…) where every input has `size` elements, or one that is repeated. At most 4 inputs. */
export const executeFlat = (
  rule: ScalarRule,
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  let pattern = 'v';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  const kernel = kernelFor(rule, pattern);
  const operands = inputs.length;
  const out = slot(operands);
  const { f32 } = memory;
  const result = size > PIECE ? new Float32Array(size) : undefined;
  for (let start = 0; ; start += PIECE) {
    const count = Math.min(PIECE, size - start);
    for (let i = 0; i < operands; i++) {
      const input = inputs[i];
      const isWhole = result === undefined || input.length === 1;
      f32.set(isWhole ? input : input.subarray(start, start + count), slot(i) >> 2);
    }
    if (operands === 1) kernel(out, slot(0), count);
    else if (operands === 2) kernel(out, slot(0), slot(1), count);
    else kernel(out, ...inputs.map((_, i) => slot(i)), count);
    if (result === undefined) return f32.slice(out >> 2, (out >> 2) + count);
    result.set(f32.subarray(out >> 2, (out >> 2) + count), start);
    if (start + count === size) return result;
  }
};

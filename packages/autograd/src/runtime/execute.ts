/** Runs loops eagerly: copies operands into kernel memory, and the result out of it. */
import { sizeOf } from '../base/shape.ts';
import { carryingKernel, emitLoop, kernelFor } from '../compiler/emit.ts';
import { type DirectLoop, type KernelLoop, type Loop, type ReduceLoop, traverse } from '../compiler/loops.ts';
import { type ScalarRule, identity } from '../kernels/algebra.ts';
import { fusesMultiplyAdd } from '../kernels/matmul.ts';
import { planCopies } from './copies.ts';
import { type LinkedKernel, type Step, call, link } from './link.ts';
import { allocate, copyOut, memory, release } from './memory.ts';
import { isMemoryInUse, threading, withMemoryInUse } from './threading.ts';
import { SLOT_COUNT, SLOT_ELEMENTS, matmulScratch, slot } from './scratch.ts';

/** Runs `loops`, which together write all elements of a result of `size` elements. */
export const execute = (
  loops: readonly Loop[],
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  const [first] = loops;
  if (first.kind === 'direct') return computeDirect(first, inputs, size);
  if (first.kind === 'reduce' && sizeOf(first.sizes) === 0)
    return new Float32Array(size).fill(first.reduction.identity);
  if (isWholeReduction(loops, inputs)) return reduceInBlocks(loops[0] as ReduceLoop, inputs[0]);
  const allocated: number[] = [];
  const assignAddress = (length: number, index: number): number => {
    if (length <= SLOT_ELEMENTS && index < SLOT_COUNT) return slot(index);
    const address = allocate(4 * length);
    allocated.push(address);
    return address;
  };
  try {
    const addresses = inputs.map((values, index) => {
      const address = assignAddress(values.length, index);
      memory.f32.set(values, address >> 2);
      return address;
    });
    const out = assignAddress(size, inputs.length);
    // A direct loop is always the only loop of its op.
    for (const loop of loops as readonly KernelLoop[]) {
      if (threading.runner?.runLoop(loop, addresses, out) === true) continue;
      emitLoop(loop, addresses, out, loop.kind === 'matmul' ? matmulScratch() : 0, call);
    }
    return copyOut(out, size);
  } finally {
    allocated.forEach(release);
  }
};

/** Calls a function of whole arrays, outside of the memory of the kernels. */
const computeDirect = (
  { compute }: DirectLoop,
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  if (!isMemoryInUse()) threading.runner?.startIfWanted();
  const out = new Float32Array(size);
  withMemoryInUse(() => compute(out, ...inputs));
  return out;
};

/** Whether an op reduces all elements of a single large operand, in order. */
const isWholeReduction = ([loop, ...others]: readonly Loop[], [values]: readonly Float32Array[]): boolean => {
  if (loop.kind !== 'reduce' || others.length > 0 || values.length <= SLOT_ELEMENTS) return false;
  if (loop.rule !== identity || loop.operands.length !== 1 || loop.operands[0].offset !== 0) return false;
  const { sizes, views, kept, isColumns } = traverse(loop);
  return !isColumns && kept === 0 && sizes.length === 1 && sizes[0] === values.length && views[1][0] === 1;
};

/**
 * Reduces the elements in blocks of one slot, so that they need no memory besides. The bits are
 * those of one block: the accumulators pass from block to block.
 */
const reduceInBlocks = ({ reduction }: ReduceLoop, values: Float32Array): Float32Array => {
  const kernel = link(carryingKernel(reduction));
  const [elements, accumulators, out] = [slot(0), slot(1), slot(2)];
  const { f32 } = memory;
  f32.fill(reduction.identity, accumulators >> 2, (accumulators >> 2) + 4 * reduction.accumulators);
  for (let start = 0; start < values.length; start += SLOT_ELEMENTS) {
    const block = values.subarray(start, start + SLOT_ELEMENTS);
    f32.set(block, elements >> 2);
    kernel(out, elements, accumulators, block.length);
  }
  return f32.slice(out >> 2, (out >> 2) + 1);
};

/**
 * How to run an op: copies between arrays, or kernel calls if each operand and the result fit into
 * a slot.
 */
export interface EagerPlan {
  readonly version: number;
  run(inputs: readonly Float32Array[]): Float32Array;
}

/** A number that differs if a plan would call other kernels, or kernels in another memory. */
const planVersion = (): number => 2 * memory.version + Number(fusesMultiplyAdd());

/** Whether a plan is known, and makes the calls that would be made now. */
export const isCurrent = (plan: EagerPlan | null | undefined): plan is EagerPlan =>
  plan !== null && plan !== undefined && plan.version === planVersion();

/**
 * Plans an op for inputs and a result of these sizes. Returns undefined if an array is too large
 * for a slot, or if there are too few slots.
 */
export const planInSlots = (
  loops: readonly Loop[],
  inputSizes: readonly number[],
  size: number,
): EagerPlan | undefined => {
  const version = planVersion();
  const [first] = loops;
  if (first.kind === 'direct') {
    // Its errors name the function that the user called, which can be another one the next time.
    if (first.mayFail) return undefined;
    return {
      version,
      run: (inputs) => computeDirect(first, inputs, size),
    };
  }
  const copy = planCopies(loops, size);
  if (copy !== undefined) return { version, run: copy };
  const sizes = [...inputSizes, size];
  if (sizes.length > SLOT_COUNT || sizes.some((length) => length > SLOT_ELEMENTS)) return undefined;
  if (first.kind === 'reduce' && sizeOf(first.sizes) === 0) return undefined;
  const addresses = sizes.map((_, index) => slot(index));
  const out = addresses.pop() as number;
  const steps: Step[] = [];
  // A direct loop is always the only loop of its op.
  for (const loop of loops as readonly KernelLoop[])
    emitLoop(loop, addresses, out, loop.kind === 'matmul' ? matmulScratch() : 0, (kernel, args) =>
      steps.push(link(kernel).bind(undefined, ...args)),
    );
  if (steps.length > MAX_STEPS) return undefined;
  return {
    version,
    run: (inputs) => {
      const { f32 } = memory;
      for (let i = 0; i < inputs.length; i++) f32.set(inputs[i], addresses[i] >> 2);
      for (let i = 0; i < steps.length; i++) steps[i]();
      return copyOut(out, size);
    },
  };
};

/** The most kernel calls of a plan, since plans are kept. */
const MAX_STEPS = 64;

let flatKernels = new WeakMap<ScalarRule, Map<string, LinkedKernel>>();
let flatVersion = memory.version;

/**
 * Returns the linked kernel of a map over one axis.
 *
 * This takes one lookup less than `link` of `kernelFor`.
 */
const linkFlat = (rule: ScalarRule, pattern: string): LinkedKernel => {
  if (flatVersion !== memory.version) {
    flatKernels = new WeakMap();
    flatVersion = memory.version;
  }
  let byPattern = flatKernels.get(rule);
  if (byPattern === undefined) flatKernels.set(rule, (byPattern = new Map()));
  let kernel = byPattern.get(pattern);
  if (kernel === undefined) byPattern.set(pattern, (kernel = link(kernelFor(rule, pattern))));
  return kernel;
};

/** Whether `executeFlat` can compute a map: each input has either `size` elements or one. */
export const isFlat = (inputs: readonly Float32Array[], size: number): boolean => {
  for (const { length } of inputs) if (length !== size && length !== 1) return false;
  // One slot holds the result.
  return inputs.length < SLOT_COUNT;
};

/** Computes out = rule(inputs…) for inputs that satisfy `isFlat`. */
export const executeFlat = (
  rule: ScalarRule,
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  let pattern = 'v';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  const kernel = linkFlat(rule, pattern);
  const operands = inputs.length;
  const out = slot(operands);
  const { f32 } = memory;
  const result = size > SLOT_ELEMENTS ? new Float32Array(size) : undefined;
  for (let start = 0; ; start += SLOT_ELEMENTS) {
    const count = Math.min(SLOT_ELEMENTS, size - start);
    for (let i = 0; i < operands; i++) {
      const input = inputs[i];
      const fitsSlot = result === undefined || input.length === 1;
      f32.set(fitsSlot ? input : input.subarray(start, start + count), slot(i) >> 2);
    }
    if (operands === 1) kernel(out, slot(0), count);
    else if (operands === 2) kernel(out, slot(0), slot(1), count);
    else kernel(out, ...inputs.map((_, i) => slot(i)), count);
    if (result === undefined) return f32.slice(out >> 2, (out >> 2) + count);
    result.set(f32.subarray(out >> 2, (out >> 2) + count), start);
    if (start + count === size) return result;
  }
};

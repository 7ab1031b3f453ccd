/** Links kernels and instructions to the memory that they work in. */
import type { HostCall, Instruction, KernelCall, Repeat } from '../compiler/instructions.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { instantiate, memory } from './memory.ts';
import { matmulScratch } from './scratch.ts';
import { withMemoryInUse } from './threading.ts';

/** A kernel that can be called, with addresses in bytes. */
export type LinkedKernel = (...args: number[]) => void;

let linked = new WeakMap<Kernel, LinkedKernel>();
let version = memory.version;

/** The function of a kernel; compiles its module at the first call for this memory. */
export const link = (kernel: Kernel): LinkedKernel => {
  if (version !== memory.version) {
    linked = new WeakMap();
    ({ version } = memory);
  }
  let instance = linked.get(kernel);
  if (instance === undefined) linked.set(kernel, (instance = instantiate(kernel.bytes)));
  return instance;
};

/** Links and calls a kernel. A fixed number of arguments is much faster than a spread list. */
export const call = (kernel: Kernel, args: readonly number[]): void => {
  const linked = link(kernel);
  if (args.length > 8) linked(...args);
  else linked(args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7]);
};

/** One instruction, ready to run. */
export type Step = () => void;

/** An instruction as a function, for a program whose memory starts at `arena`. */
export const linkInstruction = (instruction: Instruction, arena: number): Step => {
  switch (instruction.kind) {
    case 'kernel':
      // Binding the arguments is faster than spreading them in each call.
      return link(instruction.kernel).bind(undefined, ...absolute(instruction, arena));
    case 'host':
      return linkHostCall(instruction, arena);
    case 'repeat':
      return linkRepeat(instruction, arena);
  }
};

/** The arguments of a call with the addresses of this memory. */
const absolute = ({ kernel, args }: KernelCall, arena: number): number[] =>
  args.map((arg, i) => {
    if (i >= kernel.pointers.length) return arg;
    return arg + (kernel.pointers[i] === 'arena' ? arena : matmulScratch());
  });

const linkHostCall = ({ compute, out, inputs }: HostCall, arena: number): Step => {
  const ranges = [out, ...inputs].map(({ offset, size }) => {
    const start = (arena + offset) >> 2;
    return [start, start + size] as const;
  });
  return () => {
    // The memory can have grown since the last run.
    const [result, ...operands] = ranges.map(([start, end]) => memory.f32.subarray(start, end));
    withMemoryInUse(() => compute(result, ...operands));
  };
};

/** All calls of all runs: bound arguments are faster than computed ones. */
const linkRepeat = ({ count, body, steps }: Repeat, arena: number): Step => {
  const calls: Step[] = [];
  for (let i = 0; i < count; i++)
    body.forEach((call, j) => {
      const args = absolute(call, arena).map((arg, k) => arg + i * steps[j][k]);
      calls.push(link(call.kernel).bind(undefined, ...args));
    });
  return () => {
    for (let i = 0; i < calls.length; i++) calls[i]();
  };
};

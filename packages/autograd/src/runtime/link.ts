/** Links kernels and instructions to the memory that they work in. */
import type { HostCall, Instruction, KernelCall, Repeat } from '../compiler/instructions.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { instantiate, memory } from './memory.ts';
import { matmulScratch } from './scratch.ts';

/** A kernel that can be called, with addresses in bytes. */
export type LinkedKernel = (...args: number[]) => void;

const linked = new WeakMap<Kernel, LinkedKernel>();

/** The function of a kernel; compiles its module at the first call. */
export const link = (kernel: Kernel): LinkedKernel => {
  let instance = linked.get(kernel);
  if (instance === undefined) linked.set(kernel, (instance = instantiate(kernel.bytes)));
  return instance;
};

/** Kernels that write to scratch memory have at most so many parameters. */
const MAX_FIXED = 8;

/** Links and calls a kernel. Fixed arguments are much faster than a spread list. */
export const callNow = (
  kernel: Kernel,
  a?: number,
  b?: number,
  c?: number,
  d?: number,
  e?: number,
  f?: number,
  g?: number,
  h?: number,
  ...rest: number[]
): void => (link(kernel) as (...args: unknown[]) => void)(a, b, c, d, e, f, g, h, ...rest);

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
    compute(result, ...operands);
  };
};

const linkRepeat = ({ count, body, steps }: Repeat, arena: number): Step => {
  const padding = new Array<number>(MAX_FIXED).fill(0);
  const calls = body.map((call, i) => ({
    run: link(call.kernel),
    args: [...absolute(call, arena), ...padding],
    step: [...steps[i], ...padding],
  }));
  return () => {
    for (let i = 0; i < count; i++)
      for (const { run, args: a, step: s } of calls)
        run(
          a[0] + i * s[0],
          a[1] + i * s[1],
          a[2] + i * s[2],
          a[3] + i * s[3],
          a[4] + i * s[4],
          a[5] + i * s[5],
          a[6] + i * s[6],
          a[7] + i * s[7],
        );
  };
};

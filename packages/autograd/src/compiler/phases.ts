/** Divides a program into phases, whose parts can run at the same time on several threads. */
import { sizeOf } from '../base/shape.ts';
import { type Cut, emitLoop } from './emit.ts';
import { type FusedKernel, type FusedLoop, readsOf } from './expressions.ts';
import { costOf } from './fuse.ts';
import { type Node, baseOf } from './graph.ts';
import { type HostCall, type KernelCall, collectCalls, emitJoined, hostCall } from './instructions.ts';
import type { KernelLoop, Loop, MapLoop } from './loops.ts';
import type { Emit } from '../kernels/matmul.ts';
import { type MemoryPlan, offsetIn } from './memory-plan.ts';
import { cutOf } from './slices.ts';

/** Kernel calls in order, or a single JavaScript function. */
export type Part = readonly KernelCall[] | HostCall;

/** Parts of one loop or of several. */
interface Parts {
  readonly parts: readonly Part[];
  /** About how long all parts together take, in nanoseconds; 0 for a single part. */
  readonly time: number;
}

/** Parts that can run at the same time. A JavaScript function is the only part of its phase. */
export interface Phase extends Parts {
  /** Whether they may run twice: none changes what one of them reads. */
  readonly isRepeatable: boolean;
}

/** Bytes of the arena. */
interface Bytes {
  readonly start: number;
  readonly end: number;
}

/** Parts that may run at the same time, and the memory that they use together. */
interface Task extends Parts {
  readonly reads: readonly Bytes[];
  readonly writes: readonly Bytes[];
}

/** The least time of a part in nanoseconds, far above that of a barrier between phases. */
const DEFAULT_LEAST_PART = 4000;
let leastPart = DEFAULT_LEAST_PART;

/** @internal Changes the least time of a part, for tests. */
export const setLeastPart = (nanoseconds: number = DEFAULT_LEAST_PART): void => {
  leastPart = nanoseconds;
};

/** A rough estimate of how long a loop takes, in nanoseconds. */
export const timeOf = (loop: KernelLoop): number => {
  if (loop.kind === 'matmul') return 0.05 * loop.offsetsA.length * loop.rows * loop.columns * loop.depth;
  if (loop.kind === 'bits') return 5 * loop.count * (loop.offsets?.[0].length ?? 1);
  return sizeOf(loop.sizes) * (0.3 + 0.07 * costOf(loop.rule, loop.operands.length));
};

/** Collects the calls of at most `most` slices of work that takes `time` nanoseconds. */
const slices = (
  most: number,
  time: number,
  emitSlice: (cut: Cut, emit: Emit) => void,
): { readonly parts: readonly (readonly KernelCall[])[]; readonly time: number } => {
  const parts = Math.max(1, Math.min(most, Math.floor(time / leastPart)));
  const all = Array.from({ length: parts }, (_, part) =>
    collectCalls((emit) => emitSlice(cutOf({ part, parts }), emit)),
  ).filter((calls) => calls.length > 0);
  return { parts: all, time: all.length > 1 ? time : 0 };
};

/** Divides a loop at these addresses for `threads` threads. */
export const phaseOf = (loop: KernelLoop, inputs: readonly number[], out: number, threads: number): Parts =>
  // Threads that start late leave parts to others, so there are more parts than threads. Products
  // get one part for each thread: every part repeats some packing.
  slices(loop.kind === 'matmul' ? threads : 2 * threads, timeOf(loop), (cut, emit) =>
    emitLoop(loop, inputs, out, 0, emit, cut),
  );

/** Returns the phases of a program for `threads` threads. */
export const phasesOf = (
  kernels: readonly FusedKernel[],
  plan: MemoryPlan,
  threads: number,
): readonly Phase[] => {
  const offsetOf = (node: Node): number => offsetIn(plan, node);
  const bytesOf = (node: Node): Bytes => {
    const start = offsetOf(node);
    return { start, end: start + 4 * node.size };
  };
  const loopTask = (node: Node, { loop, nodes }: FusedLoop<Loop>): Parts => {
    if (loop.kind === 'direct') return { parts: [hostCall(node, loop, nodes, offsetOf)], time: 0 };
    return phaseOf(loop, nodes.map(offsetOf), offsetOf(node), threads);
  };
  const productTask = (kernel: FusedKernel, product: NonNullable<FusedKernel['product']>): Parts => {
    const [{ loop }] = kernel.parts as readonly FusedLoop<MapLoop>[];
    return slices(threads, timeOf(product.part.loop) + timeOf(loop), (cut, emit) =>
      emitJoined(kernel, product, offsetOf, emit, cut),
    );
  };
  const tasks = kernels.flatMap((kernel): readonly Task[] => {
    const { node, parts, product } = kernel;
    const writes = [bytesOf(node), ...(product === undefined ? [] : [bytesOf(product.node)])];
    if (product !== undefined) {
      // The map reads the product after the same part has written it.
      const reads = readsOf(kernel).filter((read) => read !== product.node);
      return [{ ...productTask(kernel, product), reads: reads.map(bytesOf), writes }];
    }
    // The loops of one op may write the same elements, so they run one after the other.
    return parts.map((part) => ({
      ...loopTask(node, part),
      reads: part.nodes.map((read) => bytesOf(baseOf(read).node)),
      writes,
    }));
  });
  return group(tasks);
};

const overlap = (some: readonly Bytes[], others: readonly Bytes[]): boolean =>
  some.some((a) => others.some((b) => a.start < b.end && b.start < a.end));

const isHost = ({ parts }: Task): boolean => parts.some((part) => 'kind' in part);

/** The most tasks of a phase. Each is compared with all others. */
const MAX_TASKS = 32;

/** Joins tasks in a row, as long as none needs or changes what another one writes. */
const group = (tasks: readonly Task[]): readonly Phase[] => {
  const groups: Task[][] = [];
  for (const task of tasks) {
    const last = groups.at(-1);
    const isApart =
      last === undefined ||
      last.length === MAX_TASKS ||
      isHost(task) ||
      last.some(
        (other) =>
          isHost(other) ||
          overlap(task.writes, [...other.reads, ...other.writes]) ||
          overlap(task.reads, other.writes),
      );
    if (isApart) groups.push([task]);
    else last.push(task);
  }
  return groups.map((members) => ({
    parts: members.flatMap(({ parts }) => parts),
    time: members.reduce((total, { time }) => total + time, 0),
    isRepeatable: members.every(({ reads, writes }) => !overlap(reads, writes)),
  }));
};

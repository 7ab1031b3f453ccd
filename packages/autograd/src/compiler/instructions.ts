/** The instructions of a compiled function, as data. Addresses are byte offsets in its arena. */
import type { Kernel } from '../kernels/kernel.ts';
import type { Emit, OnBlock } from '../kernels/matmul.ts';
import { type Cut, emitLoop, emitProduct, isRowBatch, isStridedBatch } from './emit.ts';
import type { FusedKernel, FusedLoop } from './expressions.ts';
import type { Node } from './graph.ts';
import type { DirectLoop, LoopBody, MapLoop, MatmulLoop, View } from './loops.ts';
import { type MemoryPlan, offsetIn } from './memory-plan.ts';

/** A call of a kernel. Its `pointers` tell which arguments are addresses, and in which space. */
export interface KernelCall {
  readonly kind: 'kernel';
  readonly kernel: Kernel;
  readonly args: readonly number[];
}

/** Elements in the arena. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** A call of a JavaScript function on views of the arena. */
export interface HostCall {
  readonly kind: 'host';
  readonly compute: DirectLoop['compute'];
  readonly bodies: readonly LoopBody[];
  readonly out: Range;
  readonly inputs: readonly Range[];
}

/**
 * Runs `body` `count` times.
 *
 * After each run, every argument of every call increases by its step.
 */
export interface Repeat {
  readonly kind: 'repeat';
  readonly count: number;
  readonly body: readonly KernelCall[];
  readonly steps: readonly (readonly number[])[];
}

export type Instruction = KernelCall | HostCall | Repeat;

/** Returns the instructions that run `kernels` in order, with memory as planned. */
export const instructionsOf = (kernels: readonly FusedKernel[], plan: MemoryPlan): readonly Instruction[] => {
  const offsetOf = (node: Node): number => offsetIn(plan, node);
  return kernels.flatMap((kernel): readonly Instruction[] => {
    const { node, parts, product } = kernel;
    const out = offsetOf(node);
    if (product !== undefined) return collectCalls((emit) => emitJoined(kernel, product, offsetOf, emit));
    return parts.flatMap(({ loop, nodes }): readonly Instruction[] => {
      if (loop.kind === 'direct') return [hostCall(node, loop, nodes, offsetOf)];
      const inputs = nodes.map(offsetOf);
      if (loop.kind === 'matmul' && isStridedBatch(loop) && !isRowBatch(loop))
        return [repeatProduct(loop, inputs, out)];
      return collectCalls((emit) => emitLoop(loop, inputs, out, 0, emit));
    });
  });
};

/** Returns the call of a loop in JavaScript. */
export const hostCall = (
  node: Node,
  { compute, bodies = [] }: DirectLoop,
  nodes: readonly Node[],
  offsetOf: (node: Node) => number,
): HostCall => {
  const rangeOf = (of: Node): Range => ({ offset: offsetOf(of), size: of.size });
  return { kind: 'host', compute, bodies, out: rangeOf(node), inputs: nodes.map(rangeOf) };
};

/** Returns the calls that `run` emits. */
export const collectCalls = (run: (emit: Emit) => void): KernelCall[] => {
  const calls: KernelCall[] = [];
  run((kernel, args) => calls.push({ kind: 'kernel', kernel, args }));
  return calls;
};

const repeatProduct = (loop: MatmulLoop, inputs: readonly number[], out: number): Repeat => {
  const [body, next] = [0, 1].map((index) =>
    collectCalls((emit) => emitProduct(loop, index, inputs, out, 0, emit)),
  );
  const steps = body.map(({ args }, i) => args.map((arg, j) => next[i].args[j] - arg));
  return { kind: 'repeat', count: loop.offsetsA.length, body, steps };
};

/** Emits the calls of a product, each complete block followed by the map of that block. */
export const emitJoined = (
  { node, parts }: FusedKernel,
  product: NonNullable<FusedKernel['product']>,
  offsetOf: (node: Node) => number,
  emit: Emit,
  cut?: Cut,
): void => {
  const [{ loop, nodes }] = parts as readonly FusedLoop<MapLoop>[];
  const inputs = nodes.map(offsetOf);
  const onBlock: OnBlock = (...block) => emitLoop(blockOf(loop, block), inputs, offsetOf(node), 0, emit);
  const { loop: matmul, nodes: operands } = product.part;
  emitProduct(matmul, 0, operands.map(offsetOf), offsetOf(product.node), 0, emit, { onBlock, cut });
};

/** Returns the part of a map over [rows, columns] that computes one block of the result. */
const blockOf = (loop: MapLoop, [row, column, ...sizes]: Parameters<OnBlock>): MapLoop => {
  const shift = <V extends View>(view: V): V => {
    const [down, right] = view.strides;
    return { ...view, offset: view.offset + row * down + column * right };
  };
  return { ...loop, sizes, operands: loop.operands.map(shift), out: shift(loop.out) };
};

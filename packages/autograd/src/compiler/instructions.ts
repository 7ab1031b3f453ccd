/** The instructions of a compiled function, as data: addresses are offsets in its arena, in bytes. */
import type { Kernel } from '../kernels/kernel.ts';
import type { Emit, OnBlock } from '../kernels/matmul.ts';
import { emitLoop, emitProduct } from './emit.ts';
import type { FusedKernel, FusedLoop } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import type { DirectLoop, MapLoop, MatmulLoop, View } from './loops.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** A call of a kernel; its `pointers` tell which arguments are addresses, and in which space. */
export interface KernelCall {
  readonly kind: 'kernel';
  readonly kernel: Kernel;
  readonly args: readonly number[];
}

/** Elements of the arena. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** A call of a JavaScript function with views of the arena. */
export interface HostCall {
  readonly kind: 'host';
  readonly compute: DirectLoop['compute'];
  readonly out: Range;
  readonly inputs: readonly Range[];
}

/** Runs `body` `count` times; after each run every argument of every call grows by its step. */
export interface Repeat {
  readonly kind: 'repeat';
  readonly count: number;
  readonly body: readonly KernelCall[];
  readonly steps: readonly (readonly number[])[];
}

export type Instruction = KernelCall | HostCall | Repeat;

/** The instructions that run `kernels` in order, with memory as planned. */
export const instructionsOf = (
  kernels: readonly FusedKernel[],
  { offsets }: MemoryPlan,
): readonly Instruction[] => {
  const offsetOf = (node: Node): number => {
    const { node: base, offset } = baseOf(node);
    return (offsets.get(base) ?? 0) + 4 * offset;
  };
  const rangeOf = (node: Node): Range => ({ offset: offsetOf(node), size: node.size });
  return kernels.flatMap((kernel): readonly Instruction[] => {
    const { node, parts, product } = kernel;
    const out = offsetOf(node);
    if (product !== undefined) return productInstructions(kernel, product, offsetOf);
    return parts.flatMap(({ loop, nodes }): readonly Instruction[] => {
      if (loop.kind === 'direct')
        return [{ kind: 'host', compute: loop.compute, out: rangeOf(node), inputs: nodes.map(rangeOf) }];
      const inputs = nodes.map(offsetOf);
      if (loop.kind === 'matmul' && isEvenBatch(loop)) return [repeatedProduct(loop, inputs, out)];
      return collect((emit) => emitLoop(loop, inputs, out, 0, emit));
    });
  });
};

/** The calls that `run` emits. */
const collect = (run: (emit: Emit) => void): KernelCall[] => {
  const calls: KernelCall[] = [];
  run((kernel, args) => calls.push({ kind: 'kernel', kernel, args }));
  return calls;
};

/** Whether the matrices of a batch lie at equal distances. */
const isEvenBatch = ({ offsetsA, offsetsB }: MatmulLoop): boolean =>
  offsetsA.length > 2 &&
  [offsetsA, offsetsB].every((offsets) =>
    offsets.every((offset, i) => offset === offsets[0] + i * (offsets[1] - offsets[0])),
  );

const repeatedProduct = (loop: MatmulLoop, inputs: readonly number[], out: number): Repeat => {
  const [body, next] = [0, 1].map((index) =>
    collect((emit) => emitProduct(loop, index, inputs, out, 0, emit)),
  );
  const steps = body.map(({ args }, i) => args.map((arg, j) => next[i].args[j] - arg));
  return { kind: 'repeat', count: loop.offsetsA.length, body, steps };
};

/** A product, and the map of each of its blocks as soon as that is complete. */
const productInstructions = (
  { node, parts }: FusedKernel,
  product: NonNullable<FusedKernel['product']>,
  offsetOf: (node: Node) => number,
): readonly Instruction[] => {
  const [{ loop, nodes }] = parts as readonly FusedLoop<MapLoop>[];
  const inputs = nodes.map(offsetOf);
  const { loop: matmul, nodes: operands } = product.part;
  return collect((emit) =>
    emitProduct(matmul, 0, operands.map(offsetOf), offsetOf(product.node), 0, emit, (...block) =>
      emitLoop(blockOf(loop, block), inputs, offsetOf(node), 0, emit),
    ),
  );
};

/** The part of a map over [rows, columns] that computes a block of the result. */
const blockOf = (loop: MapLoop, [row, column, ...sizes]: Parameters<OnBlock>): MapLoop => {
  const moved = <V extends View>(view: V): V => {
    const [down, right] = view.strides;
    return { ...view, offset: view.offset + row * down + column * right };
  };
  return { ...loop, sizes, operands: loop.operands.map(moved), out: moved(loop.out) };
};

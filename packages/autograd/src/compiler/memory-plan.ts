/**
 * Memory and calls of a compiled function: where each node's elements lie, and the kernel calls in order.
 *
 * A node's memory is used again after the last kernel that reads it. A map writes over an operand that nothing reads later, if it reads it in the same order.
 */
import type { Call, OnBlock } from '../kernels/matmul.ts';
import { Blocks } from '../runtime/blocks.ts';
import { allocate, memory, release } from '../runtime/memory.ts';
import { callsOf, matmulLoopCalls } from './emit.ts';
import { type FusedLoop, type FusedKernel, readsOf } from './expressions.ts';
import { baseOf, type Node } from './graph.ts';
import type { DirectLoop, MapLoop, View } from './loops.ts';

/** One thing that a compiled function does. */
export type Step = () => void;

export interface Plan {
  readonly steps: readonly Step[];
  /** Where the elements of inputs, constants and outputs lie, in bytes. */
  readonly addresses: ReadonlyMap<Node, number>;
  /** Start and size of the function's memory. */
  readonly arena: number;
  readonly bytes: number;
  /** Of each node with memory: its offset in the arena; for printing. */
  readonly offsets: ReadonlyMap<Node, number>;
}

/** Bytes of a buffer: whole cache lines, and one more that keeps neighbours out of each other's cache sets. */
const bufferBytes = (elements: number): number => Math.ceil((4 * elements) / 64) * 64 + 64;

/** Whether a map can write over the memory of `node`: it reads it only in the order in which it writes. */
const mayWriteOver = ({ node: out, parts, product: first }: FusedKernel, node: Node): boolean => {
  if (parts.length !== 1 || node.size !== out.size || first?.part.nodes.includes(node)) return false;
  const [{ loop, nodes }] = parts;
  if (loop.kind !== 'map') return false;
  const isOrdered = ({ offset, strides }: View): boolean =>
    offset === 0 &&
    strides.every((stride, axis) => stride === loop.out.strides[axis] || loop.sizes[axis] === 1);
  return nodes.every((other, i) => other !== node || isOrdered(loop.operands[i]));
};

/** The kernel that is the last to need a node's memory. */
const lastReads = (kernels: readonly FusedKernel[]): Map<Node, number> => {
  const last = new Map<Node, number>();
  kernels.forEach((kernel, place) => {
    for (const node of [kernel.node, ...readsOf(kernel)]) last.set(node, place);
  });
  return last;
};

/** `donated` inputs may be overwritten. */
export const plan = (
  kernels: readonly FusedKernel[],
  inputs: readonly Node[],
  constants: readonly Node[],
  outputs: readonly Node[],
  donated: ReadonlySet<Node>,
): Plan => {
  const blocks = new Blocks();
  let bytes = 64;
  const take = (elements: number): number => {
    const size = bufferBytes(elements);
    const start = blocks.take(size);
    bytes = Math.max(bytes, start + size);
    return start;
  };
  const offsets = new Map<Node, number>();
  const offsetOf = (node: Node): number => {
    const offset = offsets.get(node);
    if (offset === undefined) throw new Error(`node %${node.id} has no memory`);
    return offset;
  };
  const place = (node: Node): unknown => offsets.set(node, take(node.size));
  const give = (node: Node): void => blocks.give(offsetOf(node), bufferBytes(node.size));

  const results = new Set(outputs.map((output) => baseOf(output).node));
  const fixed = new Set([...inputs, ...constants, ...results]);
  const last = lastReads(kernels);
  const claimed = new Set<Node>();
  [...inputs, ...constants].forEach(place);
  kernels.forEach((kernel, number) => {
    const { node, product } = kernel;
    if (product !== undefined) place(product.node);
    const dying = [...new Set(readsOf(kernel))].filter((read) => last.get(read) === number);
    const isFree = (read: Node): boolean =>
      results.has(node) ? donated.has(read) && !claimed.has(read) && !results.has(read) : !fixed.has(read);
    const overwritten = dying.find((read) => isFree(read) && mayWriteOver(kernel, read));
    if (overwritten === undefined) place(node);
    else {
      offsets.set(node, offsetOf(overwritten));
      claimed.add(overwritten);
    }
    for (const dead of dying) if (!fixed.has(dead) && dead !== overwritten) give(dead);
  });

  const arena = allocate(bytes);
  try {
    const addressOf = (node: Node): number => {
      const { node: base, offset } = baseOf(node);
      return arena + offsetOf(base) + 4 * offset;
    };
    const steps = kernels.flatMap((kernel) => stepsOf(kernel, addressOf));
    const addresses = new Map([...fixed].map((node) => [node, addressOf(node)]));
    return { steps, addresses, arena, bytes, offsets };
  } catch (error) {
    release(arena);
    throw error;
  }
};

const stepsOf = (kernel: FusedKernel, addressOf: (node: Node) => number): Step[] => {
  const out = addressOf(kernel.node);
  if (kernel.product !== undefined) {
    const { node, part } = kernel.product;
    const [{ loop, nodes }] = kernel.parts as readonly FusedLoop<MapLoop>[];
    const inputs = nodes.map(addressOf);
    const steps: Step[] = [];
    matmulLoopCalls(
      part.loop,
      part.nodes.map(addressOf),
      addressOf(node),
      (kernel, ...args) => steps.push(toStep({ kernel, args })),
      (...block) => steps.push(...callsOf(blockOf(loop, block), inputs, out).map(toStep)),
    );
    return steps;
  }
  return kernel.parts.flatMap(({ loop, nodes }) =>
    loop.kind === 'direct'
      ? [directStep(loop, [kernel.node, ...nodes], addressOf)]
      : callsOf(loop, nodes.map(addressOf), out).map(toStep),
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

const directStep = (
  { compute }: DirectLoop,
  nodes: readonly Node[],
  addressOf: (node: Node) => number,
): Step => {
  const places = nodes.map((node) => [addressOf(node) >> 2, (addressOf(node) >> 2) + node.size] as const);
  return () => {
    // The memory may have grown.
    const [out, ...inputs] = places.map(([start, end]) => memory.f32.subarray(start, end));
    compute(out, ...inputs);
  };
};

/** Binding the arguments is faster than spreading them in each call. */
const toStep = ({ kernel, args }: Call): Step => kernel.bind(undefined, ...args);

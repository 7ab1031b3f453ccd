/**
 * The memory of a compiled function: at which offset of its arena each node's elements lie.
 *
 * A node's memory is used again after the last kernel that reads it. A map overwrites an operand
 * that nothing reads later, if it reads it in the order in which it writes.
 */
import { Blocks } from '../base/blocks.ts';
import { type FusedKernel, readsOf } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import type { View } from './loops.ts';

export interface MemoryPlan {
  /** The offset of each node with memory, in bytes. */
  readonly offsets: ReadonlyMap<Node, number>;
  /** The size of the arena. */
  readonly bytes: number;
}

/** Bytes of a buffer: whole cache lines, and one more that keeps neighbours out of each other's cache sets. */
const bufferBytes = (elements: number): number => Math.ceil((4 * elements) / 64) * 64 + 64;

/** Whether a map can overwrite the memory of `node`: it reads it only in the order in which it writes. */
const canOverwrite = ({ node: out, parts, product: first }: FusedKernel, node: Node): boolean => {
  if (parts.length !== 1 || node.size !== out.size || first?.part.nodes.includes(node)) return false;
  const [{ loop, nodes }] = parts;
  if (loop.kind !== 'map') return false;
  const isOrdered = ({ offset, strides }: View): boolean =>
    offset === 0 &&
    strides.every((stride, axis) => stride === loop.out.strides[axis] || loop.sizes[axis] === 1);
  return nodes.every((other, i) => other !== node || isOrdered(loop.operands[i]));
};

/** The index of the last kernel that reads or writes each node's memory. */
const lastUses = (kernels: readonly FusedKernel[]): Map<Node, number> => {
  const last = new Map<Node, number>();
  kernels.forEach((kernel, index) => {
    for (const node of [kernel.node, ...readsOf(kernel)]) last.set(node, index);
  });
  return last;
};

/** Plans the memory of `kernels`, in order. `donated` inputs can be overwritten by results. */
export const planMemory = (
  kernels: readonly FusedKernel[],
  inputs: readonly Node[],
  constants: readonly Node[],
  outputs: readonly Node[],
  donated: ReadonlySet<Node>,
): MemoryPlan => {
  const blocks = new Blocks();
  const offsets = new Map<Node, number>();
  let bytes = 64;
  const allocate = (node: Node): void => {
    const size = bufferBytes(node.size);
    const start = blocks.take(size);
    bytes = Math.max(bytes, start + size);
    offsets.set(node, start);
  };
  const free = (node: Node): void => blocks.give(offsets.get(node) ?? 0, bufferBytes(node.size));

  const results = new Set(outputs.map((output) => baseOf(output).node));
  const fixed = new Set([...inputs, ...constants, ...results]);
  const last = lastUses(kernels);
  const claimed = new Set<Node>();
  [...inputs, ...constants].forEach(allocate);
  kernels.forEach((kernel, index) => {
    const { node, product } = kernel;
    if (product !== undefined) allocate(product.node);
    const dying = [...new Set(readsOf(kernel))].filter((read) => last.get(read) === index);
    const isFree = (read: Node): boolean =>
      results.has(node) ? donated.has(read) && !claimed.has(read) && !results.has(read) : !fixed.has(read);
    const overwritten = dying.find((read) => isFree(read) && canOverwrite(kernel, read));
    if (overwritten === undefined) allocate(node);
    else {
      offsets.set(node, offsets.get(overwritten) ?? 0);
      claimed.add(overwritten);
    }
    for (const dead of dying) if (!fixed.has(dead) && dead !== overwritten) free(dead);
  });
  return { offsets, bytes };
};

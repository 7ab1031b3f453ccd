/**
 * The memory of a compiled function: the offset of each node's elements in its arena.
 *
 * The memory of a node is reused after the last kernel that reads it. A map overwrites an operand
 * that nothing reads later, if it reads the operand in the order in which it writes. So does an op
 * that changes some elements of its operand.
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

/** Returns where the elements of a node are in the arena, in bytes. A view is in its base. */
export const offsetIn = ({ offsets }: MemoryPlan, node: Node): number => {
  const { node: base, offset } = baseOf(node);
  return (offsets.get(base) ?? 0) + 4 * offset;
};

/**
 * Returns the bytes of a buffer: whole cache lines, plus one line.
 *
 * The extra line prevents neighbouring buffers from competing for the same cache sets.
 */
const bufferBytes = (elements: number): number => Math.ceil((4 * elements) / 64) * 64 + 64;

/**
 * Whether a kernel can overwrite `node`: it is a map that reads `node` in the order in which it
 * writes, or a function that changes some elements of `node`.
 */
const canOverwrite = ({ node: out, parts, product: first }: FusedKernel, node: Node): boolean => {
  if (parts.length !== 1 || node.size !== out.size || first?.part.nodes.includes(node)) return false;
  const [{ loop, nodes }] = parts;
  if (loop.kind === 'direct')
    return nodes.every((other, i) => (i === loop.startsFrom ? other === node : baseOf(other).node !== node));
  if (loop.kind !== 'map') return false;
  const isOrdered = ({ offset, strides }: View): boolean =>
    offset === 0 &&
    strides.every((stride, axis) => stride === loop.out.strides[axis] || loop.sizes[axis] === 1);
  return nodes.every((other, i) => other !== node || isOrdered(loop.operands[i]));
};

/** Returns the index of the last kernel that reads or writes each node's memory. */
const lastUses = (kernels: readonly FusedKernel[]): Map<Node, number> => {
  const lastUse = new Map<Node, number>();
  kernels.forEach((kernel, index) => {
    for (const node of [kernel.node, ...readsOf(kernel)]) lastUse.set(node, index);
  });
  return lastUse;
};

/**
 * Plans the memory of `kernels`, in order. Results can overwrite `donated` inputs, from the kernel
 * number `firstSafe` on.
 */
export const planMemory = (
  kernels: readonly FusedKernel[],
  inputs: readonly Node[],
  constants: readonly Node[],
  outputs: readonly Node[],
  donated: ReadonlySet<Node>,
  firstSafe: number,
): MemoryPlan => {
  const blocks = new Blocks();
  const offsets = new Map<Node, number>();
  let bytes = 64;
  const allocate = (node: Node): void => {
    const size = bufferBytes(node.size);
    const start = blocks.allocate(size);
    bytes = Math.max(bytes, start + size);
    offsets.set(node, start);
  };
  const free = (node: Node): void => blocks.free(offsets.get(node) ?? 0, bufferBytes(node.size));

  const results = new Set(outputs.map((output) => baseOf(output).node));
  const pinned = new Set([...inputs, ...constants, ...results]);
  const lastUse = lastUses(kernels);
  const reused = new Set<Node>();
  [...inputs, ...constants].forEach(allocate);
  kernels.forEach((kernel, index) => {
    const { node, product } = kernel;
    if (product !== undefined) allocate(product.node);
    const lastReads = [...new Set(readsOf(kernel))].filter((read) => lastUse.get(read) === index);
    const isFree = (read: Node): boolean => {
      if (!results.has(node)) return !pinned.has(read);
      return index >= firstSafe && donated.has(read) && !reused.has(read) && !results.has(read);
    };
    const overwritten = lastReads.find((read) => isFree(read) && canOverwrite(kernel, read));
    if (overwritten === undefined) allocate(node);
    else {
      offsets.set(node, offsets.get(overwritten) ?? 0);
      reused.add(overwritten);
    }
    for (const dead of lastReads) if (!pinned.has(dead) && dead !== overwritten) free(dead);
  });
  return { offsets, bytes };
};

/**
 * Memory and calls of a compiled function: where each node's elements lie, and the kernel calls in order.
 *
 * A node's memory is used again after the last kernel that reads it. A map writes over an operand that nothing reads later, if it reads it in the same order.
 */
import type { Call, OnBlock } from '../wasm/matmul.ts';
import { allocate, memory, release } from '../wasm/runtime.ts';
import { callsOf, collapsed, matmulLoopCalls, partialSize } from './calls.ts';
import type { FusedLoop, Kernel } from './fuse.ts';
import { baseOf, type Node } from './graph.ts';
import type { DirectLoop, Loop, MapLoop, View } from './loops.ts';

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

/** Hands out offsets in an arena whose size is not known yet; what is free again is used first. */
class Arena {
  bytes = 0;
  #free: { start: number; end: number }[] = [];

  take(size: number): number {
    const fit = this.#free
      .filter(({ start, end }) => end - start >= size)
      .sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    if (fit === undefined) {
      const last = this.#free.find(({ end }) => end === this.bytes);
      const start = last?.start ?? this.bytes;
      if (last !== undefined) this.#free = this.#free.filter((block) => block !== last);
      this.bytes = start + size;
      return start;
    }
    const { start } = fit;
    fit.start += size;
    this.#free = this.#free.filter((block) => block.start < block.end);
    return start;
  }

  give(start: number, size: number): void {
    const before = this.#free.find(({ end }) => end === start);
    const after = this.#free.find((block) => block.start === start + size);
    this.#free = this.#free.filter((block) => block !== before && block !== after);
    this.#free.push({ start: before?.start ?? start, end: after?.end ?? start + size });
  }
}

/** Bytes of a buffer: whole cache lines, and one more that keeps neighbours out of each other's cache sets. */
const bufferBytes = (elements: number): number => Math.ceil((4 * elements) / 64) * 64 + 64;

const readsOf = ({ parts, product: first }: Kernel): Node[] =>
  [...parts, ...(first === undefined ? [] : [first.part])].flatMap(({ nodes }) =>
    nodes.map((node) => baseOf(node).node),
  );

/** Whether a map can write over the memory of `node`: it reads it only in the order in which it writes. */
const mayWriteOver = ({ node: out, parts, product: first }: Kernel, node: Node): boolean => {
  if (
    parts.length !== 1 ||
    node.size !== out.size ||
    first?.part.nodes.some((other) => baseOf(other).node === node)
  )
    return false;
  const [{ loop, nodes }] = parts;
  if (loop.kind !== 'map') return false;
  const isOrdered = ({ offset, strides }: View): boolean =>
    offset === 0 &&
    strides.every((stride, axis) => stride === loop.out.strides[axis] || loop.sizes[axis] === 1);
  return nodes.every(
    (other, i) => baseOf(other).node !== node || (baseOf(other).offset === 0 && isOrdered(loop.operands[i])),
  );
};

/** How long a node's memory is needed, in kernels. */
const lastReads = (kernels: readonly Kernel[]): Map<Node, number> => {
  const last = new Map<Node, number>();
  kernels.forEach((kernel, place) => {
    for (const node of readsOf(kernel)) last.set(node, place);
    if (!last.has(kernel.node)) last.set(kernel.node, place);
    if (kernel.product !== undefined && !last.has(kernel.product.node)) last.set(kernel.product.node, place);
  });
  return last;
};

/** `donated` inputs may be overwritten. */
export const plan = (
  kernels: readonly Kernel[],
  inputs: readonly Node[],
  constants: readonly Node[],
  outputs: readonly Node[],
  donated: ReadonlySet<Node>,
): Plan => {
  const arena = new Arena();
  const offsets = new Map<Node, number>();
  const fixed = new Set<Node>([...inputs, ...constants, ...outputs.map((output) => baseOf(output).node)]);
  const last = lastReads(kernels);
  const scratch: Array<number | undefined> = [];
  for (const node of [...inputs, ...constants]) offsets.set(node, arena.take(bufferBytes(node.size)));
  const outputBases = new Set(outputs.map((output) => baseOf(output).node));
  const claimed = new Set<Node>();

  kernels.forEach((kernel, place) => {
    const { node } = kernel;
    if (kernel.product !== undefined)
      offsets.set(kernel.product.node, arena.take(bufferBytes(kernel.product.node.size)));
    const dying = [...new Set(readsOf(kernel))].filter(
      (read) => last.get(read) === place && !fixed.has(read),
    );
    const overwritten = outputBases.has(node)
      ? [...new Set(readsOf(kernel))].find(
          (read) =>
            donated.has(read) &&
            !claimed.has(read) &&
            !outputBases.has(read) &&
            last.get(read) === place &&
            mayWriteOver(kernel, read),
        )
      : dying.find((read) => mayWriteOver(kernel, read));
    if (overwritten === undefined) {
      offsets.set(node, arena.take(bufferBytes(node.size)));
    } else {
      offsets.set(node, offsets.get(overwritten) ?? 0);
      claimed.add(overwritten);
    }
    // Room for the results of the blocks of a long reduction.
    const partials = Math.max(0, ...kernel.parts.map(roomFor));
    const room = partials === 0 ? undefined : arena.take(bufferBytes(partials));
    scratch.push(room);
    if (room !== undefined) arena.give(room, bufferBytes(partials));
    for (const read of dying) {
      if (read !== overwritten) arena.give(offsets.get(read) ?? 0, bufferBytes(read.size));
    }
    // A result that nothing reads: only possible for one that a product left behind.
    if (last.get(node) === place && !fixed.has(node))
      arena.give(offsets.get(node) ?? 0, bufferBytes(node.size));
  });

  const start = allocate(Math.max(arena.bytes, 64));
  try {
    const addressOf = (node: Node): number => {
      const { node: base, offset } = baseOf(node);
      return start + (offsets.get(base) ?? 0) + 4 * offset;
    };
    const steps = kernels.flatMap((kernel, place) =>
      stepsOf(kernel, addressOf, start + (scratch[place] ?? 0)),
    );
    const addresses = new Map([...fixed].map((node) => [node, addressOf(node)]));
    return { steps, addresses, arena: start, bytes: arena.bytes, offsets };
  } catch (error) {
    release(start);
    throw error;
  }
};

/** Elements that the partial results of a loop take up at the most. */
const roomFor = ({ loop }: FusedLoop<Loop>): number =>
  loop.kind === 'reduce' ? partialSize(collapsed(loop)) : 0;

const stepsOf = (kernel: Kernel, addressOf: (node: Node) => number, scratch: number): Step[] => {
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
      (...block) => steps.push(...callsOf(blockOf(loop, block), inputs, out, 0).map(toStep)),
    );
    return steps;
  }
  return kernel.parts.flatMap(({ loop, nodes }) =>
    loop.kind === 'direct'
      ? [directStep(loop, [kernel.node, ...nodes], addressOf)]
      : callsOf(loop, nodes.map(addressOf), out, scratch).map(toStep),
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

/** A closure for each number of arguments is faster to call than one that spreads them. */
const toStep = ({ kernel, args }: Call): Step => {
  const [a, b, c, d, e, f, g, h] = args;
  switch (args.length) {
    case 3:
      return () => kernel(a, b, c);
    case 4:
      return () => kernel(a, b, c, d);
    case 5:
      return () => kernel(a, b, c, d, e);
    case 6:
      return () => kernel(a, b, c, d, e, f);
    case 7:
      return () => kernel(a, b, c, d, e, f, g);
    case 8:
      return () => kernel(a, b, c, d, e, f, g, h);
    default:
      return () => kernel(...args);
  }
};

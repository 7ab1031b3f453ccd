/**
 * Memory and calls of a compiled function: where each node's elements lie, and the kernel calls in order.
 *
 * A node's memory is used again after the last kernel that reads it. A map writes over an operand that nothing reads later, if it reads it in the same order.
 */
import { type Call, matmulCalls } from '../wasm/matmul.ts';
import { allocate, type Kernel as WasmKernel, memory, release } from '../wasm/runtime.ts';
import { type Cut, type CollapsedReduction, cutOf, mapCall, product, reduceCall } from './calls.ts';
import { combinePieces, customKernel, matmulWorkspace } from './execute.ts';
import type { FusedLoop, Kernel } from './fuse.ts';
import { gather } from './gather.ts';
import { baseOf, type Node } from './graph.ts';
import {
  collapse,
  contiguousStrides,
  type GatherLoop,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type ReduceLoop,
  type View,
} from './loops.ts';

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
    const partials = Math.max(0, ...kernel.parts.map(partialSize));
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

// ---- calls -------------------------------------------------------------------------------------------------------------

const collapsedReduction = (loop: ReduceLoop): CollapsedReduction => {
  const views = loop.operands.map(({ strides }) => strides);
  const order = loop.order ?? views;
  const whole = collapse(loop.sizes, [...views, ...order], loop.sizes.length - loop.reducedAxes);
  const { rule, reduction } = loop;
  return {
    rule,
    reduction,
    sizes: whole.sizes,
    strides: whole.strides.slice(0, views.length),
    order: whole.strides.slice(views.length),
    kept: whole.barrier,
  };
};

/** Elements that the partial results of a reduction take up at the most. */
const partialSize = ({ loop }: FusedLoop<Loop>): number => {
  if (loop.kind !== 'reduce') return 0;
  const sizes = (whole: CollapsedReduction): number => {
    const cut = cutOf(whole);
    if (cut === undefined) return 0;
    const piece = { ...whole, sizes: whole.sizes.map((size, a) => (a === cut.axis ? cut.step : size)) };
    if (cut.axis < whole.kept) return sizes(piece);
    const out = product(whole.sizes.slice(0, whole.kept));
    return cut.pieces * out + sizes(piece) + sizes(combinePieces(whole, out, cut.pieces));
  };
  return sizes(collapsedReduction(loop));
};

const stepsOf = (kernel: Kernel, addressOf: (node: Node) => number, scratch: number): Step[] => {
  const out = addressOf(kernel.node);
  if (kernel.product !== undefined) {
    const { node, part } = kernel.product;
    const [{ loop, nodes }] = kernel.parts as readonly FusedLoop<MapLoop>[];
    const calls: Call[] = [];
    const after = blockCall(loop, nodes.map(addressOf), out);
    addMatmulCalls(part, addressOf, addressOf(node), calls, after);
    return calls.map(toStep);
  }
  return kernel.parts.flatMap((part) => partSteps(part, kernel.node, addressOf, out, scratch));
};

const partSteps = (
  { loop, nodes }: FusedLoop<Loop>,
  node: Node,
  addressOf: (node: Node) => number,
  out: number,
  scratch: number,
): Step[] => {
  switch (loop.kind) {
    case 'map': {
      if (product(loop.sizes) === 0) return [];
      const { sizes, strides } = collapse(loop.sizes, [
        ...loop.operands.map((view) => view.strides),
        loop.out.strides,
      ]);
      const operands = loop.operands.map(({ input, offset }) => addressOf(nodes[input]) + 4 * offset);
      return [toStep(mapCall({ rule: loop.rule, sizes, strides }, operands, out + 4 * loop.out.offset))];
    }
    case 'reduce': {
      const whole = collapsedReduction(loop);
      const operands = loop.operands.map(({ input, offset }) => addressOf(nodes[input]) + 4 * offset);
      const calls: Call[] = [];
      addReduceCalls(
        whole,
        contiguousStrides(whole.sizes.slice(0, whole.kept)),
        operands,
        out,
        scratch,
        calls,
      );
      return calls.map(toStep);
    }
    case 'matmul': {
      const calls: Call[] = [];
      addMatmulCalls({ loop, nodes, names: [] }, addressOf, out, calls);
      return calls.map(toStep);
    }
    case 'gather':
      return [gatherStep(loop, node, nodes.map(addressOf), nodes, out)];
    case 'custom': {
      const args = [out, ...nodes.map(addressOf), ...loop.sizes];
      return [toStep({ kernel: customKernel(loop.kernel), args })];
    }
  }
};

/** The same blocks, combined in the same order, as `execute` does it. */
const addReduceCalls = (
  whole: CollapsedReduction,
  outStrides: readonly number[],
  operands: readonly number[],
  out: number,
  scratch: number,
  calls: Call[],
): void => {
  const cut: Cut | undefined = cutOf(whole);
  if (cut === undefined) {
    calls.push(reduceCall(whole, outStrides, operands, out));
    return;
  }
  const { axis, step, pieces } = cut;
  const { sizes, strides, kept } = whole;
  const size = product(sizes.slice(0, kept));
  const isKept = axis < kept;
  const afterPartials = isKept ? scratch : scratch + 4 * pieces * size;
  for (let piece = 0; piece < pieces; piece++) {
    const start = piece * step;
    const count = Math.min(step, sizes[axis] - start);
    const part = { ...whole, sizes: sizes.map((s, a) => (a === axis ? count : s)) };
    const moved = operands.map((address, i) => address + 4 * start * strides[i][axis]);
    const target = isKept ? out + 4 * start * outStrides[axis] : scratch + 4 * piece * size;
    addReduceCalls(
      part,
      isKept ? outStrides : contiguousStrides(sizes.slice(0, kept)),
      moved,
      target,
      afterPartials,
      calls,
    );
  }
  if (!isKept) {
    addReduceCalls(combinePieces(whole, size, pieces), [1], [scratch], out, afterPartials, calls);
  }
};

const addMatmulCalls = (
  { loop, nodes }: FusedLoop<MatmulLoop>,
  addressOf: (node: Node) => number,
  out: number,
  calls: Call[],
  after?: (row: number, column: number, rows: number, columns: number) => Call,
): void => {
  const { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB } = loop;
  const [a, b] = nodes.map(addressOf);
  offsetsA.forEach((offsetA, index) => {
    matmulCalls(
      { address: a + 4 * offsetA, stride: 4 * (transposeA ? rows : depth), transposed: transposeA },
      {
        address: b + 4 * offsetsB[index],
        stride: 4 * (transposeB ? depth : columns),
        transposed: transposeB,
      },
      out + 4 * index * rows * columns,
      [rows, columns, depth],
      matmulWorkspace(),
      (kernel: WasmKernel, ...args: number[]) => calls.push({ kernel, args }),
      after === undefined ? undefined : (...block) => calls.push(after(...block)),
    );
  });
};

/** The call of a map over [rows, columns] for a block of it. */
const blockCall =
  (loop: MapLoop, addresses: readonly number[], out: number) =>
  (row: number, column: number, rows: number, columns: number): Call => {
    const views = [...loop.operands.map(({ strides }) => strides), loop.out.strides];
    const { sizes, strides } = collapse([rows, columns], views);
    const moved = ({ offset, strides: [down, right] }: View): number =>
      4 * (offset + row * down + column * right);
    const operands = loop.operands.map((operand) => addresses[operand.input] + moved(operand));
    return mapCall({ rule: loop.rule, sizes, strides }, operands, out + moved(loop.out));
  };

const gatherStep = (
  loop: GatherLoop,
  node: Node,
  addresses: readonly number[],
  nodes: readonly Node[],
  out: number,
): Step => {
  const values = (address: number, size: number): Float32Array =>
    memory.f32.subarray(address / 4, address / 4 + size);
  return () =>
    gather(
      loop,
      node.name,
      values(out, node.size),
      values(addresses[0], nodes[0].size),
      values(addresses[1], nodes[1].size),
    );
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

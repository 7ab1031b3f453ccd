/** Memory is used again, and no kernel overwrites elements that are read later. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FusedKernel, readsOf } from '../../src/compiler/expressions.ts';
import { fuse } from '../../src/compiler/fuse.ts';
import { Graph, type Node, baseOf, reachable } from '../../src/compiler/graph.ts';
import type { View } from '../../src/compiler/loops.ts';
import { type MemoryPlan, planMemory } from '../../src/compiler/memory-plan.ts';
import * as g from './graphs.ts';

interface Planned {
  readonly kernels: readonly FusedKernel[];
  readonly plan: MemoryPlan;
}

/** Plans the memory of `outputs`, all of whose inputs are `inputs`. */
const plan = (inputs: readonly Node[], outputs: readonly Node[], donated: readonly Node[] = []): Planned => {
  const kernels = fuse(outputs);
  const constants = reachable(outputs).filter(({ definition }) => definition.kind === 'constant');
  return { kernels, plan: planMemory(kernels, inputs, constants, outputs, new Set(donated), 0) };
};

/** [first byte, byte after the last] of a node's elements. */
const rangeOf = (node: Node, { offsets }: MemoryPlan): readonly [number, number] => {
  const start = offsets.get(node);
  if (start === undefined) throw new Error(`${node.op} has no memory`);
  return [start, start + 4 * node.size];
};

const overlap = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] < b[1] && b[0] < a[1];

const SHAPE = [10, 30];

describe('memory', () => {
  test('is used again after the last kernel that reads it', () => {
    const bytesOf = (length: number): number => {
      const graph = new Graph();
      const x = graph.input(0, SHAPE);
      const out = Array.from({ length }).reduce<Node>((y) => g.runningSum(graph, y), x);
      return plan([x], [out]).plan.bytes;
    };
    expect(bytesOf(3)).toBeGreaterThan(bytesOf(1));
    expect(bytesOf(100)).toBe(bytesOf(3));
  });
  test('is kept for nodes that are read later', () => {
    const graph = new Graph();
    const x = graph.input(0, SHAPE);
    const first = g.runningSum(graph, x);
    const others = [first];
    for (let i = 0; i < 4; i++) others.push(g.runningSum(graph, others[i]));
    const { plan: planned } = plan([x], [g.mul(graph, others[4], first)]);
    for (const other of others.slice(1))
      expect(overlap(rangeOf(other, planned), rangeOf(first, planned))).toBe(false);
  });
  test('starts at cache lines and ends within the arena', () => {
    const graph = new Graph();
    const inputs = [[1], [16], [17], [3, 5]].map((shape, i) => graph.input(i, shape));
    const outputs = inputs.map((input) => g.runningSum(graph, input));
    const { plan: planned } = plan(inputs, outputs);
    expect(planned.offsets.size).toBe(8);
    for (const node of planned.offsets.keys()) {
      const [start, end] = rangeOf(node, planned);
      expect(start % 64).toBe(0);
      expect(end).toBeLessThanOrEqual(planned.bytes);
    }
  });
  test('is not needed for nodes that are merged or only seen through views', () => {
    const graph = new Graph();
    const x = graph.input(0, SHAPE);
    const inner = g.tanh(graph, x);
    const flat = g.view(graph, inner, 0, [300]);
    const out = g.neg(graph, flat);
    const { offsets } = plan([x], [out]).plan;
    expect([...offsets.keys()]).toEqual([x, out]);
  });
  test('of a product that a map joins is apart from its operands and from the result', () => {
    const graph = new Graph();
    const [a, b] = [graph.input(0, [20, 20]), graph.input(1, [20, 20])];
    const product = g.matmul(graph, g.runningSum(graph, a), b);
    const out = g.runningSum(graph, g.tanh(graph, product));
    const { kernels, plan: planned } = plan([a, b], [out]);
    const joined = kernels.find(({ product: first }) => first !== undefined) as FusedKernel;
    expect(joined.product?.node).toBe(product);
    for (const operand of readsOf(joined).filter((read) => read !== product))
      expect(overlap(rangeOf(operand, planned), rangeOf(product, planned))).toBe(false);
  });
});

describe('a map overwrites an operand', () => {
  /** Whether the result of `read` lies where its operand, a node that is not an input, lay. */
  const overwrites = (read: (graph: Graph, y: Node, x: Node) => Node, isReadLater = false): boolean => {
    const graph = new Graph();
    const x = graph.input(0, [20, 20]);
    const y = g.runningSum(graph, x);
    const z = read(graph, y, x);
    const last = g.runningSum(graph, z);
    const outputs = isReadLater ? [last, g.runningSum(graph, g.tanh(graph, y))] : [last];
    const { plan: planned } = plan([x], outputs);
    return planned.offsets.get(z) === planned.offsets.get(y);
  };
  test('that nothing reads later', () => {
    expect(overwrites(g.tanh)).toBe(true);
    expect(overwrites(g.add)).toBe(true);
    expect(overwrites((graph, y) => g.mul(graph, y, y))).toBe(true);
  });
  test('but not if another kernel reads it later', () => {
    expect(overwrites(g.tanh, true)).toBe(false);
  });
  test('but not if it reads it in another order, even in part', () => {
    expect(overwrites(g.flip)).toBe(false);
    expect(overwrites(g.transpose)).toBe(false);
    expect(overwrites((graph, y) => g.add(graph, y, g.transpose(graph, y)))).toBe(false);
  });
  test('but not if it has another size', () => {
    expect(overwrites((graph, y) => g.tanh(graph, g.view(graph, y, 0, [2, 20])))).toBe(false);
    expect(overwrites((graph, y) => g.broadcastTo(graph, y, [2, 20, 20]))).toBe(false);
  });
  test('and kernels that are not maps do not', () => {
    expect(overwrites((graph, y) => g.runningSum(graph, y))).toBe(false);
    expect(overwrites((graph, y) => g.matmul(graph, y, y))).toBe(false);
  });
  test('that is not an operand of the product that it joins', () => {
    expect(overwrites((graph, y, x) => g.add(graph, g.matmul(graph, y, x), y))).toBe(false);
  });
});

describe('inputs', () => {
  /** The nodes of the results, and the inputs that they overwrite. */
  const overwritten = (
    donated: readonly number[],
    build: (graph: Graph, ...inputs: readonly Node[]) => readonly Node[],
  ): string => {
    const graph = new Graph();
    const inputs = [0, 1].map((position) => graph.input(position, SHAPE));
    const outputs = build(graph, ...inputs);
    const { plan: planned } = plan(
      inputs,
      outputs,
      donated.map((position) => inputs[position]),
    );
    const positionOf = (out: Node): number =>
      inputs.findIndex((input) => planned.offsets.get(input) === planned.offsets.get(out));
    return outputs.map(positionOf).join(' ');
  };
  test('that are donated are overwritten by results', () => {
    expect(overwritten([0], (graph, a, b) => [g.add(graph, a, b)])).toBe('0');
    expect(overwritten([1], (graph, a, b) => [g.add(graph, a, b)])).toBe('1');
    expect(overwritten([0, 1], (graph, a, b) => [g.neg(graph, b), g.neg(graph, a)])).toBe('1 0');
  });
  test('that are not donated are not', () => {
    expect(overwritten([], (graph, a, b) => [g.add(graph, a, b), g.neg(graph, a)])).toBe('-1 -1');
  });
  test('that are donated are not overwritten before their last read', () => {
    expect(overwritten([0], (graph, a, b) => [g.add(graph, a, b), g.tanh(graph, a)])).toBe('-1 0');
  });
  test('that are donated are overwritten by one result', () => {
    const results = overwritten([0], (graph, a) => {
      const both = g.runningSum(graph, a);
      return [g.add(graph, a, both), g.tanh(graph, both)];
    });
    expect(results).toBe('0 -1');
  });
  test('that are donated are not overwritten where they are read in another order', () => {
    expect(overwritten([0], (graph, a) => [g.flip(graph, a)])).toBe('-1');
  });
  test('that are donated and are results are not overwritten', () => {
    expect(overwritten([0], (graph, a) => [a, g.neg(graph, a)])).toBe('0 -1');
    expect(overwritten([0], (graph, a) => [g.view(graph, a, 0, [5]), g.neg(graph, a)])).toBe('-1 -1');
  });
  test('are not overwritten by what is not a result', () => {
    const graph = new Graph();
    const x = graph.input(0, SHAPE);
    const inner = g.neg(graph, x);
    const { plan: planned } = plan([x], [g.runningSum(graph, inner)], [x]);
    expect(planned.offsets.get(inner)).not.toBe(planned.offsets.get(x));
  });
});

/** Checks that a map reads `node` only at the element that it writes next. */
const expectInOrder = ({ parts, node: out }: FusedKernel, node: Node): void => {
  expect(parts).toHaveLength(1);
  const [{ loop, nodes }] = parts;
  if (loop.kind !== 'map') throw new Error(`${out.op} overwrites an operand, but is not a map`);
  const count = loop.sizes.reduce((product, size) => product * size, 1);
  const positionOf = ({ offset, strides }: View, index: number): number => {
    let position = offset;
    let rest = index;
    for (let axis = loop.sizes.length - 1; axis >= 0; axis--) {
      position += (rest % loop.sizes[axis]) * strides[axis];
      rest = Math.floor(rest / loop.sizes[axis]);
    }
    return position;
  };
  loop.operands.forEach((operand, i) => {
    if (nodes[i] !== node) return;
    for (let index = 0; index < count; index++)
      expect(positionOf(operand, index)).toBe(positionOf(loop.out, index));
  });
};

/** Checks that no kernel writes where elements lie that are still read, or that stay. */
const expectNoOverlap = (
  inputs: readonly Node[],
  outputs: readonly Node[],
  donated: readonly Node[],
): void => {
  const { kernels, plan: planned } = plan(inputs, outputs, donated);
  const results = new Set(outputs.map((output) => baseOf(output).node));
  const constants = reachable(outputs).filter(({ definition }) => definition.kind === 'constant');
  const lastRead = new Map<Node, number>();
  kernels.forEach((kernel, index) => {
    for (const read of readsOf(kernel)) lastRead.set(read, index);
  });
  /** Whether the elements of a node are needed after kernel `index`. */
  const isNeededAfter = (node: Node, index: number): boolean =>
    results.has(node) ||
    constants.includes(node) ||
    (inputs.includes(node) && !donated.includes(node)) ||
    (lastRead.get(node) ?? -1) > index;
  const present = [...inputs, ...constants];
  present.forEach((a, i) =>
    present.slice(i + 1).forEach((b) => {
      expect(overlap(rangeOf(a, planned), rangeOf(b, planned))).toBe(false);
    }),
  );
  kernels.forEach((kernel, index) => {
    const written = kernel.product === undefined ? [kernel.node] : [kernel.product.node, kernel.node];
    for (const node of written) {
      const range = rangeOf(node, planned);
      expect(range[1]).toBeLessThanOrEqual(planned.bytes);
      for (const other of present) {
        if (other === node || !overlap(range, rangeOf(other, planned))) continue;
        expect(isNeededAfter(other, index), `${other.op} is overwritten by ${node.op}`).toBe(false);
        if (!readsOf(kernel).includes(other)) continue;
        // An operand can be overwritten only element by element, by the map itself.
        expect(node).toBe(kernel.node);
        expect(range).toEqual(rangeOf(other, planned));
        expect(kernel.product?.part.nodes ?? []).not.toContain(other);
        expectInOrder(kernel, other);
      }
      present.push(node);
    }
  });
};

const choices = fc.array(fc.integer({ min: 0, max: 2 ** 20 }), { minLength: 1, maxLength: 40 });
const donations = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

test('no kernel of any graph overwrites what is still needed', () => {
  fc.assert(
    fc.property(choices, donations, (list, isDonated) => {
      const { inputs, outputs } = g.graphOf(new Graph(), list);
      expectNoOverlap(
        inputs,
        outputs,
        inputs.filter((_, i) => isDonated[i]),
      );
    }),
    { numRuns: 300 },
  );
});

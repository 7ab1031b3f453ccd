/** Which maps are merged into their readers, which nodes get memory, and the order of kernels. */
import { describe, expect, test } from 'vitest';
import { type FusedKernel, readsOf } from '../../src/compiler/expressions.ts';
import { fuse, mayFail } from '../../src/compiler/fuse.ts';
import { Graph, type Node } from '../../src/compiler/graph.ts';
import type { MapLoop, MatmulLoop, ReduceLoop } from '../../src/compiler/loops.ts';
import * as g from './graphs.ts';

/** The kernels in words: `op(ops that it reads)`. */
const summaryOf = (kernels: readonly FusedKernel[]): string[] =>
  kernels.map((kernel) => {
    const reads = readsOf(kernel).map(({ op, definition }) =>
      definition.kind === 'input' ? `input ${definition.position}` : op,
    );
    const first = kernel.product === undefined ? '' : `${kernel.product.node.op} + `;
    return `${first}${kernel.node.op}(${reads.join(', ')})`;
  });

/** The kernels of the results that `build` makes of inputs of the given shapes. */
const kernelsOf = (
  shapes: readonly (readonly number[])[],
  build: (graph: Graph, ...inputs: readonly Node[]) => readonly Node[],
): FusedKernel[] => {
  const graph = new Graph();
  return fuse(build(graph, ...shapes.map((shape, position) => graph.input(position, shape))));
};
const fused = (...args: Parameters<typeof kernelsOf>): string[] => summaryOf(kernelsOf(...args));

/** An op of the given number of additions. */
const additions = (count: number) =>
  g.mapOp(`additions${count}`, (s, x) => {
    let sum = x;
    for (let i = 0; i < count; i++) sum = s.add(sum, x);
    return sum;
  });

describe('maps are merged', () => {
  test('into the only map that reads them, through any number of ops', () => {
    const chain = fused([[4], [4]], (graph, a, b) => {
      const x = g.tanh(graph, g.mul(graph, a, b));
      return [g.neg(graph, g.tanh(graph, g.add(graph, x, b)))];
    });
    expect(chain).toEqual(['neg(input 0, input 1)']);
  });
  test('into reductions', () => {
    const [kernel] = kernelsOf([[3, 5]], (graph, x) => [g.sum(graph, g.tanh(graph, x), 1)]);
    expect(summaryOf([kernel])).toEqual(['sum(input 0)']);
    expect(kernel.parts[0].loop).toMatchObject({ kind: 'reduce', sizes: [3, 5], reducedAxes: 1 });
    // The order of the sum is that of the elements without the map.
    expect((kernel.parts[0].loop as ReduceLoop).order).toEqual([[5, 1]]);
  });
  test('with the views of their readers', () => {
    const [kernel] = kernelsOf([[4, 6]], (graph, x) => [
      g.neg(graph, g.flip(graph, g.view(graph, g.tanh(graph, x), 6, [2, 6]))),
    ]);
    const { sizes, operands } = kernel.parts[0].loop as MapLoop;
    expect(sizes).toEqual([2, 6]);
    expect(operands).toEqual([{ input: 0, offset: 17, strides: [-6, -1] }]);
  });
  test('and read an element that several of them use once', () => {
    const [kernel, ...rest] = kernelsOf([[4]], (graph, x) => [
      g.add(graph, g.mul(graph, x, x), g.neg(graph, x)),
    ]);
    expect(rest).toEqual([]);
    expect(kernel.parts[0].nodes).toHaveLength(1);
  });
});

describe('a map that is read twice', () => {
  test('is computed twice if it is cheap', () => {
    const cheap = fused([[4], [4]], (graph, a, b) => {
      const shared = g.add(graph, a, b);
      return [g.neg(graph, shared), g.tanh(graph, shared)];
    });
    expect(cheap).toEqual(['neg(input 0, input 1)', 'tanh(input 0, input 1)']);
  });
  test.for([
    [3, ['neg(input 0)', 'tanh(input 0)']],
    [4, ['additions4(input 0)', 'neg(additions4)', 'tanh(additions4)']],
  ] as const)('gets memory if it costs more than 3 operations: %i', ([count, expected]) => {
    const op = additions(count);
    const kernels = fused([[4]], (graph, x) => {
      const shared = op(graph, x);
      return [g.neg(graph, shared), g.tanh(graph, shared)];
    });
    expect(kernels).toEqual(expected);
  });
  test('gets memory if it reads more than two operands', () => {
    const sumOfThree = g.mapOp('sumOfThree', (s, a, b, c) => s.add(s.add(a, b), c));
    const kernels = fused([[4], [4], [4]], (graph, ...inputs) => {
      const shared = sumOfThree(graph, ...inputs);
      return [g.neg(graph, shared), g.tanh(graph, shared)];
    });
    expect(kernels).toEqual(['sumOfThree(input 0, input 1, input 2)', 'neg(sumOfThree)', 'tanh(sumOfThree)']);
  });
  test('gets memory if what is merged into it makes it costly', () => {
    const kernels = fused([[4]], (graph, x) => {
      const shared = g.neg(graph, g.tanh(graph, x));
      return [g.neg(graph, shared), g.add(graph, shared, x)];
    });
    expect(kernels).toEqual(['neg(input 0)', 'neg(neg)', 'add(neg, input 0)']);
  });
});

describe('a map that is read more often than it has elements', () => {
  const spread = (op: ReturnType<typeof g.mapOp>): string[] =>
    fused([[3], [4, 3]], (graph, row, table) => [g.add(graph, op(graph, row), table)]);
  test('is merged if it is one operation', () => {
    expect(spread(g.neg)).toEqual(['add(input 0, input 1)']);
  });
  test('gets memory if it is more', () => {
    const twice = additions(2);
    expect(spread(twice)).toEqual(['additions2(input 0)', 'add(additions2, input 1)']);
    expect(spread(g.tanh)).toEqual(['tanh(input 0)', 'add(tanh, input 1)']);
  });
});

describe('a node gets memory', () => {
  test('if it is a result, and its readers read that', () => {
    const kernels = fused([[4]], (graph, x) => {
      const y = g.tanh(graph, x);
      return [y, g.neg(graph, y)];
    });
    expect(kernels).toEqual(['tanh(input 0)', 'neg(tanh)']);
  });
  test('if a view of it is a result', () => {
    const kernels = fused([[4]], (graph, x) => {
      const y = g.neg(graph, x);
      return [g.view(graph, y, 1, [2]), g.neg(graph, y)];
    });
    expect(kernels).toEqual(['neg(input 0)', 'neg(neg)']);
  });
  test('if a function of the whole array reads it', () => {
    const kernels = fused([[4]], (graph, x) => [g.runningSum(graph, g.neg(graph, x))]);
    expect(kernels).toEqual(['neg(input 0)', 'runningSum(neg)']);
  });
  test('if it is an operand of a product', () => {
    const kernels = fused(
      [
        [4, 3],
        [3, 5],
      ],
      (graph, a, b) => [g.matmul(graph, g.neg(graph, a), b)],
    );
    expect(kernels).toEqual(['neg(input 0)', 'matmul(neg, input 1)']);
  });
  test('if its readers see it through a view that is not a view of its operands', () => {
    const seenFlat = (arrange: (graph: Graph, x: Node) => Node): string[] =>
      fused([[4, 6]], (graph, x) => {
        const y = g.mul(graph, arrange(graph, x), graph.constant([], Float32Array.of(2)));
        return [g.neg(graph, g.view(graph, y, 0, [3, 8]))];
      });
    // In order, the elements of x are seen as [3, 8] as well; those of its transpose are not.
    expect(seenFlat((_graph, x) => x)).toEqual(['neg(input 0, constant)']);
    expect(seenFlat(g.transpose)).toEqual(['transpose(input 0)', 'neg(transpose, constant)']);
  });
  test('if a reduction would walk its elements in another order', () => {
    const total = (rows: number, arrange: (graph: Graph, x: Node) => Node): string[] =>
      fused([[rows, 6]], (graph, x) => [g.sum(graph, g.neg(graph, arrange(graph, x)))]);
    expect(total(5, (_graph, x) => x)).toEqual(['sum(input 0)']);
    expect(total(5, g.transpose)).toEqual(['neg(input 0)', 'sum(neg)']);
    // Runs of 4 elements go to the same lanes as one run of all elements.
    expect(total(4, g.transpose)).toEqual(['sum(input 0)']);
  });
  test('if its reader would have more than ten operands', () => {
    const kernels = kernelsOf(
      Array.from({ length: 24 }, () => [4]),
      (graph, first, ...inputs) => [inputs.reduce((sum, x) => g.add(graph, sum, x), first)],
    );
    expect(kernels.length).toBeLessThan(24);
    for (const kernel of kernels) expect(readsOf(kernel).length).toBeLessThanOrEqual(10);
    const reads = new Set(kernels.flatMap(readsOf).filter(({ op }) => op === 'input'));
    expect(reads.size).toBe(24);
  });
  test('if its reader would be too large for an engine', () => {
    const kernels = kernelsOf([[4]], (graph, x) => [
      Array.from({ length: 30 }).reduce<Node>((y) => g.tanh(graph, y), x),
    ]);
    // Twenty functions of 30 operations each are the limit.
    expect(summaryOf(kernels)).toEqual(['tanh(input 0)', 'tanh(tanh)']);
  });
});

test('nodes that no result depends on have no kernels', () => {
  const kernels = fused([[4]], (graph, x) => {
    g.runningSum(graph, x);
    return [g.neg(graph, x)];
  });
  expect(kernels).toEqual(['neg(input 0)']);
});

describe('products', () => {
  const loopOf = ({ parts, product }: FusedKernel): MatmulLoop =>
    (product?.part ?? parts[0]).loop as MatmulLoop;

  test('read the matrix that an operand is the transpose of', () => {
    for (const [left, right] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const kernels = kernelsOf([left ? [3, 4] : [4, 3], right ? [5, 3] : [3, 5]], (graph, a, b) => [
        g.matmul(graph, left ? g.transpose(graph, a) : a, right ? g.transpose(graph, b) : b),
      ]);
      expect(summaryOf(kernels)).toEqual(['matmul(input 0, input 1)']);
      expect(loopOf(kernels[0])).toMatchObject({ transposeA: left, transposeB: right });
    }
  });
  test('leave the transpose to others that read it', () => {
    const kernels = fused(
      [
        [3, 4],
        [3, 5],
      ],
      (graph, a, b) => {
        const turned = g.transpose(graph, a);
        return [g.matmul(graph, turned, b), g.runningSum(graph, turned)];
      },
    );
    expect(kernels).toEqual(['transpose(input 0)', 'matmul(input 0, input 1)', 'runningSum(transpose)']);
  });
  test('do not read through a transpose that they see as another matrix', () => {
    const kernels = kernelsOf(
      [
        [3, 4],
        [3, 5],
      ],
      (graph, a, b) => [
        g.matmul(graph, g.view(graph, g.transpose(graph, a), 0, [4, 3]), b),
        g.matmul(graph, g.view(graph, g.transpose(graph, a), 3, [3, 3]), b),
        g.matmul(graph, g.view(graph, g.transpose(graph, a), 0, [2, 3]), b),
        // Its strides, 1 and 4, are those of the transpose as well.
        g.matmul(graph, g.view(graph, g.transpose(graph, a), 0, [4, 2]), g.view(graph, b, 0, [2, 5])),
      ],
    );
    expect(summaryOf(kernels)).toEqual([
      'transpose(input 0)',
      'matmul(input 0, input 1)',
      'matmul(transpose, input 1)',
      'matmul(transpose, input 1)',
      'matmul(transpose, input 1)',
    ]);
    expect(kernels.slice(1).map((kernel) => loopOf(kernel).offsetsA)).toEqual([[0], [3], [0], [0]]);
  });
  test('read a view of an operand from its offset on', () => {
    const [kernel] = kernelsOf(
      [
        [4, 3],
        [7, 2],
      ],
      (graph, a, b) => [g.matmul(graph, g.view(graph, a, 3, [2, 3]), g.view(graph, b, 8, [3, 2]))],
    );
    expect(loopOf(kernel)).toMatchObject({ offsetsA: [3], offsetsB: [8] });
  });
  test('are joined by a map of their result', () => {
    const kernels = kernelsOf([[4, 3], [3, 5], [5]], (graph, a, b, bias) => [
      g.tanh(graph, g.add(graph, g.matmul(graph, a, b), bias)),
    ]);
    expect(summaryOf(kernels)).toEqual(['matmul + tanh(input 0, input 1, matmul, input 2)']);
    const { sizes, operands, out } = kernels[0].parts[0].loop as MapLoop;
    expect([sizes, out.strides, operands.map(({ strides }) => strides)]).toEqual([
      [4, 5],
      [5, 1],
      [
        [5, 1],
        [0, 1],
      ],
    ]);
  });
  test('are joined by the first of several maps that read them', () => {
    const kernels = fused(
      [
        [4, 3],
        [3, 5],
      ],
      (graph, a, b) => {
        const product = g.matmul(graph, a, b);
        return [g.tanh(graph, product), g.neg(graph, product)];
      },
    );
    expect(kernels).toEqual(['matmul + tanh(input 0, input 1, matmul)', 'neg(matmul)']);
  });
  test.for<readonly [string, (graph: Graph, product: Node) => Node]>([
    ['reads it transposed', (graph, p) => g.add(graph, p, g.transpose(graph, p))],
    ['reads a part of it', (graph, p) => g.neg(graph, g.view(graph, p, 0, [2, 4]))],
    [
      'reads its first row only',
      (graph, p) => g.neg(graph, g.broadcastTo(graph, g.view(graph, p, 0, [1, 4]), [4, 4])),
    ],
    ['reads it in reverse', (graph, p) => g.neg(graph, g.flip(graph, p))],
    ['is larger', (graph, p) => g.neg(graph, g.broadcastTo(graph, p, [2, 4, 4]))],
    ['is a reduction', (graph, p) => g.sum(graph, p, 1)],
  ])('are not joined by a map that %s', ([, read]) => {
    const kernels = kernelsOf(
      [
        [4, 3],
        [3, 4],
      ],
      (graph, a, b) => [read(graph, g.matmul(graph, a, b))],
    );
    expect(kernels[0].node.op).toBe('matmul');
    expect(kernels.every(({ product }) => product === undefined)).toBe(true);
  });
  test.for<readonly [string, (graph: Graph, product: Node) => Node]>([
    ['all of it', (_graph, p) => p],
    ['its first matrix', (graph, p) => g.view(graph, p, 0, [4, 5])],
  ])('of a batch are not joined by a map of %s', ([, part]) => {
    const kernels = fused(
      [
        [3, 4, 2],
        [2, 5],
      ],
      (graph, a, b) => [g.neg(graph, part(graph, g.matmul(graph, a, b, [0, 8, 16], [0, 0, 0])))],
    );
    expect(kernels).toEqual(['matmul(input 0, input 1)', 'neg(matmul)']);
  });
  test('are not joined after another kernel has read them', () => {
    const kernels = fused(
      [
        [4, 3],
        [3, 4],
      ],
      (graph, a, b) => {
        const product = g.matmul(graph, a, b);
        return [g.runningSum(graph, product), g.tanh(graph, product)];
      },
    );
    expect(kernels).toEqual(['matmul(input 0, input 1)', 'runningSum(matmul)', 'tanh(matmul)']);
  });
});

describe('kernels that can throw', () => {
  test('run first if they read inputs and constants only', () => {
    const kernels = kernelsOf([[4], [4]], (graph, a, b) => {
      const before = g.runningSum(graph, a);
      const constant = g.checked(graph, graph.constant([4], new Float32Array(4)));
      const part = g.checked(graph, g.view(graph, b, 1, [2]));
      return [before, constant, part];
    });
    expect(summaryOf(kernels)).toEqual(['checked(constant)', 'checked(input 1)', 'runningSum(input 0)']);
    expect(kernels.map(mayFail)).toEqual([true, true, false]);
  });
  test('stay after what they read', () => {
    const kernels = fused([[4], [4]], (graph, a, b) => [
      g.runningSum(graph, a),
      g.checked(graph, g.tanh(graph, b)),
      g.checked(graph, g.checked(graph, a)),
    ]);
    expect(kernels).toEqual([
      'checked(input 0)',
      'runningSum(input 0)',
      'tanh(input 1)',
      'checked(tanh)',
      'checked(checked)',
    ]);
  });
});

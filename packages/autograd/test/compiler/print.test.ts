/** Compiled programs as text. */
import { expect, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { Graph, type Node } from '../../src/compiler/graph.ts';
import { printProgram } from '../../src/compiler/print.ts';
import * as g from './graphs.ts';

const print = (
  shapes: readonly (readonly number[])[],
  build: (graph: Graph, ...inputs: readonly Node[]) => readonly Node[],
): string => {
  const graph = new Graph();
  const inputs = shapes.map((shape, position) => graph.input(position, shape));
  return printProgram(compile(inputs, build(graph, ...inputs)));
};

test('equations have numbers, offsets in memory, ops, operands and shapes; kernels what they do and read', () => {
  const text = print(
    [
      [4, 3],
      [3, 5],
    ],
    (graph, a, b) => [
      g.tanh(graph, g.add(graph, g.matmul(graph, a, b), graph.constant([], Float32Array.of(0.5)))),
    ],
  );
  expect(text).toMatchInlineSnapshot(`
    "equations (6), with offsets in 768 bytes of memory:
      %0 @0 = input 0 [4, 3]
      %1 @128 = input 1 [3, 5]
      %2 @384 = matmul %0 %1 [4, 5]
      %3 @256 = constant 0.5 []
      %4 = add %2 %3 [4, 5]
      %5 @576 = tanh %4 [4, 5]
    kernels (1):
      %5 ← matmul → add → tanh (%0 %1 %3)"
  `);
});

test('nodes without memory have no offset, and unused nodes no equation', () => {
  const text = print([[2, 2], [7]], (graph, x) => {
    g.neg(graph, x);
    return [g.runningSum(graph, g.view(graph, g.tanh(graph, x), 0, [4]))];
  });
  expect(text).toMatchInlineSnapshot(`
    "equations (4), with offsets in 384 bytes of memory:
      %0 @0 = input 0 [2, 2]
      %3 @128 = tanh %0 [2, 2]
      %4 = view %3 [4]
      %5 @256 = runningSum %4 [4]
    kernels (2):
      %3 ← tanh (%0)
      %5 ← runningSum (%3)"
  `);
});

test('constants of several elements are not written out', () => {
  const text = print([[3]], (graph, x) => [g.add(graph, x, graph.constant([3], Float32Array.of(1, 2, 3)))]);
  expect(text).toContain('= constant [3]');
  expect(text).not.toContain('1,2,3');
});

test('an op that a kernel does for several others is named once', () => {
  const text = print([[3]], (graph, x) => {
    const y = g.neg(graph, x);
    return [g.add(graph, g.mul(graph, y, x), y)];
  });
  expect(text).toContain('← neg → mul → add (%0)');
});

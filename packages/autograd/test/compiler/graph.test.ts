/** Which nodes a graph merges, and which it keeps apart. */
import { describe, expect, test } from 'vitest';
import { Graph, type Node, baseOf, reachable } from '../../src/compiler/graph.ts';
import { add, mul, neg, runningSum, view } from './graphs.ts';

const op = { name: 'op' };
/** The node of an op with parameters. */
const withParams = (graph: Graph, x: Node, params: unknown): Node =>
  graph.op(op, params, [2], [x], () => ({ kind: 'view', offset: 0 }));

describe('equal ops of the same inputs are one node', () => {
  test('without parameters', () => {
    const graph = new Graph();
    const [a, b] = [graph.input(0, [2]), graph.input(1, [2])];
    expect(add(graph, a, b)).toBe(add(graph, a, b));
    expect(neg(graph, add(graph, a, b))).toBe(neg(graph, add(graph, a, b)));
    expect(graph.nodes).toHaveLength(4);
  });
  test.for<readonly [string, unknown, unknown]>([
    ['undefined', undefined, undefined],
    ['NaN', { value: NaN }, { value: NaN }],
    ['objects with another order of keys', { a: 1, b: [2, 3] }, { b: [2, 3], a: 1 }],
    ['nested arrays', [[1], [2, [3]]], [[1], [2, [3]]]],
    ['texts', { axis: 'x,y' }, { axis: 'x,y' }],
  ])('with equal parameters: %s', ([, left, right]) => {
    const graph = new Graph();
    const x = graph.input(0, [2]);
    expect(withParams(graph, x, left)).toBe(withParams(graph, x, right));
  });
  test('with the same function as a parameter', () => {
    const graph = new Graph();
    const x = graph.input(0, [2]);
    const f = (): number => 1;
    expect(withParams(graph, x, { f })).toBe(withParams(graph, x, { f }));
  });
});

describe('nodes are not merged if they differ in', () => {
  test.for<readonly [string, unknown, unknown]>([
    ['NaN and Infinity', { value: NaN }, { value: Infinity }],
    ['NaN and null, which JSON writes alike', { value: NaN }, { value: null }],
    ['Infinity and -Infinity', { value: Infinity }, { value: -Infinity }],
    ['0 and -0', { value: 0 }, { value: -0 }],
    ['0 and -0 in an array', [0], [-0]],
    ['undefined and a missing key', { value: undefined }, {}],
    ['undefined and null', { value: undefined }, { value: null }],
    ['undefined and the text undefined', { value: undefined }, { value: 'undefined' }],
    ['a number and its text', { value: 1 }, { value: '1' }],
    ['true and its text', { value: true }, { value: 'true' }],
    ['nested arrays', [[1, 2], [3]], [[1], [2, 3]]],
    ['an array in an array', [1], [[1]]],
    ['an empty array and an array of an empty one', [], [[]]],
    ['an array and an object with its indices', [1], { 0: 1 }],
    ['two functions with the same text', { f: () => 1 }, { f: () => 1 }],
    ['two typed arrays', Float32Array.of(1), Float32Array.of(1)],
    ['keys that look like syntax', { 'a:1,b': 2 }, { a: 1, b: 2 }],
    ['texts that look like syntax', ['a","b'], ['a', 'b']],
  ])('parameters: %s', ([, left, right]) => {
    const graph = new Graph();
    const x = graph.input(0, [2]);
    expect(withParams(graph, x, left)).not.toBe(withParams(graph, x, right));
  });
  test('the op, even if the names are the same', () => {
    const graph = new Graph();
    const x = graph.input(0, [2]);
    const one = graph.op({ name: 'op' }, undefined, [2], [x], () => ({ kind: 'view', offset: 0 }));
    const other = graph.op({ name: 'op' }, undefined, [2], [x], () => ({ kind: 'view', offset: 0 }));
    expect(one).not.toBe(other);
  });
  test('the order of the inputs', () => {
    const graph = new Graph();
    const [a, b] = [graph.input(0, [2]), graph.input(1, [2])];
    expect(add(graph, a, b)).not.toBe(add(graph, b, a));
    expect(add(graph, a, b)).not.toBe(mul(graph, a, b));
  });
  test('the inputs, where numbers of nodes read together would be the same', () => {
    const graph = new Graph();
    const nodes = Array.from({ length: 13 }, (_, i) => graph.input(i, [2]));
    const made = [
      [nodes[1], nodes[12]],
      [nodes[11], nodes[2]],
      [nodes[1], nodes[1], nodes[2]],
    ].map((inputs) => graph.op(op, undefined, [2], inputs, () => ({ kind: 'view', offset: 0 })));
    expect(new Set(made).size).toBe(3);
  });
  test('the shape of the result', () => {
    const graph = new Graph();
    const x = graph.input(0, [4]);
    expect(view(graph, x, 0, [2, 2])).not.toBe(view(graph, x, 0, [4]));
    expect(view(graph, x, 0, [1, 2])).not.toBe(view(graph, x, 0, [12]));
  });
  test('the position of an input', () => {
    const graph = new Graph();
    expect(graph.input(0, [2])).not.toBe(graph.input(1, [2]));
  });
});

describe('constants', () => {
  test('are one node if they are the same array of the same shape', () => {
    const graph = new Graph();
    const values = Float32Array.of(1, 2);
    expect(graph.constant([2], values)).toBe(graph.constant([2], values));
    expect(graph.constant([2], values)).not.toBe(graph.constant([1, 2], values));
    expect(graph.constant([2], values)).not.toBe(graph.constant([2], values.slice()));
  });
  test('are one node if they are the same number', () => {
    const graph = new Graph();
    const constantOf = (value: number): Node => graph.constant([], Float32Array.of(value));
    for (const value of [1, 0, -0, NaN, Infinity]) expect(constantOf(value)).toBe(constantOf(value));
    expect(new Set([0, -0, NaN, Infinity, -Infinity, 1].map(constantOf)).size).toBe(6);
    expect(graph.constant([1], Float32Array.of(1))).not.toBe(constantOf(1));
  });
});

test('the nodes that results depend on are in the order of computation, each once', () => {
  const graph = new Graph();
  const [a, b] = [graph.input(0, [2]), graph.input(1, [2])];
  const shared = add(graph, a, a);
  const unused = mul(graph, a, b);
  const left = neg(graph, shared);
  const right = mul(graph, shared, left);
  expect(reachable([right, left])).toEqual([a, shared, left, right]);
  expect(reachable([right, b, right])).toEqual([a, b, shared, left, right]);
  expect(reachable([unused])).toEqual([a, b, unused]);
});

test('a chain of views has the memory of its first input, from the sum of the offsets on', () => {
  const graph = new Graph();
  const x = runningSum(graph, graph.input(0, [4, 6]));
  const part = view(graph, view(graph, x, 6, [3, 6]), 8, [4]);
  expect(baseOf(part)).toEqual({ node: x, offset: 14 });
  expect(baseOf(x)).toEqual({ node: x, offset: 0 });
});

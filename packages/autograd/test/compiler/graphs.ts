/** Small ops to build graphs with, without tensors and tracing. */
import { broadcastShapes, broadcastStrides, stridesOf } from '../../src/base/shape.ts';
import type { Graph, Node } from '../../src/compiler/graph.ts';
import type { Loop, OperandView } from '../../src/compiler/loops.ts';
import { identity, type ScalarRule } from '../../src/kernels/algebra.ts';
import { tanh as tanhFunction } from '../../src/kernels/elementary/index.ts';
import * as reductions from '../../src/kernels/reductions.ts';

/** Adds a node that `loops` compute. */
const loopsNode = (
  graph: Graph,
  op: { readonly name: string },
  params: unknown,
  shape: readonly number[],
  inputs: readonly Node[],
  loops: readonly Loop[],
): Node => graph.op(op, params, shape, inputs, () => ({ kind: 'loops', loops }));

type MapOp = (graph: Graph, ...inputs: readonly Node[]) => Node;

/** An elementwise op, whose operands broadcast. */
export const mapOp = (name: string, rule: ScalarRule): MapOp => {
  const op = { name };
  return (graph, ...inputs) => {
    const shape = broadcastShapes(inputs.map((input) => input.shape));
    if (shape === undefined) throw new Error('the shapes do not broadcast');
    const operands = inputs.map((node, input) => ({
      input,
      offset: 0,
      strides: broadcastStrides(node.shape, shape),
    }));
    const out = { offset: 0, strides: stridesOf(shape) };
    return loopsNode(graph, op, undefined, shape, inputs, [
      { kind: 'map', rule, sizes: shape, operands, out },
    ]);
  };
};

export const add: MapOp = mapOp('add', (s, a, b) => s.add(a, b));
export const mul: MapOp = mapOp('mul', (s, a, b) => s.mul(a, b));
export const neg: MapOp = mapOp('neg', (s, a) => s.neg(a));
/** Costs as much as 30 operations. */
export const tanh: MapOp = mapOp('tanh', (s, a) => s.elementary(tanhFunction, a));

/** Copies the elements that a view of the input shows. */
const copyOp = (name: string) => {
  const op = { name };
  return (
    graph: Graph,
    x: Node,
    params: unknown,
    shape: readonly number[],
    view: Omit<OperandView, 'input'>,
  ): Node => {
    const out = { offset: 0, strides: stridesOf(shape) };
    const operands = [{ input: 0, ...view }];
    return loopsNode(
      graph,
      op,
      params,
      shape,
      [x],
      [{ kind: 'map', rule: identity, sizes: shape, operands, out }],
    );
  };
};

const transposed = copyOp('transpose');
/** The axes in reverse order. */
export const transpose = (graph: Graph, x: Node): Node =>
  transposed(graph, x, undefined, x.shape.toReversed(), {
    offset: 0,
    strides: stridesOf(x.shape).toReversed(),
  });

const flipped = copyOp('flip');
/** The elements in reverse order. */
export const flip = (graph: Graph, x: Node): Node =>
  flipped(graph, x, undefined, x.shape, {
    offset: x.size - 1,
    strides: stridesOf(x.shape).map((stride) => -stride),
  });

const broadcasted = copyOp('broadcastTo');
export const broadcastTo = (graph: Graph, x: Node, shape: readonly number[]): Node =>
  broadcasted(graph, x, { shape }, shape, { offset: 0, strides: broadcastStrides(x.shape, shape) });

const viewOp = { name: 'view' };
/** A contiguous part of x, as an array of `shape`. */
export const view = (graph: Graph, x: Node, offset: number, shape: readonly number[]): Node =>
  graph.op(viewOp, { offset }, shape, [x], () => ({ kind: 'view', offset }));

const sumOp = { name: 'sum' };
/** The sum along the last `count` axes. */
export const sum = (graph: Graph, x: Node, count: number = x.shape.length): Node => {
  const shape = x.shape.slice(0, x.shape.length - count);
  const reduced = x.shape.slice(shape.length);
  return loopsNode(
    graph,
    sumOp,
    { count },
    shape,
    [x],
    [
      {
        kind: 'reduce',
        rule: identity,
        reduction: reductions.sum,
        sizes: x.shape,
        reducedAxes: count,
        operands: [{ input: 0, offset: 0, strides: stridesOf(x.shape) }],
        out: { offset: 0, strides: [...stridesOf(shape), ...reduced.map(() => 0)] },
      },
    ],
  );
};

const matmulOp = { name: 'matmul' };
/** The products of the matrices of a and b that start at the given offsets. */
export const matmul = (
  graph: Graph,
  a: Node,
  b: Node,
  offsetsA: readonly number[] = [0],
  offsetsB: readonly number[] = [0],
): Node => {
  const [rows, depth] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  const batch = offsetsA.length === 1 ? [] : [offsetsA.length];
  return loopsNode(
    graph,
    matmulOp,
    { offsetsA, offsetsB },
    [...batch, rows, columns],
    [a, b],
    [{ kind: 'matmul', rows, columns, depth, transposeA: false, transposeB: false, offsetsA, offsetsB }],
  );
};

const runningSumOp = { name: 'runningSum' };
const checkedOp = { name: 'checked' };
const copy = (out: Float32Array | Float64Array, x: Float32Array | Float64Array): void => out.set(x);
/** A function of the whole array, which is never merged into others. */
export const runningSum = (graph: Graph, x: Node): Node =>
  loopsNode(
    graph,
    runningSumOp,
    undefined,
    x.shape,
    [x],
    [{ kind: 'direct', compute: copy, mayFail: false }],
  );
/** The same, for one that can throw. */
export const checked = (graph: Graph, x: Node): Node =>
  loopsNode(graph, checkedOp, undefined, x.shape, [x], [{ kind: 'direct', compute: copy, mayFail: true }]);

/** A graph of many ops on its inputs, as `choices` say, with results among its last nodes. */
export const graphOf = (
  graph: Graph,
  choices: readonly number[],
): { readonly inputs: Node[]; readonly outputs: Node[] } => {
  const inputs = [
    [4, 6],
    [6, 4],
    [4, 6],
    [1, 6],
  ].map((shape, position) => graph.input(position, shape));
  const known = [
    ...inputs,
    graph.constant([4, 6], new Float32Array(24)),
    graph.constant([], Float32Array.of(3)),
  ];
  const matrices = (): Node[] => known.filter(({ shape }) => shape.length === 2);
  for (const choice of choices) {
    const all = matrices();
    const x = all[Math.floor(choice / 16) % all.length];
    const y = known[Math.floor(choice / 1024) % known.length];
    const [rows, columns] = x.shape;
    const ops: readonly (() => Node)[] = [
      () => neg(graph, x),
      () => tanh(graph, x),
      () => add(graph, x, y),
      () => mul(graph, x, y),
      () => transpose(graph, x),
      () => flip(graph, x),
      () => view(graph, x, 0, [columns, rows]),
      () => view(graph, x, columns * (rows - 1), [1, columns]),
      () => sum(graph, x, 1),
      () => sum(graph, x),
      () => matmul(graph, x, y),
      () => matmul(graph, x, transpose(graph, x)),
      () => runningSum(graph, x),
      () => checked(graph, x),
      () => broadcastTo(graph, view(graph, x, 0, [1, columns]), [5, columns]),
      () => runningSum(graph, tanh(graph, x)),
    ];
    const index = choice % 16;
    const pair = [x.shape, y.shape];
    if ((index === 2 || index === 3) && broadcastShapes(pair) === undefined) continue;
    if (index === 10 && (y.shape.length !== 2 || y.shape[0] !== columns)) continue;
    known.push(ops[index]());
  }
  const last = known.slice(-3);
  // An input can be a result as well.
  return { inputs, outputs: choices.length % 5 === 0 ? [...last, inputs[0]] : last };
};

/**
 * Every public function, with invalid arguments: it returns a valid result or throws an error that
 * starts with its name, and the library works afterwards.
 */
import { describe, expect, test } from 'vitest';
import * as added from '../src/methods/functions.ts';
import * as m from '../src/index.ts';
import { type Tensor, random, tensor, tree } from '../src/index.ts';
import { Tensor as TensorClass } from '../src/core/tensor.ts';
import { cases } from './cases.ts';
import { type Kind, type Row, assault, kind, options, values } from './hostile.ts';

const matrix = (): Tensor =>
  tensor([
    [1, -2, 3],
    [4, 0.5, 6],
  ]);
const operand: Kind = kind(
  matrix,
  () => 2.5,
  () => tensor([1, 2, 3]),
  () => m.zeros([3, 0]),
);
const array: Kind = kind(matrix);
const shape: Kind = kind(
  () => [2, 3],
  () => [6],
  () => [],
  () => [0, 2],
  () => [3, -1],
);
const axis: Kind = values(0, 1, -1, undefined);
const axes: Kind = kind(
  () => 0,
  () => [1, -2],
  () => undefined,
  () => [],
);
const number: Kind = values(0.5, 1, -2);
const count: Kind = values(0, 1, 3);
const bool: Kind = values(true, false);
const key: Kind = kind(() => random.key(7));
const params: Kind = kind(
  () => ({ w: matrix(), layers: [{ b: tensor([1, 2, 3]) }, null] }),
  matrix,
  () => [tensor([1]), {}],
);
const axisOption = options({ axis });
const indices: Kind = kind(
  () => [0, 1],
  () => -1,
  () => tensor([[1]]),
);
const starts: Kind = kind(
  () => [0, 1],
  () => tensor([1, 0]),
  () => [tensor(0), 1],
);
const images: Kind = kind(
  () => m.ones([2, 4, 3, 2]),
  () => m.ones([1, 5, 2]),
  () => m.ones([0, 3, 3, 2]),
);
const kernels: Kind = kind(
  () => m.ones([2, 2, 2, 4]),
  () => m.ones([2, 2, 1, 2]),
  () => m.ones([3, 2, 1]),
);
const steps: Kind = kind(
  () => 1,
  () => 2,
  () => [2, 1],
);
const padding: Kind = kind(
  () => 'SAME',
  () => 'VALID',
  () => [
    [1, 0],
    [0, 2],
  ],
);
const reduction = options({ axis: axes, keepdims: bool });

/** A loss that takes any tree. */
const loss = (p: unknown): Tensor =>
  tree.leaves(p).reduce((total, leaf) => m.add(total, m.sum(m.square(leaf))), tensor(0));
const lossKind: Kind = kind(() => loss);
const elementwiseKind: Kind = kind(
  () => (x: Tensor) => m.mul(x, m.tanh(x)),
  () => (x: Tensor) => m.sum(m.square(x)),
);

const unary: Row = { args: [operand] };
const reduce: Row = { args: [array, reduction] };
const isHuge = (length: number): boolean => length > 1e6 && length < 2 ** 31;

const rows: Readonly<Record<string, Row>> = {
  // Ops of operands alone, as the table of cases calls them; rows below say what else others take.
  ...Object.fromEntries(
    cases
      .filter(({ op, f }) => f === (m as Readonly<Record<string, unknown>>)[op])
      .map(({ op, args }) => [op, { args: args.map(() => operand) }]),
  ),
  ...Object.fromEntries(['stopGradient', 'zerosLike', 'onesLike', 'isTensor'].map((op) => [op, unary])),
  ...Object.fromEntries(['sum', 'max', 'min', 'mean', 'prod', 'norm', 'logsumexp'].map((op) => [op, reduce])),
  ...Object.fromEntries(
    [
      ...['silu', 'logSigmoid', 'selu', 'relu6', 'hardSigmoid', 'hardSilu', 'hardTanh', 'mish', 'softSign'],
    ].map((op) => [op, unary]),
  ),
  ...Object.fromEntries(
    ['any', 'all'].map((op) => [op, { args: [array, options({ axis: axes, keepdims: bool })] }]),
  ),
  gelu: { args: [operand, options({ approximate: bool })] },
  elu: { args: [operand, options({ alpha: number })] },
  celu: { args: [operand, options({ alpha: number })] },
  leakyRelu: { args: [operand, options({ negativeSlope: number })] },
  squareplus: { args: [operand, options({ b: values(0.5, 4) })] },
  glu: { args: [kind(() => m.ones([2, 4]), matrix), axisOption] },
  nanToNum: { args: [operand, options({ nan: number, posinf: number, neginf: number })] },
  clip: { args: [operand, operand, operand] },
  where: { args: [operand, operand, operand] },
  std: { args: [array, options({ axis: axes, keepdims: bool, ddof: count })] },
  variance: { args: [array, options({ axis: axes, keepdims: bool, ddof: count })] },
  argmax: { args: [array, options({ axis, keepdims: bool })] },
  argmin: { args: [array, options({ axis, keepdims: bool })] },
  ...Object.fromEntries(
    ['cumsum', 'cumprod', 'cummax', 'sort', 'argsort'].map((op) => [op, { args: [array, axisOption] }]),
  ),
  diff: { args: [array, options({ axis, n: count })] },
  conv: {
    args: [images, kernels, options({ strides: steps, padding, dilation: steps, groups: values(1, 2, 3) })],
  },
  convTranspose: { args: [images, kernels, options({ strides: steps, padding })] },
  maxPool: { args: [images, options({ window: steps, strides: steps, padding })] },
  avgPool: {
    args: [images, options({ window: steps, strides: steps, padding, countIncludePad: bool })],
  },
  topK: { args: [array, count] },
  scatterAdd: { args: [array, indices, operand, axisOption] },
  scatterSet: { args: [array, indices, operand, axisOption] },
  segmentSum: {
    args: [
      array,
      kind(
        () => [0, 2],
        () => tensor([1, 1]),
      ),
      count,
    ],
  },
  dynamicSlice: {
    args: [
      array,
      starts,
      kind(
        () => [1, 2],
        () => [0, 0],
      ),
    ],
  },
  dynamicUpdateSlice: {
    args: [
      array,
      kind(
        () => tensor([[7, 8]]),
        () => m.zeros([0, 3]),
      ),
      starts,
    ],
  },
  roll: {
    args: [
      array,
      kind(
        () => 1,
        () => [1, -2],
      ),
      options({ axis: axes }),
    ],
  },
  repeat: {
    args: [
      array,
      kind(
        () => 2,
        () => [1, 0],
        () => [0, 1, 2],
      ),
      axisOption,
    ],
  },
  moveaxis: { args: [array, axes, axes] },
  swapaxes: { args: [array, axis, axis] },
  meshgrid: {
    args: [
      kind(
        () => [1, tensor([1, 2])],
        () => [],
      ),
      options({ indexing: values('xy', 'ij') }),
    ],
  },
  tril: { args: [array, options({ k: count })] },
  triu: { args: [array, options({ k: values(-1, 0, 2) })] },
  diag: { args: [kind(matrix, () => tensor([1, 2])), options({ k: values(-1, 0, 2) })] },
  diagonal: { args: [array, options({ offset: values(-1, 1), axis1: axis, axis2: axis })] },
  trace: { args: [array, options({ offset: values(-1, 1), axis1: axis, axis2: axis })] },
  tensordot: {
    args: [
      array,
      kind(() => m.ones([3, 4]), matrix),
      options({
        axes: kind(
          () => 1,
          () => [1, 0],
          () => [
            [0, 1],
            [0, 1],
          ],
        ),
      }),
    ],
  },
  cross: { args: [array, array, axisOption] },
  softmax: { args: [array, options({ axis: axes })] },
  logSoftmax: { args: [array, options({ axis: axes })] },

  tensor: {
    args: [
      kind(
        () => [1, 2, 3, 4, 5, 6],
        () => [
          [1, 2],
          [3, 4],
        ],
        () => [[Float32Array.of(1, 2)], [[true, 3]]],
        () => Float32Array.of(1, 2),
        matrix,
      ),
      shape,
      options({ copy: bool }),
    ],
  },
  zeros: { args: [shape] },
  ones: { args: [shape] },
  full: { args: [shape, operand] },
  eye: {
    args: [count, count],
    skip: (rows: unknown, columns: unknown = rows) =>
      typeof rows === 'number' && typeof columns === 'number' && isHuge(rows * columns),
  },
  arange: {
    args: [number, values(3, 5, undefined), values(0.5, 1, -1, undefined)],
    skip: (from: unknown, to: unknown, step: unknown) =>
      [from, to, step].every((x) => x === undefined || typeof x === 'number') &&
      isHuge(Math.abs((Number(to ?? from) - Number(to === undefined ? 0 : from)) / Number(step ?? 1))),
  },
  linspace: { args: [number, number, count] },

  reshape: { args: [array, shape] },
  transpose: {
    args: [
      array,
      kind(
        () => [1, 0],
        () => undefined,
      ),
    ],
  },
  broadcastTo: { args: [operand, shape] },
  squeeze: { args: [kind(() => m.ones([1, 2, 1]), matrix), axes] },
  expandDims: { args: [array, axes] },
  slice: {
    args: [
      array,
      ...[0, 1].map(() =>
        kind(
          () => 1,
          () => [0, 2],
          () => [null, null, -1],
          () => null,
          () => [],
        ),
      ),
    ],
  },
  pad: {
    args: [
      array,
      kind(
        () => 1,
        () => [
          [0, 1],
          [2, 0],
        ],
      ),
      operand,
    ],
  },
  flip: { args: [array, axes] },
  concatenate: {
    args: [
      kind(
        () => [matrix(), matrix()],
        () => [matrix()],
      ),
      axisOption,
    ],
  },
  stack: {
    args: [
      kind(
        () => [matrix(), matrix()],
        () => [1, 2],
      ),
      axisOption,
    ],
  },
  split: {
    args: [
      array,
      kind(
        () => 3,
        () => 1,
        () => [1, 2],
      ),
      axisOption,
    ],
  },
  arraySplit: {
    args: [
      array,
      kind(
        () => 2,
        () => [2, 1],
        () => 5,
      ),
      axisOption,
    ],
  },
  tile: {
    args: [
      array,
      kind(
        () => 2,
        () => [2, 1, 3],
        () => 0,
      ),
    ],
  },
  einsum: {
    args: [values('ij,kj->ik', 'ij,ij', 'ii', 'ij->ji', ',ij'), kind(matrix, () => m.eye(3)), array],
  },
  take: {
    args: [
      array,
      kind(
        () => [0, 1],
        () => -1,
        () => tensor([[1]]),
      ),
      axisOption,
    ],
  },
  takeAlongAxis: {
    args: [
      array,
      kind(
        () => [[0], [1]],
        () => tensor([[1, 0, 1]]),
      ),
      options({ axis: values(0, 1) }),
    ],
  },
  oneHot: {
    args: [
      kind(
        () => [0, 2],
        () => 1,
        () => tensor([[0], [1]]),
      ),
      count,
    ],
  },

  configure: {
    args: [options({ fma: values(false, undefined) })],
    call: (given: never) => {
      try {
        m.configure(given);
      } catch (error) {
        // What Node 20 says to `true`.
        if (!(error as Error).message.startsWith('configure: fma is not supported')) throw error;
      } finally {
        m.configure({ fma: false });
      }
    },
  },
  checkGrads: {
    args: [
      elementwiseKind,
      kind(
        () => [matrix()],
        () => [tensor(1)],
      ),
      options({ order: values(1, 2), tolerance: values(1e-3), step: values(1e-5), seed: values(3) }),
    ],
    call: (f: never, args: never, given: never) => {
      try {
        m.checkGrads(f, args, given);
      } catch (error) {
        // What the function is for.
        if (!/^checkGrads: (gradient|second)/.test((error as Error).message)) throw error;
      }
    },
    errors: 'any',
  },
  ...Object.fromEntries(
    (['debugNaNs', 'debugKeys'] as const).map((name) => [
      name,
      {
        args: [values(true, false)],
        call: (given: never) => {
          try {
            m[name](given);
          } finally {
            m[name](false);
          }
        },
      } as Row,
    ]),
  ),
  customVjp: {
    args: [elementwiseKind, kind(() => (ct: Tensor) => [ct]), array],
    call: (f: never, rule: never, x: never) => m.grad((y: Tensor) => m.sum(m.customVjp(f, rule)(y)))(x),
    errors: 'any',
  },
  grad: {
    args: [
      lossKind,
      options({
        argnums: kind(
          () => 0,
          () => [0],
        ),
        hasAux: values(false),
      }),
      params,
    ],
    call: (f: never, given: never, p: never) =>
      (m.grad as (f: unknown, o: unknown) => (p: unknown) => unknown)(f, given)(p),
    errors: 'any',
  },
  valueAndGrad: {
    args: [
      kind(() => (a: unknown, b: unknown) => [m.add(loss(a), loss(b)), { a }]),
      options({
        argnums: kind(
          () => 1,
          () => [1, 0],
        ),
        hasAux: values(true),
      }),
      params,
      params,
    ],
    call: (f: never, given: never, a: never, b: never) =>
      (m.valueAndGrad as (f: unknown, o: unknown) => (a: unknown, b: unknown) => unknown)(f, given)(a, b),
    errors: 'any',
  },
  vjp: {
    args: [elementwiseKind, array, array],
    call: (f: never, x: never, ct: never) => {
      const [value, pullback] = m.vjp(f, x);
      return [value, pullback(ct)];
    },
    errors: 'any',
  },
  scan: {
    args: [
      kind(() => (c: Tensor, x: Tensor) => [m.add(m.mul(c, 0.5), m.sum(x)), x]),
      kind(() => tensor(1)),
      array,
      options({ length: count, reverse: bool }),
    ],
    errors: 'any',
  },
  foriLoop: {
    args: [values(0, -1), values(2, 3), kind(() => (i: Tensor, x: Tensor) => m.add(x, i)), array],
    errors: 'any',
  },
  whileLoop: {
    args: [
      kind(() => (x: Tensor) => m.less(m.sum(x), 5)),
      kind(() => (x: Tensor) => m.add(m.abs(x), 1)),
      kind(() => tensor([1, 2])),
    ],
    call: (f: never, g: never, x: never) => {
      let calls = 0;
      // A condition that never becomes false would rightly run for ever.
      const limited = (v: never): unknown => (calls++ > 20 ? 0 : (f as (v: never) => unknown)(v));
      return m.whileLoop(typeof f === 'function' ? (limited as never) : f, g, x);
    },
    errors: 'any',
  },
  cond: {
    args: [
      kind(
        () => 1,
        () => tensor(0),
      ),
      elementwiseKind,
      elementwiseKind,
      array,
    ],
    errors: 'any',
  },
  remat: {
    args: [elementwiseKind, array],
    call: (f: never, x: never) => (m.remat(f) as (x: unknown) => unknown)(x),
    errors: 'any',
  },
  vmap: {
    args: [elementwiseKind, options({ inAxes: values(0, 1, null, -1), outAxes: values(0, -1) }), array],
    call: (f: never, given: never, x: never) => (m.vmap(f, given) as (x: unknown) => unknown)(x),
    errors: 'any',
  },
  jvp: { args: [elementwiseKind, kind(() => [matrix()]), kind(() => [matrix()])], errors: 'any' },
  jacobian: { args: [elementwiseKind, array], call: (f: never, x: never) => m.jacobian(f)(x), errors: 'any' },
  hessian: { args: [lossKind, array], call: (f: never, x: never) => m.hessian(f)(x), errors: 'any' },
  hvp: { args: [lossKind, array, array], errors: 'any' },
  jit: {
    args: [
      kind(
        () => (p: unknown) => tree.map((x: Tensor) => m.mul(x, 2), p),
        () => loss,
      ),
      options({
        donate: kind(
          () => [],
          () => 1,
        ),
        cacheSize: values(1, 2),
      }),
      params,
      params,
    ],
    call: (f: never, given: never, a: never, b: never) => {
      const compiled = m.jit(f, given) as (...args: unknown[]) => unknown;
      // What is donated is gone.
      const copy = (p: unknown): unknown => tree.map((x: Tensor) => m.mul(m.add(x, 1), 1), p);
      try {
        return [compiled(copy(a), copy(b)), compiled(copy(b), copy(a)), String(compiled)];
      } catch (error) {
        // No trees of tensors alone: nothing that may be donated.
        if ((error as Error).message.startsWith('tree.map: '))
          return (m.jit(f) as (...args: unknown[]) => unknown)(a, b);
        throw error;
      }
    },
    errors: 'any',
    compiles: true,
  },

  'random.key': { args: [values(0, 7, -1)] },
  'random.keyFromData': {
    args: [
      kind(
        () => [1, 2],
        () => Uint32Array.of(3, 4),
      ),
    ],
  },
  'random.split': { args: [key, count] },
  'random.keys': { args: [key, count] },
  'random.foldIn': {
    args: [
      key,
      kind(
        () => 3,
        () => tensor(2),
      ),
    ],
  },
  'random.bits': { args: [key, shape] },
  'random.uniform': { args: [key, shape, options({ minval: values(0, -1), maxval: values(1, 2) })] },
  'random.normal': { args: [key, shape] },
  'random.truncatedNormal': { args: [key, values(-2, -1), values(1, 2), shape] },
  'random.randint': { args: [key, shape, values(0, -5), values(1, 7)] },
  'random.bernoulli': {
    args: [
      key,
      kind(
        () => 0.5,
        () => tensor([0.1, 0.2, 0.9]),
      ),
      shape,
    ],
  },
  'random.permutation': { args: [key, kind(() => 5, matrix), axisOption] },
  ...Object.fromEntries(
    ['gumbel', 'exponential', 'laplace', 'logistic', 'cauchy', 'rademacher'].map((name) => [
      `random.${name}`,
      { args: [key, shape] },
    ]),
  ),
  'random.categorical': {
    args: [
      key,
      array,
      options({
        axis,
        shape: kind(
          () => [2],
          () => [4, 2],
        ),
      }),
    ],
  },
  'random.choice': {
    args: [
      key,
      kind(() => 3, matrix),
      options({ shape, replace: bool, p: kind(() => tensor([0.2, 0.3, 0.5])) }),
    ],
  },

  'tree.map': { args: [kind(() => (x: Tensor) => m.mul(x, 2)), params, params], errors: 'any' },
  'tree.mapWithPath': { args: [kind(() => (path: string, x: Tensor) => [path, x]), params, params] },
  'tree.leaves': { args: [params] },
  'tree.reduce': { args: [kind(() => (_total: unknown, x: Tensor) => x.size), params, count] },
  'tree.structure': { args: [params] },
  'tree.flatten': { args: [params] },
  'tree.unflatten': {
    args: [kind(() => tree.structure({ a: matrix(), b: [matrix()] })), kind(() => [tensor(1), tensor(2)])],
  },

  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'pow', 'matmul'].map((op) => [
      `Tensor.${op}`,
      {
        args: [array, operand],
        call: (x: unknown, other: unknown) =>
          (TensorClass.prototype[op as 'add'] as (this: unknown, other: unknown) => Tensor).call(x, other),
      } as Row,
    ]),
  ),
  'Tensor.neg': { args: [array], call: (x: never) => TensorClass.prototype.neg.call(x) },
  ...Object.fromEntries(
    (['item', 'toArray', 'toJSON', 'toString', 'data', 'size', 'ndim'] as const).map((name) => [
      `Tensor.${name}`,
      {
        args: [array],
        call: (x: unknown) => {
          if (!m.isTensor(x)) return undefined;
          const member: unknown = x[name];
          return typeof member === 'function' ? member.call(x) : member;
        },
        // JSON has what toArray gives.
        errors: ['toArray'],
      } as Row,
    ]),
  ),
};

const functions = (of: object, prefix: string): [string, (...args: unknown[]) => unknown][] =>
  Object.entries(of)
    .filter(([name]) => name !== 'NonFiniteError')
    .flatMap(([name, value]): [string, (...args: unknown[]) => unknown][] =>
      typeof value === 'function' ? [[prefix + name, value as (...args: unknown[]) => unknown]] : [],
    );
/** Members for the library itself, and the constructor, which is not exported. */
const INTERNAL = ['constructor', 'read', 'storage', 'shape', 'source', 'replaceSource', 'record'];
/** Another test file, with the same modules, can have imported the methods. */
const ADDED = [...Object.keys(added), 'T'];
// A tensor has its elements itself.
const members = [...Object.getOwnPropertyNames(TensorClass.prototype), 'data']
  .filter((name) => !INTERNAL.includes(name) && !ADDED.includes(name))
  .map((name): [string, (...args: unknown[]) => unknown] => [`Tensor.${name}`, () => undefined]);
const surface = [
  ...functions(m, ''),
  ...functions(random, 'random.'),
  ...functions(tree, 'tree.'),
  ...members,
];

test('every export has a row, and every row an export', () => {
  expect(Object.keys(rows).sort()).toEqual(surface.map(([name]) => name).sort());
});

describe('nonsense gives a well-formed result or an error that names the op, for', () => {
  test.each(surface)('%s', (name, f) => {
    const row = rows[name];
    if (row === undefined) throw new Error(`there is no row for ${name}`);
    assault(name, f, row);
  });
});

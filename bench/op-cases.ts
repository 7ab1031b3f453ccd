/** The single ops that `pnpm bench:ops` times, and what each has to move or compute at least. */
import type { Library, OpFamily } from './types.ts';
import type { random, Tensor } from '@mini/autograd';

type Autograd = Library['autograd'];

/** An op on operands of given shapes. */
export interface OpCase {
  /** The op, and how its operands lie: 'sum, axis 0'. */
  readonly name: string;
  /** What Python's libraries call to do the same; undefined if nothing does. */
  readonly python?: string;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (m: Autograd, args: readonly Tensor[], key: random.Key) => Tensor;
  /** Whether it does not run in compiled functions. */
  readonly isEagerOnly?: boolean;
  /** The floating-point operations of a product; others are limited by memory. */
  readonly operations?: number;
  /** Whether all numbers are positive; otherwise they are normal. */
  readonly isPositive?: boolean;
  /** Operands are numbers below this integer: indices. */
  readonly indices?: number;
}

/** The sizes of maps, and how others lie in about as many elements. */
const SIZES: readonly (readonly number[])[] = [[8], [1000], [1024, 1024]];
const LARGE = [1024, 1024];

type Unary = (x: Tensor) => Tensor;

/** Maps whose operand is positive, and maps of any numbers. */
const OF_POSITIVE = ['log', 'log1p', 'log2', 'sqrt', 'rsqrt', 'cbrt', 'reciprocal'] as const;
const OF_ANY = [
  'abs',
  'neg',
  'sign',
  'floor',
  'round',
  'square',
  'exp',
  'exp2',
  'expm1',
  'sin',
  'cos',
  'tan',
  'arctan',
  'sinh',
  'tanh',
  'arcsinh',
  'erf',
  'relu',
  'sigmoid',
  'softplus',
  'logSigmoid',
  'silu',
  'gelu',
  'elu',
  'selu',
  'leakyRelu',
  'hardTanh',
  'mish',
] as const;
/** Maps that are timed in all sizes, as most programs use them. */
const COMMON: readonly string[] = ['exp', 'log', 'sin', 'tanh', 'relu', 'sigmoid', 'sqrt'];
const BINARY = ['add', 'mul', 'div', 'maximum', 'less', 'pow', 'mod', 'arctan2', 'hypot'] as const;

const maps = (): OpCase[] => [
  ...[...OF_ANY, ...OF_POSITIVE].flatMap((name) =>
    (COMMON.includes(name) ? SIZES : [LARGE]).map((shape) => ({
      name,
      python: name,
      shapes: [shape],
      isPositive: (OF_POSITIVE as readonly string[]).includes(name),
      run: (m: Autograd, [x]: readonly Tensor[]) => (m[name] as Unary)(x),
    })),
  ),
  ...BINARY.flatMap((name) =>
    (name === 'add' || name === 'mul' ? SIZES : [LARGE]).map((shape) => ({
      name,
      python: name,
      shapes: [shape, shape],
      isPositive: true,
      run: (m: Autograd, [a, b]: readonly Tensor[]) => m[name](a, b),
    })),
  ),
  { name: 'add, a row to each', python: 'add', shapes: [LARGE, [1024]], run: (m, [a, b]) => m.add(a, b) },
  {
    name: 'add, a column to each',
    python: 'add',
    shapes: [LARGE, [1024, 1]],
    run: (m, [a, b]) => m.add(a, b),
  },
  {
    name: 'where',
    python: 'where',
    shapes: [LARGE, LARGE, LARGE],
    run: (m, [c, a, b]) => m.where(m.greater(c, 0), a, b),
  },
];

/** An op along an axis, in rows and in columns. */
const alongAxes = (
  name: 'sum' | 'mean' | 'max' | 'prod' | 'variance' | 'argmax' | 'logsumexp' | 'softmax' | 'cumsum' | 'sort',
): OpCase[] =>
  [0, 1].map((axis) => ({
    name: `${name}, axis ${axis}`,
    python: `${name}${axis}`,
    shapes: [LARGE],
    isPositive: name === 'prod',
    run: (m: Autograd, [x]: readonly Tensor[]) => m[name](x, { axis }),
  }));

const reductions = (): OpCase[] => [
  ...SIZES.map((shape): OpCase => ({
    name: 'sum of all',
    python: 'sum',
    shapes: [shape],
    run: (m, [x]) => m.sum(x),
  })),
  ...(
    ['sum', 'mean', 'max', 'prod', 'variance', 'argmax', 'logsumexp', 'softmax', 'cumsum', 'sort'] as const
  ).flatMap(alongAxes),
  {
    name: 'softmax, axis 1',
    python: 'softmax1',
    shapes: [[200, 10]],
    run: (m, [x]) => m.softmax(x, { axis: 1 }),
  },
  { name: 'norm', python: 'norm', shapes: [LARGE], run: (m, [x]) => m.norm(x) },
];

const moves = (): OpCase[] => [
  { name: 'transpose', python: 'transpose', shapes: [LARGE], run: (m, [x]) => m.transpose(x) },
  { name: 'flip, axis 0', python: 'flip0', shapes: [LARGE], run: (m, [x]) => m.flip(x, { axis: 0 }) },
  { name: 'flip, axis 1', python: 'flip1', shapes: [LARGE], run: (m, [x]) => m.flip(x, { axis: 1 }) },
  { name: 'roll, axis 1', python: 'roll1', shapes: [LARGE], run: (m, [x]) => m.roll(x, 3, { axis: 1 }) },
  {
    name: 'take rows',
    python: 'take0',
    indices: 1024,
    shapes: [LARGE, [1024]],
    run: (m, [x, at]) => m.take(x, at, { axis: 0 }),
  },
  {
    name: 'take columns',
    python: 'take1',
    indices: 1024,
    shapes: [LARGE, [1024]],
    run: (m, [x, at]) => m.take(x, at, { axis: 1 }),
  },
  {
    name: 'concatenate',
    python: 'concatenate',
    shapes: [
      [512, 1024],
      [512, 1024],
    ],
    run: (m, args) => m.concatenate(args),
  },
  {
    name: 'every second row',
    python: 'rows2',
    shapes: [LARGE],
    run: (m, [x]) => m.slice(x, [null, null, 2]),
  },
  {
    name: 'every second column',
    python: 'columns2',
    shapes: [LARGE],
    run: (m, [x]) => m.slice(x, null, [null, null, 2]),
  },
  { name: 'pad', python: 'pad', shapes: [LARGE], run: (m, [x]) => m.pad(x, 1) },
  { name: 'tile', python: 'tile', shapes: [[256, 1024]], run: (m, [x]) => m.tile(x, [4, 1]) },
  { name: 'tril', python: 'tril', shapes: [LARGE], run: (m, [x]) => m.tril(x) },
];

const products = (): OpCase[] => [
  ...[64, 256, 1024].map((n): OpCase => ({
    name: 'matmul',
    python: 'matmul',
    shapes: [
      [n, n],
      [n, n],
    ],
    operations: 2 * n ** 3,
    run: (m, [a, b]) => m.matmul(a, b),
  })),
  {
    name: 'matmul, batch of 64',
    python: 'matmul',
    shapes: [
      [64, 64, 64],
      [64, 64, 64],
    ],
    operations: 2 * 64 ** 4,
    run: (m, [a, b]) => m.matmul(a, b),
  },
  { name: 'matrix · vector', python: 'matmul', shapes: [LARGE, [1024]], run: (m, [a, b]) => m.matmul(a, b) },
  {
    name: 'matrix · vector',
    python: 'matmul',
    shapes: [[10, 200], [200]],
    run: (m, [a, b]) => m.matmul(a, b),
  },
  { name: 'vector · matrix', python: 'matmul', shapes: [[1024], LARGE], run: (m, [a, b]) => m.matmul(a, b) },
  { name: 'outer', python: 'outer', shapes: [[1024], [1024]], run: (m, [a, b]) => m.outer(a, b) },
  { name: 'dot', python: 'matmul', shapes: [[1_000_000], [1_000_000]], run: (m, [a, b]) => m.dot(a, b) },
];

const samplers = (): OpCase[] => [
  { name: 'uniform', shapes: [], run: (m, _args, key) => m.random.uniform(key, LARGE) },
  { name: 'normal', shapes: [], run: (m, _args, key) => m.random.normal(key, LARGE) },
  { name: 'bernoulli', shapes: [], run: (m, _args, key) => m.random.bernoulli(key, 0.5, LARGE) },
  { name: 'randint', shapes: [], run: (m, _args, key) => m.random.randint(key, LARGE, 0, 10) },
  {
    name: 'permutation of 100,000',
    shapes: [],
    isEagerOnly: true,
    run: (m, _args, key) => m.random.permutation(key, 100_000),
  },
];

const FAMILIES: Readonly<Record<OpFamily, () => OpCase[]>> = { maps, reductions, moves, products, samplers };

export const opFamilies: readonly OpFamily[] = Object.keys(FAMILIES) as OpFamily[];

/** Returns the ops of a family. */
export const opCases = (family: OpFamily): OpCase[] => FAMILIES[family]();

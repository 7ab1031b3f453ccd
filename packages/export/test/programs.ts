/**
 * What is exported and run, by every test and by `pnpm export:cases`: each row of the case table
 * with its gradient, and whole programs.
 */
import fc from 'fast-check';
import {
  type Tensor,
  abs,
  argmax,
  concatenate,
  cond,
  cummax,
  cumprod,
  cumsum,
  foriLoop,
  grad,
  greater,
  less,
  matmul,
  max,
  mean,
  min,
  random,
  relu,
  reshape,
  scan,
  sin,
  slice,
  square,
  sum,
  take,
  tanh,
  tensor,
  tree,
  valueAndGrad,
  vmap,
  where,
  whileLoop,
  zeros,
  dynamicUpdateSlice,
  scatterAdd,
  scatterSet,
} from '@mini/autograd';
import {
  AvgPool,
  BatchNorm,
  Conv,
  Dense,
  Dropout,
  Flatten,
  Sequential,
  adam,
  softmaxCrossEntropy,
} from '@mini/nn';
import { inFloat64, float64Tensor } from '../../autograd/src/reference/in-float64.ts';
import { type OpCase, cases, make } from '../../autograd/test/cases.ts';
import {
  choices,
  inputsOf,
  program as randomProgram,
  sizes,
} from '../../autograd/test/jit/random-programs.ts';

/** Functions of any arguments: each program has its own. */
export type AnyFunction = (...args: unknown[]) => unknown;

export interface Program {
  readonly name: string;
  readonly f: AnyFunction;
  readonly args: unknown[];
  /** The elements of each result. */
  readonly expected: readonly ArrayLike<number>[];
  /** The largest error of each element, relative to its scale; 0 for results that are equal. */
  readonly tolerance: number;
  /**
   * The scales of the elements: by default 1, or their magnitude if that is greater. `relative` is
   * their magnitude alone.
   */
  readonly scales?: readonly ArrayLike<number>[] | 'relative';
}

/** Ops whose results are sums of products of elements, or copies of elements. */
const SUMS: ReadonlySet<string> = new Set([
  ...['sum', 'mean', 'cumsum', 'matmul', 'dot', 'einsum', 'tensordot', 'inner', 'vdot', 'trace', 'diff'],
  ...['conv', 'convTranspose', 'avgPool', 'scatterAdd', 'segmentSum', 'cross'],
]);

/** Ops that only move or compare elements. */
const EXACT: ReadonlySet<string> = new Set([
  ...[
    'neg',
    'abs',
    'maximum',
    'minimum',
    'equal',
    'notEqual',
    'less',
    'lessEqual',
    'greater',
    'greaterEqual',
  ],
  ...['isNaN', 'isFinite', 'relu', 'sign', 'floor', 'ceil', 'round', 'trunc', 'nanToNum', 'clip', 'where'],
  ...['logicalNot', 'logicalAnd', 'logicalOr', 'logicalXor', 'any', 'all', 'max', 'min', 'argmax', 'argmin'],
  ...['cummax', 'sort', 'argsort', 'topK', 'reshape', 'transpose', 'broadcastTo', 'squeeze', 'expandDims'],
  ...['concatenate', 'stack', 'split', 'arraySplit', 'slice', 'take', 'takeAlongAxis', 'scatterSet'],
  ...['dynamicSlice', 'dynamicUpdateSlice', 'roll', 'repeat', 'moveaxis', 'swapaxes', 'meshgrid', 'tril'],
  ...[
    'triu',
    'diagonal',
    'diag',
    'flip',
    'pad',
    'tile',
    'maxPool',
    'oneHot',
    'zerosLike',
    'onesLike',
    'full',
  ],
  ...['stopGradient', 'relu6', 'hardTanh'],
]);

/** A tensor or a random key. */
export interface Leaf {
  readonly shape: readonly number[];
  /** Unsigned words for a key. */
  readonly data: Float32Array | Uint32Array;
}

/** The leaves of a tree, in the order of exported arguments and results. */
export const leavesOf = (value: unknown): Leaf[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if ('data' in (value as object)) return [value as Leaf];
  const record = value as Readonly<Record<string, unknown>>;
  return Object.keys(record)
    .sort()
    .flatMap((name) => leavesOf(record[name]));
};

const elementsOf = (result: unknown): readonly ArrayLike<number>[] =>
  leavesOf(result).map(({ data }) => data);

const argumentsOf = ({ args }: OpCase): Tensor[] => args.map((argument, i) => make(argument, 100 + i));

/** The results in double precision. */
const float64Of = (
  f: (...args: Tensor[]) => Tensor | Tensor[],
  args: readonly Tensor[],
): ArrayLike<number>[] => {
  const result = inFloat64(() => f(...args.map((x) => float64Tensor(x.shape, x.data))));
  return [result].flat().map(({ storage }) => storage);
};

const label = ({ op, args }: OpCase): string =>
  `${op} on ${args.map(({ shape }) => `[${shape}]`).join(' and ')}`;

const rowPrograms = (row: OpCase, index: number): Program[] => {
  const { op, f, order, tolerance = 1e-6 } = row;
  const args = argumentsOf(row);
  const name = `${label(row)} (row ${index})`;
  const value: Program = EXACT.has(op)
    ? { name, f: f as AnyFunction, args, expected: elementsOf(f(...args)), tolerance: 0 }
    : {
        name,
        f: f as AnyFunction,
        args,
        expected: float64Of(f, args),
        tolerance,
        ...(SUMS.has(op)
          ? {
              scales: float64Of(
                f,
                args.map((x) => abs(x)),
              ),
            }
          : {}),
        ...(row.isElementwise === true ? { scales: 'relative' } : {}),
      };
  if (order === 0) return [value];
  // Weights of the sum, so that the cotangents differ.
  const weighted = (...xs: Tensor[]): Tensor => {
    const y = f(...xs);
    return sum(
      y.mul(
        sin(
          tensor(
            Float32Array.from({ length: y.size }, (_, i) => i + 1),
            y.shape,
          ),
        ),
      ),
    );
  };
  const gradient = grad(weighted, { argnums: args.map((_, i) => i) }) as (...xs: Tensor[]) => Tensor[];
  return [
    value,
    {
      name: `the gradient of ${name}`,
      f: gradient as AnyFunction,
      args,
      expected: float64Of(gradient, args),
      tolerance: 4e-6,
    },
  ];
};

/** How many examples the batches of ops have. */
const EXAMPLES = 3;

/** An op on batches: of all operands, or of the first one. */
const batchPrograms = (row: OpCase, index: number): Program[] => {
  const { op, f, args, tolerance = 1e-6 } = row;
  const name = `${label(row)} (row ${index})`;
  const batches = args.map((argument, i) =>
    make({ ...argument, shape: [EXAMPLES, ...argument.shape] }, 200 + i),
  );
  const [first, ...others] = argumentsOf(row);
  const batchOf = (what: string, given: Tensor[], inAxes: (0 | null)[]): Program => ({
    ...program(
      `${what} ${name}`,
      vmap(f, { inAxes }) as AnyFunction,
      given,
      EXACT.has(op) ? 0 : 4 * tolerance,
    ),
  });
  return [
    batchOf(
      'a batch of',
      batches,
      args.map(() => 0),
    ),
    ...(others.length === 0
      ? []
      : [
          batchOf(
            'a batch of the first operand of',
            [batches[0], ...others],
            args.map((_, i) => (i === 0 ? 0 : null)),
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          batchOf(
            'a batch of the other operands of',
            [first, ...batches.slice(1)],
            args.map((_, i) => (i === 0 ? null : 0)),
          ),
        ]),
  ];
};

/** Small, large and infinite arguments of both signs; XLA treats denormal ones as 0. */
const EXTREMES: readonly number[] = [
  ...[0, 1e-30, 1e-8, 1e-4, 0.3, 0.5, 0.9, 0.999, 0.9998, 1, 1.5, 2.5, 5, 9.5, 20, 60, 88, 100],
  128.25,
  ...[1e4, 1e6, 1e10, 1e20, 3e38, Infinity],
].flatMap((value) => [value, -value]);

/** Slopes that have the accuracy of an engine: factors of them overflow, or round to integers. */
const LOOSE_SLOPES: ReadonlySet<string> = new Set(['div', 'pow']);

/** An elementwise op, and its derivatives, at extreme arguments. */
const extremePrograms = ({ op, f, args, order }: OpCase): Program[] => {
  const all = [...EXTREMES, NaN];
  const given =
    args.length === 1
      ? [tensor(all)]
      : [tensor(all.flatMap((value) => all.map(() => value))), tensor(all.flatMap(() => all))];
  const gradient = grad((...xs: Tensor[]) => sum(f(...xs)), { argnums: given.map((_, i) => i) });
  const at = (what: string, own: AnyFunction): Program => ({
    ...program(`${what} at extreme arguments`, own, given, 1e-5),
    scales: 'relative',
  });
  return [
    at(op, f as AnyFunction),
    ...(order === 0 || LOOSE_SLOPES.has(op) ? [] : [at(`the slope of ${op}`, gradient as AnyFunction)]),
  ];
};

/** The first row of each elementwise op of one or two operands. */
const elementwiseRows = cases.filter(
  ({ op, args, isElementwise }, i) =>
    isElementwise === true && args.length <= 2 && cases.findIndex((row) => row.op === op) === i,
);

/** Programs of random ops, which are the same each time. */
const randomPrograms = (count: number): Program[] =>
  fc
    .sample(fc.tuple(sizes, choices), { numRuns: count, seed: 21 })
    .map(([shape, list], i) =>
      program(`a program of random ops (${i})`, randomProgram(list) as AnyFunction, inputsOf(shape, 1), 1e-5),
    );

/** A program whose results the library computes, in float32. */
const program = (name: string, f: AnyFunction, args: unknown[], tolerance: number): Program => ({
  name,
  f,
  args,
  expected: elementsOf(f(...args)),
  tolerance,
});

const key = random.key(7);
const normal = (seed: number, ...shape: readonly number[]): Tensor => random.normal(random.key(seed), shape);
const labels = random.randint(random.key(2), [16], 0, 10);

/** A training step of a fully connected network, as in the README. */
const mlp = Sequential({ hidden: Dense(32), relu, out: Dense(10) });
const mlpLoss = (params: Parameters<typeof mlp.apply>[0], x: Tensor, y: Tensor): Tensor =>
  mean(softmaxCrossEntropy(mlp.apply(params, x), y));
const mlpOptimizer = adam({ learningRate: 1e-2 });
type MlpParams = Parameters<typeof mlpLoss>[0];
type MlpState = ReturnType<typeof mlpOptimizer.init>;
const mlpStep = (params: MlpParams, state: MlpState, x: Tensor, y: Tensor): unknown => {
  const [loss, gradients] = valueAndGrad(mlpLoss)(params, x, y);
  const [next, memory] = mlpOptimizer.update(params, gradients, state);
  return { loss, params: next, state: memory };
};

/** A convolutional network with batch norm and dropout. */
const cnn = Sequential({
  conv: Conv(4, 3),
  norm: BatchNorm(),
  relu,
  pool: AvgPool({ window: 2, strides: 2 }),
  flatten: Flatten,
  dropout: Dropout(0.5),
  out: Dense(10),
});
type CnnParams = ReturnType<typeof cnn.init>;
type CnnState = ReturnType<typeof cnn.initState>;
const cnnStep = (
  params: CnnParams,
  state: CnnState,
  dropoutKey: random.Key,
  x: Tensor,
  y: Tensor,
): unknown => {
  const loss = (p: CnnParams): readonly [Tensor, CnnState] => {
    const [logits, next] = cnn.train(p, x, { key: dropoutKey, state });
    return [mean(softmaxCrossEntropy(logits, y)), next];
  };
  const [[value, next], gradients] = valueAndGrad(loss, { hasAux: true })(params);
  return { value, next, params: tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(0.1)), params, gradients) };
};

interface RnnParams {
  readonly input: Tensor;
  readonly recurrent: Tensor;
  readonly output: Tensor;
}
const rnnParams: RnnParams = {
  input: normal(20, 3, 8).mul(0.5),
  recurrent: normal(21, 8, 8).mul(0.3),
  output: normal(22, 8, 1).mul(0.5),
};
const rnnLoss = ({ input, recurrent, output }: RnnParams, xs: Tensor, targets: Tensor): Tensor => {
  const [, ys] = scan(
    (carry: Tensor, x: Tensor) => {
      const next = tanh(matmul(x, input).add(matmul(carry, recurrent)));
      return [next, matmul(next, output)] as const;
    },
    zeros([8]),
    xs,
  );
  return mean(square(ys.sub(targets)));
};

/** All programs, with so many of random ops. */
export const programs = (randomCount: number = 40): Program[] => [
  ...cases.flatMap(rowPrograms),
  ...cases.flatMap(batchPrograms),
  ...elementwiseRows.flatMap(extremePrograms),
  ...randomPrograms(randomCount),
  program(
    'a training step of a fully connected network',
    mlpStep as AnyFunction,
    [
      mlp.init(random.key(3), [16, 20]),
      mlpOptimizer.init(mlp.init(random.key(3), [16, 20])),
      normal(4, 16, 20),
      labels,
    ],
    5e-6,
  ),
  program(
    'a training step of a convolutional network',
    cnnStep as AnyFunction,
    [
      cnn.init(random.key(5), [16, 8, 8, 1]),
      cnn.initState([16, 8, 8, 1]),
      random.key(9),
      normal(6, 16, 8, 8, 1),
      labels,
    ],
    1e-5,
  ),
  program(
    'a recurrent network by scan',
    valueAndGrad(rnnLoss) as AnyFunction,
    [rnnParams, normal(23, 12, 3), normal(24, 12, 1)],
    1e-5,
  ),
  program(
    'a scan from the last to the first',
    ((xs: Tensor) =>
      scan((carry: Tensor, x: Tensor) => [carry.mul(0.5).add(x), carry] as const, zeros([2]), xs, {
        reverse: true,
      })) as AnyFunction,
    [normal(25, 5, 2)],
    1e-6,
  ),
  program(
    'a scan that carries a key',
    ((start: random.Key) =>
      scan(
        (carry: random.Key, _x: undefined) => {
          const [next, own] = random.split(carry);
          return [next, random.uniform(own, [3])] as const;
        },
        start,
        undefined,
        { length: 4 },
      )) as AnyFunction,
    [key],
    1e-6,
  ),
  program(
    'foriLoop',
    ((x: Tensor) => foriLoop(0, 5, (i, value: Tensor) => value.mul(0.9).add(i), x)) as AnyFunction,
    [normal(26, 3)],
    1e-6,
  ),
  program(
    'whileLoop',
    ((x: Tensor, limit: Tensor) =>
      whileLoop(
        (v: { n: Tensor; x: Tensor }) => greater(sum(v.x), limit),
        (v) => ({ n: v.n.add(1), x: v.x.mul(0.5) }),
        { n: tensor(0), x },
      )) as AnyFunction,
    [tensor([5, 9, 30]), tensor(3)],
    1e-6,
  ),
  program(
    'cond',
    ((x: Tensor, y: Tensor) => [
      cond(
        less(sum(x), 0),
        (v: Tensor) => v.mul(2),
        (v: Tensor) => sin(v).add(y),
        x,
      ),
      cond(
        less(sum(x), 100),
        (v: Tensor) => v.mul(2),
        (v: Tensor) => sin(v),
        x,
      ),
    ]) as AnyFunction,
    [tensor([1, 2, 3]), tensor(0.5)],
    1e-6,
  ),
  program(
    'the gradient of cond',
    grad((x: Tensor) =>
      sum(
        cond(
          less(sum(x), 0),
          (v: Tensor) => v.mul(2),
          (v: Tensor) => sin(v),
          x,
        ),
      ),
    ) as AnyFunction,
    [tensor([1, 2, 3])],
    1e-6,
  ),
  program('uniform numbers', ((k: random.Key) => random.uniform(k, [7])) as AnyFunction, [key], 0),
  program(
    'integers',
    ((k: random.Key) => [
      random.randint(k, [3, 5], -3, 1000),
      random.randint(k, [40], -(2 ** 24), 2 ** 24),
    ]) as AnyFunction,
    [key],
    0,
  ),
  program(
    'new keys',
    ((k: random.Key) => [
      random.split(k, 3),
      random.keys(k, 4),
      random.foldIn(k, 5),
      random.foldIn(k, tensor(5)),
    ]) as AnyFunction,
    [key],
    0,
  ),
  program('normal numbers', ((k: random.Key) => random.normal(k, [40])) as AnyFunction, [key], 2e-6),
  program(
    'samples of other distributions',
    ((k: random.Key) => {
      const [a, b, c, d] = random.split(k, 4);
      return [
        random.bernoulli(a, 0.3, [20]),
        random.categorical(b, tensor([0.5, 1, -1]), { shape: [9] }),
        random.gumbel(c, [5]),
        random.exponential(d, [5]),
      ];
    }) as AnyFunction,
    [key],
    2e-6,
  ),
  program(
    'permutations and choices',
    ((k: random.Key) => {
      const p = tensor([0.1, 0, 0.5, 0.4]);
      const [a, b, c, d] = random.split(k, 4);
      return [
        // Sorts twice.
        random.permutation(a, 1700),
        random.choice(b, 4, { shape: [3, 4], p }),
        random.choice(c, 4, { shape: [2], p, replace: false }),
        random.choice(d, 1, { shape: [2], p: tensor([0.5]) }),
        vmap((own: random.Key) => random.permutation(own, 5))(random.keys(d, 3)),
      ];
    }) as AnyFunction,
    [key],
    0,
  ),
  program(
    'samples for many keys',
    ((k: random.Key) =>
      vmap((own: random.Key) => [random.uniform(own, [3]), random.randint(own, [2], 0, 9)])(
        random.keys(k, 4),
      )) as AnyFunction,
    [key],
    0,
  ),
  program(
    'foldIn for many numbers',
    ((k: random.Key, n: Tensor) => vmap((i: Tensor) => random.foldIn(k, i))(n)) as AnyFunction,
    [key, tensor([0, 3, 9])],
    0,
  ),
  program(
    'keys that a condition selects',
    ((k: random.Key, x: Tensor) => {
      const [a, b] = random.split(k);
      return random.uniform(
        cond(
          greater(x, 0),
          () => a,
          () => b,
        ),
        [3],
      );
    }) as AnyFunction,
    [key, tensor(1)],
    0,
  ),
  program(
    'vmap over rows that are taken',
    ((table: Tensor, rows: Tensor, columns: Tensor) => [
      vmap((i: Tensor) => take(table, i))(rows),
      vmap((x: Tensor, i: Tensor) => take(x, i))(table, columns),
      vmap((x: Tensor) => take(x, tensor([0, -1])))(table),
      vmap((a: Tensor) => vmap((b: Tensor) => take(table, b, { axis: 1 }).mul(a))(columns))(rows),
    ]) as AnyFunction,
    [normal(30, 4, 3), tensor([3, 0]), tensor([0, 2, 1, 2])],
    1e-6,
  ),
  program(
    'gradients for each example',
    vmap(
      grad((w: Tensor, x: Tensor) => sum(tanh(matmul(x, w)))),
      { inAxes: [null, 0] },
    ) as AnyFunction,
    [normal(31, 3, 2), normal(32, 5, 4, 3)],
    2e-6,
  ),
  program(
    'results that are arguments or equal',
    ((x: Tensor, y: Tensor) => ({
      x,
      y: [y, y],
      twice: x.mul(2),
      again: x.mul(2),
      one: tensor([1, 2]),
    })) as AnyFunction,
    [tensor([1, 2]), tensor(3)],
    0,
  ),
  program(
    'changes at no indices',
    ((a: Tensor) => [
      scatterSet(a, zeros([0]), zeros([0])),
      scatterAdd(a, zeros([0]), zeros([0])),
      dynamicUpdateSlice(a, zeros([0]), [0]),
    ]) as AnyFunction,
    [tensor([1, 2, 3])],
    0,
  ),
  program(
    'a part of the results of a loop',
    ((x: Tensor) =>
      slice(scan((c: Tensor, v: Tensor) => [c.add(v), c] as const, tensor(0), x)[1], [1, 3])) as AnyFunction,
    [tensor([1, 2, 3, 4])],
    1e-6,
  ),
  program(
    'loops of one step and of none',
    ((x: Tensor) => [
      grad((v: Tensor) =>
        sum(scan((c: Tensor, r: Tensor) => [tanh(c.add(r)), c] as const, zeros([3]), v)[0]),
      )(x),
      foriLoop(0, 0, (i, c: Tensor) => c.mul(2).add(i), x),
      scan((c: Tensor) => [c.mul(2), c] as const, x, undefined, { length: 0 })[0],
    ]) as AnyFunction,
    [tensor([[1, 2, 3]])],
    1e-6,
  ),
  program(
    'parts without elements',
    ((x: Tensor) => [
      concatenate([x, zeros([0])]),
      concatenate([slice(x, [0, 0]), x]),
      vmap((v: Tensor) => concatenate([reshape(v, [1]), zeros([0])]))(x),
    ]) as AnyFunction,
    [tensor([1, 2])],
    0,
  ),
  program(
    'NaN in reductions',
    ((x: Tensor) => [
      max(x, { axis: 1 }),
      min(x, { axis: 1 }),
      max(x),
      argmax(x, { axis: 1 }),
      cummax(x, { axis: 1 }),
    ]) as AnyFunction,
    [
      tensor([
        [1, NaN, 3],
        [1, 2, NaN],
        [3, 1, 2],
      ]),
    ],
    0,
  ),
  program(
    'products that overflow',
    ((x: Tensor) => [cumprod(x), cumsum(x)]) as AnyFunction,
    [tensor([1e30, 1e30, 2, 3])],
    1e-6,
  ),
  program(
    'special values',
    ((x: Tensor) => [x.neg(), abs(x), relu(x), max(x), where(greater(x, 0), x, 0)]) as AnyFunction,
    [tensor([0, -0, Infinity, -Infinity, 1e-30, 3e38])],
    0,
  ),
];

/** The smallest normal number. */
const SMALLEST = 2 ** -126;

/** The largest error of each result, relative to the scales of its elements. */
export const errorsOf = (
  { expected, scales, tolerance }: Program,
  results: readonly ArrayLike<number>[],
): number[] =>
  Array.from({ length: Math.max(expected.length, results.length) }, (_, k) => {
    const elements: ArrayLike<number> | undefined = expected[k];
    // Too many or too few results, or elements.
    if (elements === undefined || results[k]?.length !== elements.length) return Infinity;
    const errors = Array.from(elements, (value, i) => {
      const found = results[k][i];
      if (Object.is(found, value) || found === value) return 0;
      // What rounds to 0, or lies below the normal numbers, is as good as 0.
      if (scales === 'relative' && Math.abs(found - value) < SMALLEST) return 0;
      const scale =
        scales === 'relative' ? Math.abs(value) : Math.max(1, Math.abs(value), scales?.[k][i] ?? 0);
      const error = Math.abs(found - value) / (tolerance === 0 ? 1 : scale);
      return Number.isNaN(error) ? Infinity : error;
    });
    return Math.max(0, ...errors);
  });

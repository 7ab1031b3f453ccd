/**
 * One row for each op: how to call it, its arguments, and how often it can be differentiated.
 *
 * ops/every-op.test.ts, jit/every-op.test.ts and hostile.test.ts run over all rows.
 */
import * as m from '../src/index.ts';
import { type Tensor, tensor } from '../src/index.ts';

/** Where the elements of an argument come from. */
export interface Argument {
  readonly shape: readonly number[];
  readonly low?: number;
  readonly high?: number;
  /** Whether to round to integers, for ops whose derivative jumps between them. */
  readonly whole?: boolean;
}

/** Random elements for an argument. */
export const make = ({ shape, low = -2, high = 2, whole = false }: Argument, seed: number): Tensor => {
  const x = m.random.uniform(m.random.key(seed), [...shape], { minval: low, maxval: high });
  return whole ? m.round(x) : x;
};

export interface OpCase {
  /** The export that the row is about. */
  readonly op: string;
  readonly f: (...args: Tensor[]) => Tensor;
  readonly args: readonly Argument[];
  /** Whether it computes each element from the elements of its operands at the same index. */
  readonly isElementwise?: boolean;
  /** How often it can be differentiated: 0 (derivative zero everywhere) or 2 (default). */
  readonly order?: 0 | 2;
  /** Largest error against float64, relative to the result or 1; default 1e-6. */
  readonly tolerance?: number;
}

const any: Argument = { shape: [3, 5], low: -2, high: 2 };
const row: Argument = { shape: [5], low: -2, high: 2 };
const column: Argument = { shape: [3, 1], low: -2, high: 2 };
const positive: Argument = { shape: [3, 5], low: 0.3, high: 3 };
const cube: Argument = { shape: [2, 3, 4], low: -2, high: 2 };
const image = (...shape: readonly number[]): Argument => ({ ...any, shape });

const elementwise = (op: keyof typeof m, args: readonly Argument[], order?: 0): OpCase => ({
  op,
  f: m[op] as (...args: Tensor[]) => Tensor,
  args,
  isElementwise: true,
  ...(order === undefined ? {} : { order }),
});

export const cases: readonly OpCase[] = [
  ...(['add', 'sub', 'mul', 'maximum', 'minimum'] as const).flatMap((op) => [
    elementwise(op, [any, any]),
    elementwise(op, [any, row]),
    elementwise(op, [column, row]),
    elementwise(op, [{ shape: [] }, any]),
  ]),
  elementwise('div', [any, positive]),
  elementwise('div', [column, { ...row, low: 0.5 }]),
  elementwise('pow', [positive, any]),
  ...(['logaddexp', 'hypot', 'arctan2'] as const).map((op) => elementwise(op, [any, row])),
  elementwise('xlogy', [positive, { ...row, low: 0.3 }]),
  elementwise('copysign', [any, row]),
  ...(['mod', 'fmod'] as const).map((op) => elementwise(op, [any, { ...row, low: 0.6, high: 0.9 }])),
  elementwise('floorDivide', [any, { ...row, low: 0.6, high: 0.9 }], 0),
  { op: 'pow', f: (x) => m.pow(x, 3), args: [any] },
  elementwise('neg', [any]),
  { op: 'clip', f: (x) => m.clip(x, -1, 1), args: [any] },
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const).map((op) =>
    elementwise(
      op,
      [
        { ...any, whole: true },
        { ...row, whole: true },
      ],
      0,
    ),
  ),
  elementwise('isNaN', [any], 0),
  elementwise('isFinite', [any], 0),
  ...(
    [
      ...['abs', 'square', 'exp', 'exp2', 'expm1', 'sin', 'cos', 'sinh', 'cosh', 'tanh', 'arctan', 'arcsinh'],
      ...['erf', 'erfc', 'sigmoid', 'relu', 'softplus'],
    ] as const
  ).map((op) => elementwise(op, [any])),
  elementwise('tan', [{ ...any, low: -1.2, high: 1.2 }]),
  ...(['sqrt', 'rsqrt', 'cbrt', 'log', 'log1p', 'log2', 'log10', 'reciprocal'] as const).map((op) =>
    elementwise(op, [positive]),
  ),
  ...(['arcsin', 'arccos', 'arctanh', 'erfInv'] as const).map((op) =>
    elementwise(op, [{ ...any, low: -0.9, high: 0.9 }]),
  ),
  elementwise('arccosh', [{ ...any, low: 1.2, high: 4 }]),
  elementwise('logit', [{ ...any, low: 0.1, high: 0.9 }]),
  ...(['sign', 'floor', 'ceil', 'round', 'trunc'] as const).map((op) => elementwise(op, [any], 0)),
  { op: 'nanToNum', f: (x) => m.nanToNum(x), args: [any] },
  elementwise('logicalNot', [{ ...any, whole: true }], 0),
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const).map((op) =>
    elementwise(
      op,
      [
        { ...any, whole: true },
        { ...row, whole: true },
      ],
      0,
    ),
  ),
  ...(['any', 'all'] as const).map((op): OpCase => {
    const whole = { ...cube, low: 0, high: 1, whole: true };
    return { op, f: (x) => m[op](x, { axis: [0, 2] }), args: [whole], order: 0 };
  }),
  ...(
    [
      ...['silu', 'logSigmoid', 'gelu', 'elu', 'celu', 'selu', 'leakyRelu', 'relu6', 'hardSigmoid'],
      ...['hardSilu', 'hardTanh', 'mish', 'softSign', 'squareplus'],
    ] as const
  ).map((op): OpCase => ({ op, f: (x) => m[op](x), args: [any] })),
  { op: 'gelu', f: (x) => m.gelu(x, { approximate: false }), args: [any] },
  { op: 'elu', f: (x) => m.elu(x, { alpha: 0.5 }), args: [any] },
  { op: 'celu', f: (x) => m.celu(x, { alpha: 0.5 }), args: [any] },
  { op: 'glu', f: (x) => m.glu(x, { axis: 2 }), args: [cube] },
  {
    op: 'where',
    f: (c, a, b) => m.where(c, a, b),
    args: [{ ...any, whole: true, low: 0, high: 1 }, any, row],
  },

  ...(['sum', 'mean', 'variance', 'std', 'max', 'min', 'prod', 'norm'] as const).flatMap((op): OpCase[] => {
    const f = m[op] as typeof m.sum;
    return [
      { op, f: (x) => f(x), args: [any] },
      { op, f: (x) => f(x, { axis: 0 }), args: [cube] },
      { op, f: (x) => f(x, { axis: 1, keepdims: true }), args: [cube] },
      { op, f: (x) => f(x, { axis: -1 }), args: [cube] },
      { op, f: (x) => f(x, { axis: [0, 2] }), args: [cube] },
    ];
  }),
  { op: 'logsumexp', f: (x) => m.logsumexp(x), args: [any] },
  { op: 'logsumexp', f: (x) => m.logsumexp(x, { axis: 1 }), args: [cube] },
  { op: 'argmax', f: (x) => m.argmax(x), args: [any], order: 0 },
  { op: 'argmax', f: (x) => m.argmax(x, { axis: 1 }), args: [cube], order: 0 },
  { op: 'argmin', f: (x) => m.argmin(x, { axis: 1, keepdims: true }), args: [cube], order: 0 },
  ...(['cumsum', 'cumprod', 'cummax'] as const).flatMap((op): OpCase[] => [
    { op, f: (x) => m[op](x), args: [any] },
    { op, f: (x) => m[op](x, { axis: 1 }), args: [cube] },
  ]),
  { op: 'cumprod', f: (x) => m.cumprod(m.mul(x, tensor([1, 0, 2, 0, 1])), { axis: 1 }), args: [any] },
  { op: 'diff', f: (x) => m.diff(x), args: [any] },
  { op: 'diff', f: (x) => m.diff(x, { axis: 0, n: 2 }), args: [any] },
  { op: 'sort', f: (x) => m.sort(x), args: [any] },
  { op: 'sort', f: (x) => m.sort(x, { axis: 1 }), args: [cube] },
  { op: 'argsort', f: (x) => m.argsort(x, { axis: 0 }), args: [any], order: 0 },
  { op: 'topK', f: (x) => m.topK(x, 2)[0], args: [cube] },

  { op: 'reshape', f: (x) => m.reshape(x, [5, -1]), args: [any] },
  { op: 'transpose', f: (x) => m.transpose(x), args: [any] },
  { op: 'transpose', f: (x) => m.transpose(x, [1, 2, 0]), args: [cube] },
  { op: 'broadcastTo', f: (x) => m.broadcastTo(x, [2, 3, 5]), args: [column] },
  { op: 'squeeze', f: (x) => m.squeeze(x), args: [column] },
  { op: 'expandDims', f: (x) => m.expandDims(x, [0, -1]), args: [any] },
  { op: 'concatenate', f: (a, b) => m.concatenate([a, b, a], { axis: 1 }), args: [any, column] },
  { op: 'concatenate', f: (a, b) => m.concatenate([a, b]), args: [any, any] },
  { op: 'stack', f: (a, b) => m.stack([a, b], { axis: 1 }), args: [any, any] },
  { op: 'split', f: (x) => m.split(x, 2, { axis: 2 })[1], args: [cube] },
  { op: 'arraySplit', f: (x) => m.arraySplit(x, 2, { axis: 1 })[0], args: [any] },
  { op: 'slice', f: (x) => m.slice(x, [1, 3]), args: [any] },
  { op: 'slice', f: (x) => m.slice(x, 1, [null, null, 2], [null, null, -1]), args: [cube] },
  { op: 'slice', f: (x) => m.slice(x, null, -1), args: [any] },
  { op: 'take', f: (x) => m.take(x, [2, 0, -1, 2]), args: [any] },
  {
    op: 'take',
    f: (x) =>
      m.take(
        x,
        [
          [2, 0],
          [1, 1],
        ],
        { axis: 1 },
      ),
    args: [cube],
  },
  {
    op: 'takeAlongAxis',
    f: (x) =>
      m.takeAlongAxis(
        x,
        [
          [0, 4],
          [-1, 2],
          [3, 3],
        ],
        { axis: 1 },
      ),
    args: [any],
  },
  { op: 'scatterAdd', f: (x, u) => m.scatterAdd(x, [2, 0, -1], u), args: [any, any] },
  {
    op: 'scatterAdd',
    f: (x, u) => m.scatterAdd(x, tensor([[0, 2]]), u, { axis: 1 }),
    args: [cube, { ...any, shape: [2, 1, 2, 4] }],
  },
  { op: 'scatterSet', f: (x, u) => m.scatterSet(x, [2, 0, -1], u), args: [any, any] },
  {
    op: 'scatterSet',
    f: (x, u) => m.scatterSet(x, tensor([[0, 0]]), u, { axis: 1 }),
    args: [cube, { ...any, shape: [2, 1, 2, 4] }],
  },
  { op: 'segmentSum', f: (x) => m.segmentSum(x, [3, 0, 3], 4), args: [any] },
  { op: 'dynamicSlice', f: (x) => m.dynamicSlice(x, [tensor(1), -3], [2, 2]), args: [any] },
  { op: 'dynamicSlice', f: (x) => m.dynamicSlice(x, [0, 1, 1], [1, 2, 2]), args: [cube] },
  {
    op: 'dynamicUpdateSlice',
    f: (x, u) => m.dynamicUpdateSlice(x, u, tensor([0, 1, 2])),
    args: [cube, { ...any, shape: [2, 1, 2] }],
  },
  { op: 'roll', f: (x) => m.roll(x, 7), args: [any] },
  { op: 'roll', f: (x) => m.roll(x, [1, -2], { axis: [0, 2] }), args: [cube] },
  { op: 'repeat', f: (x) => m.repeat(x, 2), args: [any] },
  { op: 'repeat', f: (x) => m.repeat(x, [2, 0, 1], { axis: 1 }), args: [cube] },
  { op: 'moveaxis', f: (x) => m.moveaxis(x, [0, 1], [-1, 0]), args: [cube] },
  { op: 'swapaxes', f: (x) => m.swapaxes(x, 0, -1), args: [cube] },
  { op: 'meshgrid', f: (a, b) => m.meshgrid([a, b])[1], args: [row, row] },
  { op: 'tril', f: (x) => m.tril(x), args: [any] },
  { op: 'triu', f: (x) => m.triu(x, { k: -1 }), args: [cube] },
  { op: 'diagonal', f: (x) => m.diagonal(x, { offset: 1 }), args: [any] },
  { op: 'diagonal', f: (x) => m.diagonal(x, { offset: -1, axis1: 2, axis2: 0 }), args: [cube] },
  { op: 'trace', f: (x) => m.trace(x, { axis1: 1, axis2: 2 }), args: [cube] },
  { op: 'diag', f: (x) => m.diag(x, { k: -2 }), args: [row] },
  { op: 'diag', f: (x) => m.diag(x, { k: 1 }), args: [any] },
  { op: 'flip', f: (x) => m.flip(x), args: [any] },
  { op: 'flip', f: (x) => m.flip(x, 1), args: [cube] },
  {
    op: 'pad',
    f: (x, value) =>
      m.pad(
        x,
        [
          [1, 0],
          [2, 3],
        ],
        value,
      ),
    args: [any, { shape: [] }],
  },
  { op: 'tile', f: (x) => m.tile(x, [2, 1, 3]), args: [any] },

  { op: 'matmul', f: m.matmul, args: [any, { ...any, shape: [5, 4] }] },
  { op: 'matmul', f: m.matmul, args: [any, row] },
  { op: 'matmul', f: m.matmul, args: [row, { ...any, shape: [5, 4] }] },
  { op: 'matmul', f: m.matmul, args: [row, row] },
  { op: 'matmul', f: m.matmul, args: [cube, { ...any, shape: [4, 2] }] },
  { op: 'matmul', f: m.matmul, args: [{ ...any, shape: [5, 3] }, cube] },
  {
    op: 'matmul',
    f: m.matmul,
    args: [
      { ...any, shape: [2, 1, 3, 4] },
      { ...any, shape: [5, 4, 2] },
    ],
  },
  { op: 'dot', f: m.dot, args: [any, { ...any, shape: [2, 5, 3] }] },
  { op: 'outer', f: m.outer, args: [row, any] },
  { op: 'einsum', f: (a, b) => m.einsum('ij,kj->ik', a, b), args: [any, { ...any, shape: [2, 5] }] },
  {
    op: 'einsum',
    f: (a, b, c) => m.einsum('bij,j,ib->i', a, b, c),
    args: [cube, { ...row, shape: [4] }, { ...any, shape: [3, 2] }],
  },
  { op: 'einsum', f: (a) => m.einsum('iji->j', a), args: [{ ...any, shape: [3, 2, 3] }] },
  {
    op: 'einsum',
    f: (a, b) => m.einsum('...ij,...j->i...', a, b),
    args: [cube, { ...any, shape: [5, 1, 4] }],
  },
  { op: 'tensordot', f: (a, b) => m.tensordot(a, b), args: [cube, { ...any, shape: [3, 4, 2] }] },
  {
    op: 'tensordot',
    f: (a, b) =>
      m.tensordot(a, b, {
        axes: [
          [0, -1],
          [2, 0],
        ],
      }),
    args: [cube, { ...any, shape: [4, 3, 2] }],
  },
  { op: 'inner', f: m.inner, args: [any, { ...any, shape: [2, 5] }] },
  { op: 'vdot', f: m.vdot, args: [any, any] },
  { op: 'kron', f: m.kron, args: [row, { ...any, shape: [2, 3] }] },
  { op: 'cross', f: (a, b) => m.cross(a, b), args: [column, column].map((c) => ({ ...c, shape: [4, 3] })) },
  { op: 'conv', f: (x, k) => m.conv(x, k), args: [image(2, 4, 3, 2), image(3, 2, 2, 3)] },
  {
    op: 'conv',
    f: (x, k) =>
      m.conv(x, k, {
        strides: [2, 1],
        padding: [
          [2, 0],
          [0, 1],
        ],
        dilation: [1, 2],
      }),
    args: [image(1, 5, 4, 2), image(2, 2, 2, 2)],
  },
  { op: 'conv', f: (x, k) => m.conv(x, k, { groups: 2 }), args: [image(2, 3, 3, 4), image(2, 2, 2, 4)] },
  {
    op: 'conv',
    f: (x, k) => m.conv(x, k, { groups: 3, strides: 2 }),
    args: [image(2, 4, 3, 3), image(3, 2, 1, 6)],
  },
  {
    op: 'conv',
    f: (x, k) => m.conv(x, k, { padding: 'VALID' }),
    args: [image(2, 3, 3, 2), image(1, 1, 2, 3)],
  },
  { op: 'conv', f: (x, k) => m.conv(x, k), args: [image(2, 6, 1), image(3, 1, 2)] },
  { op: 'conv', f: (x, k) => m.conv(x, k), args: [image(1, 2, 3, 2, 2), image(2, 2, 2, 2, 1)] },
  {
    op: 'convTranspose',
    f: (x, k) => m.convTranspose(x, k, { strides: 2 }),
    args: [image(2, 2, 3, 2), image(3, 2, 2, 2)],
  },
  {
    op: 'convTranspose',
    f: (x, k) => m.convTranspose(x, k, { strides: 3, padding: 'VALID' }),
    args: [image(1, 3, 2), image(2, 2, 2)],
  },
  { op: 'maxPool', f: (x) => m.maxPool(x, { window: 2, strides: 2 }), args: [image(2, 5, 4, 3)] },
  {
    op: 'maxPool',
    f: (x) => m.maxPool(x, { window: 3, strides: [2, 1], padding: 'SAME' }),
    args: [image(1, 4, 4, 2)],
  },
  { op: 'avgPool', f: (x) => m.avgPool(x, { window: 2, strides: 2 }), args: [image(2, 5, 4, 3)] },
  {
    op: 'avgPool',
    f: (x) => m.avgPool(x, { window: [3], padding: 'SAME', countIncludePad: false }),
    args: [image(2, 4, 1)],
  },
  { op: 'softmax', f: (x) => m.softmax(x), args: [any] },
  { op: 'softmax', f: (x) => m.softmax(x, { axis: 1 }), args: [cube] },
  { op: 'logSoftmax', f: (x) => m.logSoftmax(x), args: [any] },
  { op: 'oneHot', f: (x) => m.oneHot(m.abs(x), 4), args: [{ ...any, whole: true }], order: 0 },
  { op: 'zerosLike', f: (x) => m.zerosLike(x), args: [any], order: 0 },
  { op: 'onesLike', f: (x) => m.onesLike(x), args: [any], order: 0 },
  { op: 'full', f: (x) => m.full([2, 3], x), args: [{ shape: [] }] },
  { op: 'stopGradient', f: (x) => m.stopGradient(x), args: [any], order: 0 },
];

/** Exports that are no ops on tensors; they have tests of their own. */
export const notOps: readonly string[] = [
  'arange',
  'eye',
  'isTensor',
  'linspace',
  'ones',
  'tensor',
  'zeros',
  'checkGrads',
  'debugKeys',
  'debugNaNs',
  'NonFiniteError',
  'configure',
  'customVjp',
  'grad',
  'hessian',
  'hvp',
  'jit',
  'jacobian',
  'jvp',
  'valueAndGrad',
  'vmap',
  'cond',
  'foriLoop',
  'remat',
  'scan',
  'whileLoop',
  'vjp',
  'random',
  'tree',
];

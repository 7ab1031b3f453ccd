/** Maps: ops on each element. */
import type { Tensor } from '@mini/autograd';
import { type Autograd, LARGE, type OpCase, POSITIVE, SIZES } from './case.ts';

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;
type Range = readonly [low: number, high: number];

/** Maps of one operand, by the interval of its numbers. */
const UNARY: readonly [Range, readonly (keyof Autograd)[]][] = [
  [
    [-2, 2],
    [
      'abs',
      'neg',
      'sign',
      'floor',
      'ceil',
      'round',
      'trunc',
      'square',
      'isFinite',
      'isNaN',
      'logicalNot',
      'nanToNum',
      'exp',
      'exp2',
      'expm1',
      'sin',
      'cos',
      'tan',
      'arctan',
      'sinh',
      'cosh',
      'tanh',
      'arcsinh',
      'erf',
      'erfc',
      'relu',
      'relu6',
      'sigmoid',
      'hardSigmoid',
      'softplus',
      'squareplus',
      'softSign',
      'logSigmoid',
      'silu',
      'hardSilu',
      'gelu',
      'elu',
      'celu',
      'selu',
      'leakyRelu',
      'hardTanh',
      'mish',
    ],
  ],
  [POSITIVE, ['log', 'log1p', 'log2', 'log10', 'sqrt', 'rsqrt', 'cbrt', 'reciprocal']],
  [
    [-0.9, 0.9],
    ['arcsin', 'arccos', 'arctanh', 'erfInv'],
  ],
  [[1.1, 3], ['arccosh']],
  [[0.1, 0.9], ['logit']],
];

/** Maps that are timed in all sizes, as most programs use them. */
const COMMON: readonly string[] = ['exp', 'log', 'sin', 'tanh', 'relu', 'sigmoid', 'sqrt', 'add', 'mul'];

const BINARY = [
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'equal',
  'notEqual',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
  'copysign',
  'pow',
  'mod',
  'fmod',
  'floorDivide',
  'arctan2',
  'hypot',
  'logaddexp',
  'xlogy',
] as const;

const sizesOf = (name: string): readonly (readonly number[])[] => (COMMON.includes(name) ? SIZES : [LARGE]);

export const maps = (): OpCase[] => [
  ...UNARY.flatMap(([range, names]) =>
    names.flatMap((name) =>
      sizesOf(name).map((shape) => ({
        name,
        python: name,
        shapes: [shape],
        range,
        run: (m: Autograd, [x]: readonly Tensor[]) => (m[name] as Unary)(x),
      })),
    ),
  ),
  ...BINARY.flatMap((name) =>
    sizesOf(name).map((shape) => ({
      name,
      python: name,
      shapes: [shape, shape],
      range: POSITIVE,
      run: (m: Autograd, [a, b]: readonly Tensor[]) => (m[name] as Binary)(a, b),
    })),
  ),
  { name: 'add, a row to each', python: 'add', shapes: [LARGE, [1024]], run: (m, [a, b]) => m.add(a, b) },
  {
    name: 'add, a column to each',
    python: 'add',
    shapes: [LARGE, [1024, 1]],
    run: (m, [a, b]) => m.add(a, b),
  },
  { name: 'add, a row to each', python: 'add', shapes: [[200, 10], [10]], run: (m, [a, b]) => m.add(a, b) },
  { name: 'clip', python: 'clip', shapes: [LARGE], run: (m, [x]) => m.clip(x, -1, 1) },
  { name: 'glu', python: 'glu', shapes: [LARGE], run: (m, [x]) => m.glu(x) },
  {
    name: 'where',
    python: 'where',
    shapes: [LARGE, LARGE, LARGE],
    run: (m, [c, a, b]) => m.where(m.greater(c, 0), a, b),
  },
];

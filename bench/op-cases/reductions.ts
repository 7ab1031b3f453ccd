/** Ops that combine the elements along axes, or process them in order. */
import type { Tensor } from '@mini/autograd';
import { type Autograd, LARGE, type OpCase, POSITIVE, SIZES } from './case.ts';

/** Ops with an axis. */
const ALONG_AXES = [
  'sum',
  'mean',
  'max',
  'min',
  'prod',
  'variance',
  'std',
  'argmax',
  'argmin',
  'any',
  'all',
  'logsumexp',
  'softmax',
  'logSoftmax',
  'cumsum',
  'cumprod',
  'cummax',
  'sort',
  'argsort',
] as const;

type Reduction = (x: Tensor, options: { readonly axis: number }) => Tensor;

export const reductions = (): OpCase[] => [
  ...SIZES.map((shape): OpCase => ({
    name: 'sum of all',
    python: 'sum',
    shapes: [shape],
    run: (m, [x]) => m.sum(x),
  })),
  { name: 'sum of all', python: 'sum', shapes: [[200]], run: (m, [x]) => m.sum(x) },
  ...ALONG_AXES.flatMap((name) =>
    [0, 1].map((axis): OpCase => ({
      name: `${name}, axis ${axis}`,
      python: `${name}${axis}`,
      shapes: [LARGE],
      ...(name === 'prod' || name === 'cumprod' ? { range: POSITIVE } : {}),
      run: (m: Autograd, [x]) => (m[name] as Reduction)(x, { axis }),
    })),
  ),
  {
    name: 'softmax, axis 1',
    python: 'softmax1',
    shapes: [[200, 10]],
    run: (m, [x]) => m.softmax(x, { axis: 1 }),
  },
  { name: 'norm', python: 'norm', shapes: [LARGE], run: (m, [x]) => m.norm(x) },
  { name: 'diff, axis 1', python: 'diff1', shapes: [LARGE], run: (m, [x]) => m.diff(x) },
  { name: 'topK, 10 of each row', python: 'topK', shapes: [LARGE], run: (m, [x]) => m.topK(x, 10)[0] },
  { name: 'trace', python: 'trace', shapes: [LARGE], run: (m, [x]) => m.trace(x) },
];

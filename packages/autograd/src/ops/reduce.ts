/** Reductions along axes. `axis` is one axis, several or (left out) all; `keepdims` leaves them in with size 1. */
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxes, checkBoolean, checkNumber, checkOptions, toTensor } from '../core/check.ts';
import { identity } from '../kernels/algebra.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape, reducedShape, sizeOf, stridesOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { div, mul, sub } from './arithmetic.ts';
import { equal } from './compare.ts';
import { sqrt, square } from './math.ts';
import { broadcastTo, withShape } from './structure.ts';
import * as reductions from '../kernels/reductions.ts';

/** The axes to reduce, and whether they stay with size 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[];
  readonly keepdims?: boolean;
}

interface ReduceAttributes {
  readonly axes: readonly number[];
}

const reduceLoops =
  (reduction: reductions.Reduction): LoopPrimitive<ReduceAttributes>['loops'] =>
  ([shape], { axes }, out) => {
    const order = [...shape.keys()].filter((a) => !axes.includes(a)).concat(axes);
    const strides = stridesOf(shape);
    return [
      {
        kind: 'reduce',
        rule: identity,
        reduction,
        sizes: order.map((a) => shape[a]),
        reducedAxes: axes.length,
        operands: [{ input: 0, offset: 0, strides: order.map((a) => strides[a]) }],
        out: { offset: 0, strides: [...stridesOf(out), ...axes.map(() => 0)] },
      },
    ];
  };

const without = ([shape]: readonly Shape[], { axes }: ReduceAttributes): Shape =>
  reducedShape(shape, axes, false);

/** y, which lacks the axes of x that were reduced, repeated along them. */
const spreadOver = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  broadcastTo(withShape(y, reducedShape(x.shape, axes, true)), x.shape);

const sumPrimitive: LoopPrimitive<ReduceAttributes> = {
  name: 'sum',
  shape: without,
  loops: reduceLoops(reductions.sum),
  vjp: (ct, [x], _out, { axes }) => [() => spreadOver(ct, x, axes)],
};

/** What a reduction `op` is given, checked. */
export interface CheckedReduction {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepdims: boolean;
  /** How many elements each result is made of. */
  readonly count: number;
}

export const checkReduction = (op: string, x: TensorLike, options: ReduceOptions): CheckedReduction => {
  const input = toTensor(op, x);
  const { axis, keepdims = false } = checkOptions(op, options, ['axis', 'keepdims']);
  const axes = checkAxes(op, axis, input.shape);
  const count = axes.reduce((product, a) => product * input.shape[a], 1);
  return { input, axes, keepdims: checkBoolean(op, 'keepdims', keepdims), count };
};

const reduceWith = (
  primitive: LoopPrimitive<ReduceAttributes>,
  x: TensorLike,
  options: ReduceOptions,
): Tensor => {
  const { input, axes, keepdims } = checkReduction(primitive.name, x, options);
  const reduced = axes.length === 0 ? input : bind(primitive, [input], { axes });
  return keepdims ? withShape(reduced, reducedShape(input.shape, axes, true)) : reduced;
};

/** Sum of the elements, accumulated in double precision and rounded once; 0 for none. */
export function sum(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(sumPrimitive, x, options);
}

/** Arithmetic mean; NaN for no elements, as in NumPy. */
export function mean(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes, keepdims, count } = checkReduction('mean', x, options);
  return asOp('mean', () => div(sum(input, { axis: axes, keepdims }), count));
}

/** `ddof` is subtracted from the count that squares are divided by: 0 (default) for the population, 1 for a sample. */
export interface VarianceOptions extends ReduceOptions {
  readonly ddof?: number;
}

/** Mean squared deviation from the mean. Mirrors numpy.var. */
export function variance(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const op = 'variance';
  const { ddof = 0, ...rest } = checkOptions(op, options, ['axis', 'keepdims', 'ddof']);
  checkNumber(op, 'ddof', ddof);
  const { input, axes: axis, keepdims, count } = checkReduction(op, x, rest);
  return asOp(op, () => {
    const deviation = sub(input, mean(input, { axis, keepdims: true }));
    return div(sum(square(deviation), { axis, keepdims }), Math.max(0, count - ddof));
  });
}

/** Standard deviation, √variance. Mirrors numpy.std. */
export function std(x: TensorLike, options: VarianceOptions = {}): Tensor {
  return asOp('std', () => sqrt(variance(x, options)));
}

/* @__NO_SIDE_EFFECTS__ */
const extremum = (reduction: reductions.Reduction): LoopPrimitive<ReduceAttributes> => ({
  name: reduction.name,
  shape: ([shape], attrs) => {
    const out = without([shape], attrs);
    if (sizeOf(out) > 0 && sizeOf(shape) === 0) {
      throw rangeError(
        reduction.name,
        `no elements to choose from: expected some along axes ${formatShape(attrs.axes)}, got shape ${formatShape(shape)}`,
      );
    }
    return out;
  },
  loops: reduceLoops(reduction),
  vjp: (ct, [x], out, { axes }) => [
    () => {
      const best = equal(x, spreadOver(out, x, axes));
      const ties = sum(best, { axis: axes, keepdims: true });
      return mul(spreadOver(ct, x, axes), div(best, ties));
    },
  ],
});

const maxPrimitive = extremum(reductions.max);

/** The largest element, NaN if there is one; a RangeError for no elements. Ties share the derivative evenly, as in JAX. */
export function max(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(maxPrimitive, x, options);
}

const minPrimitive = extremum(reductions.min);

/** The smallest element, NaN if there is one; a RangeError for no elements. Ties share the derivative evenly, as in JAX. */
export function min(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(minPrimitive, x, options);
}

/** Euclidean norm √Σx² over the axes. Mirrors numpy.linalg.norm with ord 2 on the flattened axes. The derivative at 0 is NaN. */
export function norm(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('norm', x, options);
  return asOp('norm', () => sqrt(sum(square(input), { axis, keepdims })));
}

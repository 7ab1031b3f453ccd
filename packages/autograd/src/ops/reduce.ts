/**
 * Reductions along axes.
 *
 * `axis` is one axis or several; by default, all axes are reduced. `keepdims` keeps the
 * reduced axes with size 1.
 */
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxes, checkBoolean, checkNumber, checkOptions, toTensor } from '../core/check.ts';
import { identity } from '../kernels/algebra.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape, reducedShape, sizeOf, stridesOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { div, mul, sub } from './arithmetic.ts';
import { equal } from './compare.ts';
import { sqrt, square } from './powers.ts';
import { broadcastTo, withShape } from './structure.ts';
import * as reductions from '../kernels/reductions.ts';

/**
 * The axes to reduce (default all), and whether the result keeps them with size 1 (default false).
 */
export interface ReduceOptions {
  /** The axis or axes to reduce; negative ones count from the end. By default all. */
  readonly axis?: number | readonly number[];
  /** Whether to keep the reduced axes, with size 1. Default false. */
  readonly keepdims?: boolean;
}

export interface ReduceAttributes {
  readonly axes: readonly number[];
}

/** Returns the loops of a reduction: kept axes first, reduced axes last. */
export const reduceLoops =
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

/** Returns the shape without the reduced axes. */
export const shapeWithout = ([shape]: readonly Shape[], { axes }: ReduceAttributes): Shape =>
  reducedShape(shape, axes, false);

/** Repeats y along the axes of x that were reduced to compute it. */
export const repeatAlong = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  broadcastTo(withShape(y, reducedShape(x.shape, axes, true)), x.shape);

const sumPrimitive: LoopPrimitive<ReduceAttributes> = {
  name: 'sum',
  shape: shapeWithout,
  loops: reduceLoops(reductions.sum),
  vjp: (ct, [x], _out, { axes }) => [() => repeatAlong(ct, x, axes)],
};

/** The options of a reduction after checks, as attributes of a composite. */
export interface ReducedAxes {
  readonly axis: readonly number[];
  readonly keepdims: boolean;
}

/** The checked arguments of a reduction. */
export interface CheckedReduction {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepdims: boolean;
  /** The number of elements that each element of the result combines. */
  readonly count: number;
}

/** Checks the arguments of the reduction `op`. */
export const checkReduction = (op: string, x: TensorLike, options: ReduceOptions): CheckedReduction => {
  const input = toTensor(op, x);
  const { axis, keepdims = false } = checkOptions(op, options, ['axis', 'keepdims']);
  const axes = checkAxes(op, axis, input.shape);
  const count = axes.reduce((product, a) => product * input.shape[a], 1);
  return { input, axes, keepdims: checkBoolean(op, 'keepdims', keepdims), count };
};

/** Applies the op of a reduction along checked axes. */
export const reduceWith = (
  primitive: LoopPrimitive<ReduceAttributes>,
  x: TensorLike,
  options: ReduceOptions,
): Tensor => {
  const { input, axes, keepdims } = checkReduction(primitive.name, x, options);
  const reduced = axes.length === 0 ? input : bind(primitive, [input], { axes });
  return keepdims ? withShape(reduced, reducedShape(input.shape, axes, true)) : reduced;
};

/**
 * Returns the sum of the elements along the axes; 0 for no elements. Mirrors numpy.sum.
 *
 * It is accumulated in double precision and rounded once.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(sum(x).item(), sum(x, { axis: 0 }).toArray()); // → 10 [ 4, 6 ]
 * console.log(sum(x, { axis: 1, keepdims: true }).shape); // → [ 2, 1 ]
 */
export function sum(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(sumPrimitive, x, options);
}

/**
 * Returns the arithmetic mean along the axes; NaN for no elements, as in NumPy. Mirrors numpy.mean.
 *
 * @example
 * console.log(mean(tensor([[1, 2], [3, 6]]), { axis: 0 })); // → Tensor [2] [2, 4]
 */
export function mean(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes, keepdims, count } = checkReduction('mean', x, options);
  return asOp('mean', () => div(sum(input, { axis: axes, keepdims }), count));
}

const varianceOp: Composite<ReducedAxes & { readonly divisor: number }> = {
  name: 'variance',
  compute: ([x], { axis, keepdims, divisor }) => {
    const deviation = sub(x, mean(x, { axis, keepdims: true }));
    return div(sum(square(deviation), { axis, keepdims }), divisor);
  },
};

/**
 * The options of a reduction, and `ddof` (delta degrees of freedom): the sum of squares is divided
 * by the number of elements minus `ddof`. Use 0 (default) for a population and 1 for a sample.
 */
export interface VarianceOptions extends ReduceOptions {
  /** What is subtracted from the number of elements in the divisor. Default 0. */
  readonly ddof?: number;
}

/**
 * Returns the mean squared deviation from the mean, Σ(x - mean)² / (n - ddof). Mirrors numpy.var.
 *
 * As in NumPy, the divisor is 0 if n < ddof.
 *
 * @example
 * const x = tensor([1, 2, 3, 4]);
 * console.log(variance(x).item()); // → 1.25
 */
export function variance(x: TensorLike, options: VarianceOptions = {}): Tensor {
  const op = 'variance';
  const { ddof = 0, ...rest } = checkOptions(op, options, ['axis', 'keepdims', 'ddof']);
  checkNumber(op, 'ddof', ddof);
  const { input, axes: axis, keepdims, count } = checkReduction(op, x, rest);
  return bindComposite(varianceOp, [input], { axis, keepdims, divisor: Math.max(0, count - ddof) });
}

/**
 * Returns the standard deviation, √variance. Mirrors numpy.std.
 *
 * The derivative is NaN where the variance is 0.
 *
 * @example
 * console.log(std(tensor([1, 2, 3, 4]), { ddof: 1 })); // → Tensor 1.291
 */
export function std(x: TensorLike, options: VarianceOptions = {}): Tensor {
  return asOp('std', () => sqrt(variance(x, options)));
}

/** Returns the op that computes the largest or the smallest element. */
/* @__NO_SIDE_EFFECTS__ */
const extremum = (reduction: reductions.Reduction): LoopPrimitive<ReduceAttributes> => ({
  name: reduction.name,
  shape: ([shape], attrs) => {
    const out = shapeWithout([shape], attrs);
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
      const best = equal(x, repeatAlong(out, x, axes));
      const ties = sum(best, { axis: axes, keepdims: true });
      return mul(repeatAlong(ct, x, axes), div(best, ties));
    },
  ],
});

const maxPrimitive = extremum(reductions.max);

/**
 * Returns the largest element along the axes; NaN if one of them is NaN. Mirrors numpy.max.
 *
 * Equal elements share the derivative evenly, as in JAX. Throws a RangeError if there are no
 * elements to choose from.
 *
 * @example
 * const x = tensor([[1, 9], [7, 2]]);
 * console.log(max(x).item(), max(x, { axis: 0 }).toArray()); // → 9 [ 7, 9 ]
 */
export function max(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(maxPrimitive, x, options);
}

const minPrimitive = extremum(reductions.min);

/**
 * Returns the smallest element along the axes; NaN if one of them is NaN. Mirrors numpy.min.
 *
 * Equal elements share the derivative evenly, as in JAX. Throws a RangeError if there are no
 * elements to choose from.
 *
 * @example
 * console.log(min(tensor([[3, 1], [2, 4]]), { axis: 1 })); // → Tensor [2] [1, 2]
 */
export function min(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(minPrimitive, x, options);
}

const normOp: Composite<ReducedAxes> = {
  name: 'norm',
  compute: ([x], options) => sqrt(sum(square(x), options)),
};

/**
 * Returns the Euclidean norm √Σx² over the axes. The derivative at 0 is NaN.
 *
 * Mirrors numpy.linalg.norm with ord 2 on the flattened axes.
 *
 * @example console.log(norm(tensor([3, 4])).item()); // → 5
 */
export function norm(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('norm', x, options);
  return bindComposite(normOp, [input], { axis, keepdims });
}

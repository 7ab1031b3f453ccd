/** Ops that find the index of the largest or the smallest element of each line. */
import { rangeError } from '../base/errors.ts';
import { checkBoolean, checkIndexable, checkOptions, toTensor } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { formatShape, reducedShape } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import * as reductions from '../kernels/reductions.ts';
import { alongAxis } from './lines.ts';
import { reduceLoops } from './reduce.ts';
import { withShape } from './structure.ts';

/* @__NO_SIDE_EFFECTS__ */
const argPrimitive = (reduction: reductions.Reduction): LoopPrimitive<{ axis: number }> => ({
  name: reduction.name,
  shape: ([shape], { axis }) => {
    if (shape[axis] === 0)
      throw rangeError(
        reduction.name,
        `no elements to choose from: expected axis ${axis} to have some, got shape ${formatShape(shape)}`,
      );
    return reducedShape(shape, [axis], false);
  },
  loops: (shapes, { axis }, out) => reduceLoops(reduction)(shapes, { axes: [axis] }, out),
});

/** The axis to search, and whether the result keeps it with size 1 (default false). */
export interface ArgOptions {
  /** The axis to search along. By default all elements are searched, in row-major order. */
  readonly axis?: number;
  /** Whether to keep the searched axes, with size 1. Default false. */
  readonly keepdims?: boolean;
}

const argReduce = (
  primitive: LoopPrimitive<{ axis: number }>,
  x: TensorLike,
  options: ArgOptions,
): Tensor => {
  const { name } = primitive;
  const input = toTensor(name, x);
  const { axis: given, keepdims = false } = checkOptions(name, options, ['axis', 'keepdims']);
  checkBoolean(name, 'keepdims', keepdims);
  const { operand, axis } = alongAxis(name, input, given);
  checkIndexable(name, operand.shape, axis);
  const indices = bind(primitive, [operand], { axis });
  if (!keepdims) return indices;
  const axes = given === undefined ? [...input.shape.keys()] : [axis];
  return withShape(indices, reducedShape(input.shape, axes, true));
};

const argmaxPrimitive = argPrimitive(reductions.argmax);

/**
 * Returns the index of the largest element along `axis`; without `axis`, in the flattened tensor.
 *
 * If several are equal, it is the index of the first. NaN counts as largest. The shape is that of x
 * without the axis. The derivative is zero. Throws a RangeError if there are no elements to choose
 * from, or more than 2²⁴. Mirrors numpy.argmax.
 *
 * @example
 * const x = tensor([[1, 9, 4], [7, 2, 7]]);
 * console.log(argmax(x).item(), argmax(x, { axis: 1 }).toArray()); // → 1 [ 1, 0 ]
 */
export function argmax(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argmaxPrimitive, x, options);
}

const argminPrimitive = argPrimitive(reductions.argmin);

/**
 * Returns the index of the smallest element along `axis`; without `axis`, in the flattened tensor.
 *
 * If several are equal, it is the index of the first. NaN counts as smallest. The shape is that of
 * x without the axis. The derivative is zero. Throws a RangeError if there are no elements to
 * choose from, or more than 2²⁴. Mirrors numpy.argmin.
 *
 * @example
 * console.log(argmin(tensor([[3, 1], [2, 4]]), { axis: 1 })); // → Tensor [2] [1, 0]
 */
export function argmin(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argminPrimitive, x, options);
}

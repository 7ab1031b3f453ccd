/**
 * Logical operations.
 *
 * Zero is false, and every other number is true, NaN included. The results are tensors of ones and
 * zeros, and the derivatives are zero.
 */
import { type Composite, bindComposite } from '../core/composite.ts';
import { bind } from '../core/bind.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { equal, greater, notEqual, predicate } from './compare.ts';
import { type ReducedAxes, type ReduceOptions, checkReduction, sum } from './reduce.ts';

const logicalNotPrimitive = predicate('logicalNot', (s, x) =>
  s.select(s.equal(x, s.constant(0)), s.constant(1), s.constant(0)),
);

/**
 * Returns 1 where x is 0, else 0. The derivative is zero. Mirrors numpy.logical_not.
 *
 * @example
 * console.log(logicalNot(tensor([0, 1, 2]))); // → Tensor [3] [1, 0, 0]
 */
export function logicalNot(x: TensorLike): Tensor {
  return bind(logicalNotPrimitive, [x], undefined);
}

const logicalAndPrimitive = predicate('logicalAnd', (s, a, b) => {
  const isTrue = s.and(s.not(s.equal(a, s.constant(0))), s.not(s.equal(b, s.constant(0))));
  return s.select(isTrue, s.constant(1), s.constant(0));
});

/**
 * Returns 1 where both a and b are not 0, else 0.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. The derivative is zero. Mirrors
 * numpy.logical_and.
 *
 * @example console.log(logicalAnd(tensor([0, 1, 2]), 1).toArray()); // → [ 0, 1, 1 ]
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return bind(logicalAndPrimitive, [a, b], undefined);
}

const logicalOrPrimitive = predicate('logicalOr', (s, a, b) => {
  const isFalse = s.and(s.equal(a, s.constant(0)), s.equal(b, s.constant(0)));
  return s.select(isFalse, s.constant(0), s.constant(1));
});

/**
 * Returns 1 where a or b is not 0, else 0.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. The derivative is zero. Mirrors
 * numpy.logical_or.
 *
 * @example
 * console.log(logicalOr(tensor([0, 0, 1]), tensor([0, 1, 1]))); // → Tensor [3] [0, 1, 1]
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return bind(logicalOrPrimitive, [a, b], undefined);
}

const logicalXorPrimitive = predicate('logicalXor', (s, a, b) => {
  const isZeroB = s.select(s.equal(b, s.constant(0)), s.constant(1), s.constant(0));
  return s.select(s.equal(a, s.constant(0)), s.sub(s.constant(1), isZeroB), isZeroB);
});

/**
 * Returns 1 where one of a and b is 0 and the other is not, else 0.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. The derivative is zero. Mirrors
 * numpy.logical_xor.
 *
 * @example
 * console.log(logicalXor(tensor([0, 0, 1]), tensor([0, 1, 1]))); // → Tensor [3] [0, 1, 0]
 */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor {
  return bind(logicalXorPrimitive, [a, b], undefined);
}

const anyOp: Composite<ReducedAxes> = {
  name: 'any',
  compute: ([x], options) => greater(sum(notEqual(x, 0), options), 0),
};

/**
 * Returns 1 where any element along the axes is not 0, else 0; 0 if there are no elements. The
 * derivative is zero. Mirrors numpy.any.
 *
 * @example console.log(any(tensor([[0, 2], [0, 0]]), { axis: 1 }).toArray()); // → [ 1, 0 ]
 */
export function any(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('any', x, options);
  return bindComposite(anyOp, [input], { axis, keepdims });
}

const allOp: Composite<ReducedAxes> = {
  name: 'all',
  compute: ([x], options) => equal(sum(equal(x, 0), options), 0),
};

/**
 * Returns 1 where all elements along the axes are not 0, else 0; 1 if there are no elements. The
 * derivative is zero. Mirrors numpy.all.
 *
 * @example console.log(all(less(tensor([1, 2]), 3)).item()); // → 1
 */
export function all(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('all', x, options);
  return bindComposite(allOp, [input], { axis, keepdims });
}

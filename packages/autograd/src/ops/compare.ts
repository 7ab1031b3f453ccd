/**
 * Comparisons and predicates.
 *
 * They return tensors of ones (true) and zeros (false). Their derivative is zero. The shapes of two
 * operands broadcast. Each function mirrors one of NumPy: `lessEqual` is numpy.less_equal.
 */
import type { ScalarRule } from '../kernels/algebra.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';

/** Returns an elementwise op without a gradient rule: its derivative is zero. */
/* @__NO_SIDE_EFFECTS__ */
export const predicate = (name: string, scalar: ScalarRule): ElementwisePrimitive => ({ name, scalar });

const equalPrimitive = predicate('equal', (s, a, b) => s.select(s.equal(a, b), s.constant(1), s.constant(0)));

/**
 * Returns 1 where a = b, else 0. NaN is not equal to any number, itself included.
 *
 * @example
 * console.log(equal(tensor([1, 2, 3]), 2)); // → Tensor [3] [0, 1, 0]
 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return bind(equalPrimitive, [a, b], undefined);
}

const notEqualPrimitive = predicate('notEqual', (s, a, b) =>
  s.select(s.equal(a, b), s.constant(0), s.constant(1)),
);

/**
 * Returns 1 where a ≠ b, else 0. NaN differs from every number, itself included.
 *
 * @example
 * console.log(notEqual(tensor([1, 2, 3]), 2)); // → Tensor [3] [1, 0, 1]
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return bind(notEqualPrimitive, [a, b], undefined);
}

const lessPrimitive = predicate('less', (s, a, b) => s.select(s.less(a, b), s.constant(1), s.constant(0)));

/**
 * Returns 1 where a < b, else 0. Comparisons with NaN return 0.
 *
 * @example
 * console.log(less(tensor([1, 2, 3]), 2)); // → Tensor [3] [1, 0, 0]
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return bind(lessPrimitive, [a, b], undefined);
}

const lessEqualPrimitive = predicate('lessEqual', (s, a, b) =>
  s.select(s.lessEqual(a, b), s.constant(1), s.constant(0)),
);

/**
 * Returns 1 where a ≤ b, else 0. Comparisons with NaN return 0.
 *
 * @example
 * console.log(lessEqual(tensor([1, 2, 3]), 2)); // → Tensor [3] [1, 1, 0]
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return bind(lessEqualPrimitive, [a, b], undefined);
}

const greaterPrimitive = predicate('greater', (s, a, b) =>
  s.select(s.less(b, a), s.constant(1), s.constant(0)),
);

/**
 * Returns 1 where a > b, else 0. Comparisons with NaN return 0.
 *
 * @example console.log(greater(tensor([1, 2, 3]), 2).toArray()); // → [ 0, 0, 1 ]
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return bind(greaterPrimitive, [a, b], undefined);
}

const greaterEqualPrimitive = predicate('greaterEqual', (s, a, b) =>
  s.select(s.lessEqual(b, a), s.constant(1), s.constant(0)),
);

/**
 * Returns 1 where a ≥ b, else 0. Comparisons with NaN return 0.
 *
 * @example
 * console.log(greaterEqual(tensor([1, 2, 3]), 2)); // → Tensor [3] [0, 1, 1]
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return bind(greaterEqualPrimitive, [a, b], undefined);
}

const isNaNPrimitive = predicate('isNaN', (s, x) => s.select(s.equal(x, x), s.constant(0), s.constant(1)));

/**
 * Returns 1 where x is NaN, else 0.
 *
 * @example
 * console.log(isNaN(tensor([0, NaN]))); // → Tensor [2] [0, 1]
 */
export function isNaN(x: TensorLike): Tensor {
  return bind(isNaNPrimitive, [x], undefined);
}

const isFinitePrimitive = predicate('isFinite', (s, x) =>
  s.select(s.less(s.abs(x), s.constant(Infinity)), s.constant(1), s.constant(0)),
);

/**
 * Returns 1 where x is neither NaN nor infinite, else 0.
 *
 * @example
 * console.log(isFinite(tensor([1, Infinity, NaN]))); // → Tensor [3] [1, 0, 0]
 */
export function isFinite(x: TensorLike): Tensor {
  return bind(isFinitePrimitive, [x], undefined);
}

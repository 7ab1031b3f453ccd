/** Elementwise arithmetic. The shapes of two operands broadcast. */
import { type Composite, bindComposite } from '../core/composite.ts';
import { typeError } from '../base/errors.ts';
import { bind } from '../core/bind.ts';
import { toTensors } from '../core/check.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { equal, greater, less } from './compare.ts';
import { where } from './select.ts';
import * as slopes from '../kernels/elementary/slopes.ts';

const addPrimitive: ElementwisePrimitive = {
  name: 'add',
  scalar: (s, a, b) => s.add(a, b),
  vjp: (ct) => [() => ct, () => ct],
};

/**
 * Returns a + b, elementwise. Mirrors numpy.add.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not.
 *
 * @example
 * const rows = tensor([[1, 2], [3, 4]]);
 * console.log(add(rows, tensor([10, 20])).toArray()); // → [ [ 11, 22 ], [ 13, 24 ] ]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return bind(addPrimitive, [a, b], undefined);
}

const subPrimitive: ElementwisePrimitive = {
  name: 'sub',
  scalar: (s, a, b) => s.sub(a, b),
  vjp: (ct) => [() => ct, () => neg(ct)],
};

/**
 * Returns a - b, elementwise. Mirrors numpy.subtract.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not.
 *
 * @example
 * console.log(sub(tensor([5, 7]), 2)); // → Tensor [2] [3, 5]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return bind(subPrimitive, [a, b], undefined);
}

const mulPrimitive: ElementwisePrimitive = {
  name: 'mul',
  scalar: (s, a, b) => s.mul(a, b),
  vjp: (ct, [a, b]) => [() => mul(ct, b), () => mul(ct, a)],
};

/**
 * Returns a · b, elementwise. Mirrors numpy.multiply.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not.
 *
 * @example
 * console.log(mul(tensor([[1], [2]]), tensor([3, 4])).toArray()); // → [ [ 3, 4 ], [ 6, 8 ] ]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return bind(mulPrimitive, [a, b], undefined);
}

const divPrimitive: ElementwisePrimitive = {
  name: 'div',
  scalar: (s, a, b) => s.div(a, b),
  vjp: (ct, [a, b]) => [() => div(ct, b), () => divSlope(ct, a, b)],
};

const divSlopePrimitive: ElementwisePrimitive = {
  name: 'divSlope',
  scalar: (s, ct, a, b) => s.elementary(slopes.divSlope, ct, a, b),
  vjp: (outer, [ct, a, b], out) => [
    () => divSlope(outer, a, b),
    () => divSlope(ct, outer, b),
    () => mul(outer, div(mul(-2, out), b)),
  ],
};

/**
 * Returns -ct·a / b², the derivative of div with respect to b, rounded once.
 *
 * Computing it from a / b would lose digits: a / b alone can be too small for a normal float32
 * number.
 */
const divSlope = (ct: Tensor, a: Tensor, b: Tensor): Tensor => bind(divSlopePrimitive, [ct, a, b], undefined);

/**
 * Returns a / b, elementwise; x/0 is ±Infinity and 0/0 is NaN. Mirrors numpy.divide.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not.
 *
 * @example
 * console.log(div(tensor([1, 3]), 2)); // → Tensor [2] [0.5, 1.5]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return bind(divPrimitive, [a, b], undefined);
}

const negPrimitive: ElementwisePrimitive = {
  name: 'neg',
  scalar: (s, a) => s.neg(a),
  vjp: (ct) => [() => neg(ct)],
};

/**
 * Returns -a, elementwise. Mirrors numpy.negative.
 *
 * @example
 * console.log(neg(tensor([1, -2]))); // → Tensor [2] [-1, 2]
 */
export function neg(a: TensorLike): Tensor {
  return bind(negPrimitive, [a], undefined);
}

const reciprocalPrimitive: ElementwisePrimitive = {
  name: 'reciprocal',
  scalar: (s, x) => s.div(s.constant(1), x),
  vjp: (ct, _inputs, out) => [() => neg(mul(ct, mul(out, out)))],
};

/**
 * Returns 1/x, elementwise; ±Infinity at ±0. d/dx = -1/x². Mirrors numpy.reciprocal.
 *
 * @example
 * console.log(reciprocal(tensor([2, -4]))); // → Tensor [2] [0.5, -0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return bind(reciprocalPrimitive, [x], undefined);
}

/**
 * Returns the fraction of the cotangent for one operand: 1 where it won, ½ where both are equal.
 */
const share = (won: Tensor, tied: Tensor): Tensor => where(tied, 0.5, won);

const maximumPrimitive: ElementwisePrimitive = {
  name: 'maximum',
  scalar: (s, a, b) => s.max(a, b),
  vjp: (ct, [a, b]) => [
    () => mul(ct, share(greater(a, b), equal(a, b))),
    () => mul(ct, share(greater(b, a), equal(a, b))),
  ],
};

/**
 * Returns the larger of a and b, elementwise; NaN if either is NaN. Mirrors numpy.maximum.
 *
 * At a tie the derivative is ½ for each operand, as in JAX. The shapes broadcast; throws a
 * RangeError for shapes that do not.
 *
 * @example
 * console.log(maximum(tensor([1, 5]), tensor([3, 2]))); // → Tensor [2] [3, 5]
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return bind(maximumPrimitive, [a, b], undefined);
}

const minimumPrimitive: ElementwisePrimitive = {
  name: 'minimum',
  scalar: (s, a, b) => s.min(a, b),
  vjp: (ct, [a, b]) => [
    () => mul(ct, share(less(a, b), equal(a, b))),
    () => mul(ct, share(less(b, a), equal(a, b))),
  ],
};

/**
 * Returns the smaller of a and b, elementwise; NaN if either is NaN. Mirrors numpy.minimum.
 *
 * At a tie the derivative is ½ for each operand, as in JAX. The shapes broadcast; throws a
 * RangeError for shapes that do not.
 *
 * @example
 * console.log(minimum(tensor([1, 5]), tensor([3, 2]))); // → Tensor [2] [1, 2]
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return bind(minimumPrimitive, [a, b], undefined);
}

/** Throws if a limit of `clip` is missing, as it can be in NumPy. */
const checkLimit = (which: string, limit: unknown, instead: string): void => {
  if (limit === undefined || limit === null)
    throw typeError('clip', `no ${which} limit: expected a Tensor or a number, got none; write ${instead}`);
};

const clipOp: Composite<undefined> = {
  name: 'clip',
  compute: ([x, low, high]) => minimum(maximum(x, low), high),
};

/**
 * Returns x limited to [low, high]: minimum(maximum(x, low), high). Mirrors numpy.clip.
 *
 * The derivative at a bound is ½, as in JAX. The shapes broadcast; throws a RangeError for shapes
 * that do not.
 *
 * @example console.log(clip(tensor([-2, 0.5, 3]), -1, 1).toArray()); // → [ -1, 0.5, 1 ]
 */
export function clip(x: TensorLike, low: TensorLike, high: TensorLike): Tensor {
  checkLimit('lower', low, 'minimum(x, high)');
  checkLimit('upper', high, 'maximum(x, low)');
  const [value, lower, upper] = toTensors('clip', x, low, high);
  return bindComposite(clipOp, [value, lower, upper], undefined);
}

/** Remainders and integer quotients, elementwise. The shapes of two operands broadcast. */
import * as elementary from '../kernels/elementary/index.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { div, mul, neg, sub } from './arithmetic.ts';

const modPrimitive: ElementwisePrimitive = {
  name: 'mod',
  scalar: (s, a, b) => s.elementary(elementary.mod, a, b),
  vjp: (ct, [a, b]) => [() => ct, () => neg(mul(ct, floorDivide(a, b)))],
};

/**
 * Returns a - b·floor(a/b), the remainder with the sign of b, computed exactly and rounded once.
 * NaN for b = 0.
 *
 * This is the operator % of Python; that of JavaScript is `fmod`. The shapes broadcast; throws a
 * RangeError for shapes that do not. d/da = 1 and d/db = -floor(a/b). Mirrors numpy.mod.
 *
 * @example console.log(mod(tensor([5, -5]), 3).toArray()); // → [ 2, 1 ]
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  return bind(modPrimitive, [a, b], undefined);
}

const fmodPrimitive: ElementwisePrimitive = {
  name: 'fmod',
  scalar: (s, a, b) => s.elementary(elementary.fmod, a, b),
  vjp: (ct, [a, b], out) => [() => ct, () => mul(ct, div(sub(out, a), b))],
};

/**
 * Returns a - b·trunc(a/b), the remainder with the sign of a, computed exactly. NaN for b = 0.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/da = 1 and d/db =
 * -trunc(a/b). Mirrors numpy.fmod, and the operator % of JavaScript.
 *
 * @example console.log(fmod(tensor([5, -5]), 3).toArray()); // → [ 2, -2 ]
 */
export function fmod(a: TensorLike, b: TensorLike): Tensor {
  return bind(fmodPrimitive, [a, b], undefined);
}

const floorDividePrimitive: ElementwisePrimitive = {
  name: 'floorDivide',
  scalar: (s, a, b) => s.elementary(elementary.floorDivide, a, b),
};

/**
 * Returns floor(a/b), also where the quotient itself would round up to an integer; a/b for b = 0.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. The derivative is 0. Mirrors
 * numpy.floor_divide, and the operator // of Python.
 *
 * @example console.log(floorDivide(tensor([5, -5]), 3).toArray()); // → [ 1, -2 ]
 */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  return bind(floorDividePrimitive, [a, b], undefined);
}

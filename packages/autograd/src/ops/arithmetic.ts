/** Arithmetic on two operands, which broadcast, and negation. Mirrors NumPy's functions of the same names. */
import { asOp } from '../base/errors.ts';
import { bind } from '../core/bind.ts';
import { toTensors } from '../core/check.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { equal, greater, less } from './compare.ts';
import { where } from './select.ts';
import * as slopes from '../kernels/slopes.ts';

const addPrimitive: ElementwisePrimitive = {
  name: 'add',
  scalar: (s, a, b) => s.add(a, b),
  vjp: (ct) => [() => ct, () => ct],
};

/** a + b, elementwise. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return bind(addPrimitive, [a, b], undefined);
}

const subPrimitive: ElementwisePrimitive = {
  name: 'sub',
  scalar: (s, a, b) => s.sub(a, b),
  vjp: (ct) => [() => ct, () => neg(ct)],
};

/** a - b, elementwise. */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return bind(subPrimitive, [a, b], undefined);
}

const mulPrimitive: ElementwisePrimitive = {
  name: 'mul',
  scalar: (s, a, b) => s.mul(a, b),
  vjp: (ct, [a, b]) => [() => mul(ct, b), () => mul(ct, a)],
};

/** a · b, elementwise. */
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

/** -ct·a / b², rounded once: a / b alone may be too small for float32 to keep its digits. */
const divSlope = (ct: Tensor, a: Tensor, b: Tensor): Tensor => bind(divSlopePrimitive, [ct, a, b], undefined);

/** a / b, elementwise; x/0 is ±Infinity and 0/0 NaN. */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return bind(divPrimitive, [a, b], undefined);
}

const negPrimitive: ElementwisePrimitive = {
  name: 'neg',
  scalar: (s, a) => s.neg(a),
  vjp: (ct) => [() => neg(ct)],
};

/** -a, elementwise. */
export function neg(a: TensorLike): Tensor {
  return bind(negPrimitive, [a], undefined);
}

/** The part of the cotangent that goes to one operand: 1 where it won, ½ where both are equal. */
const share = (won: Tensor, tied: Tensor): Tensor => where(tied, 0.5, won);

const maximumPrimitive: ElementwisePrimitive = {
  name: 'maximum',
  scalar: (s, a, b) => s.max(a, b),
  vjp: (ct, [a, b]) => [
    () => mul(ct, share(greater(a, b), equal(a, b))),
    () => mul(ct, share(greater(b, a), equal(a, b))),
  ],
};

/** The larger of a and b, elementwise; NaN if either is NaN. The derivative at a tie is ½ for each, as in JAX. */
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

/** The smaller of a and b, elementwise; NaN if either is NaN. The derivative at a tie is ½ for each, as in JAX. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return bind(minimumPrimitive, [a, b], undefined);
}

/** x limited to [low, high]: minimum(maximum(x, low), high). The derivative at a bound is ½, as in JAX. */
export function clip(x: TensorLike, low: TensorLike, high: TensorLike): Tensor {
  const [value, lower, upper] = toTensors('clip', x, low, high);
  return asOp('clip', () => minimum(maximum(value, lower), upper));
}

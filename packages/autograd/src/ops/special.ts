/** Error functions and the logit, elementwise. */
import * as elementary from '../kernels/elementary/index.ts';
import * as slopes from '../kernels/elementary/slopes.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul, neg, sub } from './arithmetic.ts';
import { square } from './powers.ts';

const erfPrimitive: ElementwisePrimitive = {
  name: 'erf',
  scalar: (s, x) => s.elementary(elementary.erf, x),
  vjp: (ct, [x]) => [() => mul(ct, erfSlope(x))],
};

/**
 * The derivative of erf, 2/√π · exp(-x²). Computed from a rounded x², it would have a relative
 * error that grows with x².
 */
const erfSlopePrimitive: ElementwisePrimitive = {
  name: 'erfSlope',
  scalar: (s, x) => s.elementary(slopes.erfSlope, x),
  // -2·x·out. In this order no product overflows.
  vjp: (ct, [x], out) => [() => mul(ct, mul(mul(x, out), -2))],
};

const erfSlope = (x: Tensor): Tensor => bind(erfSlopePrimitive, [x], undefined);

/**
 * Returns the error function 2/√π ∫₀ˣ exp(-t²) dt. d/dx = 2/√π · exp(-x²). Mirrors
 * jax.scipy.special.erf.
 *
 * @example
 * console.log(erf(tensor([0, 1]))); // → Tensor [2] [0, 0.8427]
 */
export function erf(x: TensorLike): Tensor {
  return bind(erfPrimitive, [x], undefined);
}

const erfcPrimitive: ElementwisePrimitive = {
  name: 'erfc',
  scalar: (s, x) => s.elementary(elementary.erfc, x),
  vjp: (ct, [x]) => [() => neg(mul(ct, erfSlope(x)))],
};

/**
 * Returns 1 - erf(x), accurate also where erf(x) rounds to 1. d/dx = -2/√π · exp(-x²). Mirrors
 * jax.scipy.special.erfc.
 *
 * @example
 * console.log(erfc(tensor([0, 3]))); // → Tensor [2] [1, 2.209e-5]
 */
export function erfc(x: TensorLike): Tensor {
  return bind(erfcPrimitive, [x], undefined);
}

const erfInvPrimitive: ElementwisePrimitive = {
  name: 'erfInv',
  scalar: (s, x) => s.elementary(elementary.erfInv, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(erfInvSlopePrimitive, [x], undefined))],
};

/**
 * Returns the inverse of erf: ±Infinity at ±1, NaN for |x| > 1. d/dx = √π/2 · exp(erf⁻¹(x)²).
 * Mirrors jax.scipy.special.erfinv.
 *
 * @example
 * console.log(erfInv(tensor([0, 0.5]))); // → Tensor [2] [0, 0.4769]
 */
export function erfInv(x: TensorLike): Tensor {
  return bind(erfInvPrimitive, [x], undefined);
}

/** The derivative of erfInv. Computed from a rounded erfInv, it would lose digits near ±1. */
const erfInvSlopePrimitive: ElementwisePrimitive = {
  name: 'erfInvSlope',
  scalar: (s, x) => s.elementary(slopes.erfInvSlope, x),
  vjp: (ct, [x], out) => [() => mul(ct, mul(mul(2, erfInv(x)), square(out)))],
};

/**
 * ct / (x·(1 - x)), with the slope ct·(2x - 1) / (x·(1 - x))². It is one op, since the derivatives
 * of separate ops would subtract nearly equal numbers.
 */
const logitSlopePrimitive: ElementwisePrimitive = {
  name: 'logitSlope',
  scalar: (s, ct, x) => s.div(s.div(ct, x), s.sub(s.constant(1), x)),
  vjp: (ct, [, x], out) => [
    () => logitSlope(ct, x),
    () => logitSlope(mul(ct, mul(sub(mul(2, x), 1), out)), x),
  ],
};
const logitSlope = (ct: Tensor, x: Tensor): Tensor => bind(logitSlopePrimitive, [ct, x], undefined);

const logitPrimitive: ElementwisePrimitive = {
  name: 'logit',
  scalar: (s, x) => s.elementary(elementary.logit, x),
  vjp: (ct, [x]) => [() => logitSlope(ct, x)],
};

/**
 * Returns log(x / (1 - x)), the inverse of sigmoid: -Infinity at 0, Infinity at 1, NaN outside of
 * [0, 1]. d/dx = 1 / (x·(1 - x)). Mirrors jax.scipy.special.logit.
 *
 * @example
 * console.log(logit(tensor([0.5, 0.9]))); // → Tensor [2] [0, 2.1972]
 */
export function logit(x: TensorLike): Tensor {
  return bind(logitPrimitive, [x], undefined);
}

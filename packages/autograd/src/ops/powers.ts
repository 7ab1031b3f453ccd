/** Powers and roots, elementwise. */
import * as elementary from '../kernels/elementary/index.ts';
import * as slopes from '../kernels/elementary/slopes.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';

const squarePrimitive: ElementwisePrimitive = {
  name: 'square',
  scalar: (s, x) => s.mul(x, x),
  vjp: (ct, [x]) => [() => mul(ct, mul(2, x))],
};

/**
 * Returns x². d/dx = 2x. Mirrors numpy.square.
 *
 * @example
 * console.log(square(tensor([-2, 3]))); // → Tensor [2] [4, 9]
 */
export function square(x: TensorLike): Tensor {
  return bind(squarePrimitive, [x], undefined);
}

const sqrtPrimitive: ElementwisePrimitive = {
  name: 'sqrt',
  scalar: (s, x) => s.sqrt(x),
  vjp: (ct, _inputs, out) => [() => div(mul(ct, 0.5), out)],
};

/**
 * Returns √x, NaN for x < 0. d/dx = 1 / (2√x), Infinity at 0. Mirrors numpy.sqrt.
 *
 * @example
 * console.log(sqrt(tensor([4, 2]))); // → Tensor [2] [2, 1.4142]
 */
export function sqrt(x: TensorLike): Tensor {
  return bind(sqrtPrimitive, [x], undefined);
}

const rsqrtPrimitive: ElementwisePrimitive = {
  name: 'rsqrt',
  scalar: (s, x) => s.elementary(elementary.rsqrt, x),
  vjp: (ct, [x], out) => [() => div(mul(mul(ct, -0.5), out), x)],
};

/**
 * Returns 1/√x: Infinity at 0, NaN for x < 0. d/dx = -½·x^(-3/2). Mirrors jax.lax.rsqrt.
 *
 * @example
 * console.log(rsqrt(tensor([4, 0.25]))); // → Tensor [2] [0.5, 2]
 */
export function rsqrt(x: TensorLike): Tensor {
  return bind(rsqrtPrimitive, [x], undefined);
}

const cbrtPrimitive: ElementwisePrimitive = {
  name: 'cbrt',
  scalar: (s, x) => s.elementary(elementary.cbrt, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(cbrtSlopePrimitive, [x], undefined))],
};

/** The derivative of cbrt, 1 / (3·∛x²), rounded once. */
const cbrtSlopePrimitive: ElementwisePrimitive = {
  name: 'cbrtSlope',
  scalar: (s, x) => s.elementary(slopes.cbrtSlope, x),
  vjp: (ct, [x], out) => [() => mul(ct, div(mul(-2 / 3, out), x))],
};

/**
 * Returns ∛x, also for x < 0. d/dx = 1 / (3·∛x²), Infinity at 0. Mirrors numpy.cbrt.
 *
 * @example
 * console.log(cbrt(tensor([8, -27]))); // → Tensor [2] [2, -3]
 */
export function cbrt(x: TensorLike): Tensor {
  return bind(cbrtPrimitive, [x], undefined);
}

const hypotPrimitive: ElementwisePrimitive = {
  name: 'hypot',
  scalar: (s, a, b) => s.elementary(elementary.hypot, a, b),
  vjp: (ct, [a, b]) => [() => mul(ct, overNorm(a, b)), () => mul(ct, overNorm(b, a))],
};

const overNormPrimitive: ElementwisePrimitive = {
  name: 'overNorm',
  scalar: (s, a, b) => s.elementary(slopes.overNorm, a, b),
  // With r = a/h, q = b/h and h = √(a² + b²): ∂r/∂a = q²/h and ∂r/∂b = -r·q/h.
  vjp: (ct, [a, b], out) => [
    () => mul(ct, div(square(overNorm(b, a)), hypot(a, b))),
    () => mul(ct, div(mul(neg(out), overNorm(b, a)), hypot(a, b))),
  ],
};

/** Returns a / √(a² + b²), without overflow and rounded once. */
const overNorm = (a: Tensor, b: Tensor): Tensor => bind(overNormPrimitive, [a, b], undefined);

/**
 * Returns √(a² + b²), without overflow. Mirrors numpy.hypot.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/da = a / √(a² + b²), 0 at the
 * origin.
 *
 * @example console.log(hypot(3e30, 4e30).item() === Math.fround(5e30)); // → true
 */
export function hypot(a: TensorLike, b: TensorLike): Tensor {
  return bind(hypotPrimitive, [a, b], undefined);
}

const powPrimitive: ElementwisePrimitive = {
  name: 'pow',
  scalar: (s, a, b) => s.elementary(elementary.pow, a, b),
  vjp: (ct, [a, b]) => [() => mul(ct, scaledPower(a, b, 1, b)), () => mul(ct, powExponentSlope(a, b))],
};

const scaledPowerPrimitive: ElementwisePrimitive = {
  name: 'scaledPower',
  scalar: (s, a, b, shift, c) => s.elementary(slopes.scaledPower, a, b, shift, c),
  vjp: (ct, [a, b, shift, c]) => [
    () => mul(ct, scaledPower(a, b, add(shift, 1), mul(c, sub(b, shift)))),
    () => mul(ct, mul(c, powExponentSlope(a, sub(b, shift)))),
    undefined,
    () => mul(ct, pow(a, sub(b, shift))),
  ],
};

/** Returns c·a^(b - shift), rounded once; 0 for c = 0. With shift 1 and c = b it is ∂(aᵇ)/∂a. */
const scaledPower = (a: TensorLike, b: TensorLike, shift: TensorLike, c: TensorLike): Tensor =>
  bind(scaledPowerPrimitive, [a, b, shift, c], undefined);

const powExponentSlopePrimitive: ElementwisePrimitive = {
  name: 'powExponentSlope',
  scalar: (s, a, b) => s.elementary(slopes.powExponentSlope, a, b),
  vjp: (ct, [a, b], out) => [
    // ∂/∂a: aᵇ⁻¹ + b·aᵇ⁻¹·ln a.
    () => mul(ct, add(pow(a, sub(b, 1)), mul(b, powExponentSlope(a, sub(b, 1))))),
    // ∂/∂b: aᵇ·ln² a. The slope at exponent 0 is a⁰·ln a = ln a, except at a = 0, where it is 0.
    () => mul(ct, mul(out, powExponentSlope(a, 0))),
  ],
};

/** Returns ∂(aᵇ)/∂b = aᵇ·ln a, rounded once. */
const powExponentSlope = (a: Tensor, b: TensorLike): Tensor =>
  bind(powExponentSlopePrimitive, [a, b], undefined);

/**
 * Returns aᵇ, elementwise. Mirrors numpy.power.
 *
 * As in C, x⁰ = 1 and 1ˣ = 1 for every x, and a negative a with a b that is not an integer returns
 * NaN. The shapes broadcast; throws a RangeError for shapes that do not.
 *
 * d/da = b·aᵇ⁻¹, which is 0 for b = 0. This holds also at a = 0, where a⁰ = 1 does not depend on a;
 * JAX returns NaN there. d/db = aᵇ·ln a, which is 0 at a = 0 for b ≥ 0.
 *
 * @example console.log(pow(tensor([1, 2, 3]), 2).toArray()); // → [ 1, 4, 9 ]
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return bind(powPrimitive, [a, b], undefined);
}

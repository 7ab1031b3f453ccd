/**
 * Powers, exponentials, trigonometry, rounding and related functions, elementwise.
 *
 * All are accurate to about half a unit in the last place over their whole domain.
 */
import * as elementary from '../kernels/elementary.ts';
import * as slopes from '../kernels/slopes.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { greater, greaterEqual } from './compare.ts';
import { where } from './select.ts';

const absPrimitive: ElementwisePrimitive = {
  name: 'abs',
  scalar: (s, x) => s.abs(x),
  vjp: (ct, [x]) => [() => where(greaterEqual(x, 0), ct, neg(ct))],
};

/** Returns |x|. The derivative at 0 is 1, as in JAX. Mirrors numpy.abs. */
export function abs(x: TensorLike): Tensor {
  return bind(absPrimitive, [x], undefined);
}

const signPrimitive: ElementwisePrimitive = {
  name: 'sign',
  scalar: (s, x) =>
    s.select(s.less(s.constant(0), x), s.constant(1), s.select(s.less(x, s.constant(0)), s.constant(-1), x)),
};

/**
 * Returns -1, 0 or 1 for x < 0, x = 0 and x > 0; NaN for NaN. The derivative is 0. Mirrors
 * numpy.sign.
 */
export function sign(x: TensorLike): Tensor {
  return bind(signPrimitive, [x], undefined);
}

const squarePrimitive: ElementwisePrimitive = {
  name: 'square',
  scalar: (s, x) => s.mul(x, x),
  vjp: (ct, [x]) => [() => mul(ct, mul(2, x))],
};

/** Returns x². d/dx = 2x. Mirrors numpy.square. */
export function square(x: TensorLike): Tensor {
  return bind(squarePrimitive, [x], undefined);
}

const sqrtPrimitive: ElementwisePrimitive = {
  name: 'sqrt',
  scalar: (s, x) => s.sqrt(x),
  vjp: (ct, _inputs, out) => [() => div(mul(ct, 0.5), out)],
};

/** Returns √x, NaN for x < 0. d/dx = 1 / (2√x), Infinity at 0. Mirrors numpy.sqrt. */
export function sqrt(x: TensorLike): Tensor {
  return bind(sqrtPrimitive, [x], undefined);
}

const rsqrtPrimitive: ElementwisePrimitive = {
  name: 'rsqrt',
  scalar: (s, x) => s.elementary(elementary.rsqrt, x),
  vjp: (ct, [x], out) => [() => div(mul(mul(ct, -0.5), out), x)],
};

/** Returns 1/√x: Infinity at 0, NaN for x < 0. d/dx = -½·x^(-3/2). Mirrors jax.lax.rsqrt. */
export function rsqrt(x: TensorLike): Tensor {
  return bind(rsqrtPrimitive, [x], undefined);
}

const expPrimitive: ElementwisePrimitive = {
  name: 'exp',
  scalar: (s, x) => s.elementary(elementary.exp, x),
  vjp: (ct, _inputs, out) => [() => mul(ct, out)],
};

/** Returns eˣ. d/dx = eˣ. Mirrors numpy.exp. */
export function exp(x: TensorLike): Tensor {
  return bind(expPrimitive, [x], undefined);
}

const expm1Primitive: ElementwisePrimitive = {
  name: 'expm1',
  scalar: (s, x) => s.elementary(elementary.expm1, x),
  vjp: (ct, [x]) => [() => mul(ct, exp(x))],
};

/** Returns eˣ - 1, accurate also for small x. d/dx = eˣ. Mirrors numpy.expm1. */
export function expm1(x: TensorLike): Tensor {
  return bind(expm1Primitive, [x], undefined);
}

const logPrimitive: ElementwisePrimitive = {
  name: 'log',
  scalar: (s, x) => s.elementary(elementary.log, x),
  vjp: (ct, [x]) => [() => div(ct, x)],
};

/**
 * Returns the natural logarithm of x: -Infinity at 0, NaN for x < 0. d/dx = 1/x. Mirrors numpy.log.
 */
export function log(x: TensorLike): Tensor {
  return bind(logPrimitive, [x], undefined);
}

const log1pPrimitive: ElementwisePrimitive = {
  name: 'log1p',
  scalar: (s, x) => s.elementary(elementary.log1p, x),
  vjp: (ct, [x]) => [() => div(ct, add(x, 1))],
};

/** Returns log(1 + x), accurate also for small x. d/dx = 1 / (1 + x). Mirrors numpy.log1p. */
export function log1p(x: TensorLike): Tensor {
  return bind(log1pPrimitive, [x], undefined);
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

const sinPrimitive: ElementwisePrimitive = {
  name: 'sin',
  scalar: (s, x) => s.elementary(elementary.sin, x),
  vjp: (ct, [x]) => [() => mul(ct, cos(x))],
};

/** Returns the sine of x in radians, accurate also for large x. d/dx = cos x. Mirrors numpy.sin. */
export function sin(x: TensorLike): Tensor {
  return bind(sinPrimitive, [x], undefined);
}

const cosPrimitive: ElementwisePrimitive = {
  name: 'cos',
  scalar: (s, x) => s.elementary(elementary.cos, x),
  vjp: (ct, [x]) => [() => neg(mul(ct, sin(x)))],
};

/**
 * Returns the cosine of x in radians, accurate also for large x. d/dx = -sin x. Mirrors numpy.cos.
 */
export function cos(x: TensorLike): Tensor {
  return bind(cosPrimitive, [x], undefined);
}

const tanPrimitive: ElementwisePrimitive = {
  name: 'tan',
  scalar: (s, x) => s.elementary(elementary.tan, x),
  vjp: (ct, _inputs, out) => [() => mul(ct, add(square(out), 1))],
};

/** Returns the tangent of x in radians. d/dx = 1 + tan² x. Mirrors numpy.tan. */
export function tan(x: TensorLike): Tensor {
  return bind(tanPrimitive, [x], undefined);
}

const tanhPrimitive: ElementwisePrimitive = {
  name: 'tanh',
  scalar: (s, x) => s.elementary(elementary.tanh, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(tanhSlopePrimitive, [x], undefined))],
};

/**
 * The derivative of tanh, 1 / cosh² x. Computed as 1 - tanh² x, it would lose all digits where tanh
 * rounds to ±1.
 */
const tanhSlopePrimitive: ElementwisePrimitive = {
  name: 'tanhSlope',
  scalar: (s, x) => s.elementary(slopes.tanhSlope, x),
  vjp: (ct, [x], out) => [() => mul(ct, mul(mul(-2, tanh(x)), out))],
};

/** Returns the hyperbolic tangent of x. d/dx = 1 - tanh² x = 1 / cosh² x. Mirrors numpy.tanh. */
export function tanh(x: TensorLike): Tensor {
  return bind(tanhPrimitive, [x], undefined);
}

const erfPrimitive: ElementwisePrimitive = {
  name: 'erf',
  scalar: (s, x) => s.elementary(elementary.erf, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(erfSlopePrimitive, [x], undefined))],
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

/**
 * Returns the error function 2/√π ∫₀ˣ exp(-t²) dt. d/dx = 2/√π · exp(-x²). Mirrors
 * jax.scipy.special.erf.
 */
export function erf(x: TensorLike): Tensor {
  return bind(erfPrimitive, [x], undefined);
}

const floorPrimitive: ElementwisePrimitive = { name: 'floor', scalar: (s, x) => s.floor(x) };

/** Returns the largest integer ≤ x. The derivative is 0. Mirrors numpy.floor. */
export function floor(x: TensorLike): Tensor {
  return bind(floorPrimitive, [x], undefined);
}

const ceilPrimitive: ElementwisePrimitive = { name: 'ceil', scalar: (s, x) => s.ceil(x) };

/** Returns the smallest integer ≥ x. The derivative is 0. Mirrors numpy.ceil. */
export function ceil(x: TensorLike): Tensor {
  return bind(ceilPrimitive, [x], undefined);
}

const roundPrimitive: ElementwisePrimitive = { name: 'round', scalar: (s, x) => s.round(x) };

/**
 * Returns the nearest integer; halves are rounded to the even one, as in NumPy and unlike
 * Math.round.
 *
 * The derivative is 0. Mirrors numpy.round.
 *
 * @example console.log(round(tensor([0.5, 1.5, 2.5])).toArray()); // → [ 0, 2, 2 ]
 */
export function round(x: TensorLike): Tensor {
  return bind(roundPrimitive, [x], undefined);
}

const sigmoidPrimitive: ElementwisePrimitive = {
  name: 'sigmoid',
  scalar: (s, x) => s.elementary(elementary.sigmoid, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(sigmoidSlopePrimitive, [x], undefined))],
};

/**
 * The derivative of σ, σ(x)·σ(-x). Computed as σ(x)·(1 - σ(x)), it would lose all digits where σ(x)
 * rounds to 1.
 */
const sigmoidSlopePrimitive: ElementwisePrimitive = {
  name: 'sigmoidSlope',
  scalar: (s, x) => s.elementary(slopes.sigmoidSlope, x),
  // The derivative of σ(x)·σ(-x) is σ(x)·σ(-x)·(1 - 2σ(x)), where 1 - 2σ(x) = -tanh(x/2).
  vjp: (ct, [x], out) => [() => mul(ct, mul(out, neg(tanh(mul(x, 0.5)))))],
};

/**
 * Returns σ(x) = 1 / (1 + e⁻ˣ), without overflow. d/dx = σ(x)·(1 - σ(x)) = σ(x)·σ(-x). Mirrors
 * jax.nn.sigmoid.
 */
export function sigmoid(x: TensorLike): Tensor {
  return bind(sigmoidPrimitive, [x], undefined);
}

const reluPrimitive: ElementwisePrimitive = {
  name: 'relu',
  scalar: (s, x) => s.max(x, s.constant(0)),
  vjp: (ct, [x]) => [() => where(greater(x, 0), ct, 0)],
};

/** Returns max(x, 0). The derivative at 0 is 0, as in JAX. Mirrors jax.nn.relu. */
export function relu(x: TensorLike): Tensor {
  return bind(reluPrimitive, [x], undefined);
}

const softplusPrimitive: ElementwisePrimitive = {
  name: 'softplus',
  scalar: (s, x) => s.elementary(elementary.softplus, x),
  vjp: (ct, [x]) => [() => mul(ct, sigmoid(x))],
};

/** Returns log(1 + eˣ), without overflow. d/dx = σ(x). Mirrors jax.nn.softplus. */
export function softplus(x: TensorLike): Tensor {
  return bind(softplusPrimitive, [x], undefined);
}

/**
 * Trigonometric and hyperbolic functions and their inverses, elementwise. Angles are in radians.
 */
import * as elementary from '../kernels/elementary/index.ts';
import * as slopes from '../kernels/elementary/slopes.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { hypot, rsqrt, square } from './powers.ts';

const sinPrimitive: ElementwisePrimitive = {
  name: 'sin',
  scalar: (s, x) => s.elementary(elementary.sin, x),
  vjp: (ct, [x]) => [() => mul(ct, cos(x))],
};

/**
 * Returns the sine of x in radians, accurate also for large x. d/dx = cos x. Mirrors numpy.sin.
 *
 * @example
 * console.log(sin(tensor([0, Math.PI / 2]))); // → Tensor [2] [0, 1]
 */
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
 *
 * @example
 * console.log(cos(tensor([0, Math.PI]))); // → Tensor [2] [1, -1]
 */
export function cos(x: TensorLike): Tensor {
  return bind(cosPrimitive, [x], undefined);
}

const tanPrimitive: ElementwisePrimitive = {
  name: 'tan',
  scalar: (s, x) => s.elementary(elementary.tan, x),
  vjp: (ct, _inputs, out) => [() => mul(ct, add(square(out), 1))],
};

/**
 * Returns the tangent of x in radians. d/dx = 1 + tan² x. Mirrors numpy.tan.
 *
 * @example
 * console.log(tan(tensor([0, Math.PI / 4]))); // → Tensor [2] [0, 1]
 */
export function tan(x: TensorLike): Tensor {
  return bind(tanPrimitive, [x], undefined);
}

/** 1 / √(1 - x²). Derived from its formula, its own slope would cancel near 0. */
const arcsinSlopePrimitive: ElementwisePrimitive = {
  name: 'arcsinSlope',
  scalar: (s, x) => {
    const one = s.constant(1);
    return s.elementary(elementary.rsqrt, s.mul(s.sub(one, x), s.add(one, x)));
  },
  vjp: (ct, [x], out) => [() => mul(ct, mul(x, mul(out, square(out))))],
};
const arcsinSlope = (x: Tensor): Tensor => bind(arcsinSlopePrimitive, [x], undefined);

const arcsinPrimitive: ElementwisePrimitive = {
  name: 'arcsin',
  scalar: (s, x) => s.elementary(elementary.arcsin, x),
  vjp: (ct, [x]) => [() => mul(ct, arcsinSlope(x))],
};

/**
 * Returns the angle from -π/2 to π/2 whose sine is x, NaN for |x| > 1. d/dx = 1 / √(1 - x²).
 * Mirrors numpy.arcsin.
 *
 * @example
 * console.log(arcsin(tensor([0, 1]))); // → Tensor [2] [0, 1.5708]
 */
export function arcsin(x: TensorLike): Tensor {
  return bind(arcsinPrimitive, [x], undefined);
}

const arccosPrimitive: ElementwisePrimitive = {
  name: 'arccos',
  scalar: (s, x) => s.elementary(elementary.arccos, x),
  vjp: (ct, [x]) => [() => neg(mul(ct, arcsinSlope(x)))],
};

/**
 * Returns the angle from 0 to π whose cosine is x, NaN for |x| > 1. d/dx = -1 / √(1 - x²). Mirrors
 * numpy.arccos.
 *
 * @example
 * console.log(arccos(tensor([1, 0]))); // → Tensor [2] [0, 1.5708]
 */
export function arccos(x: TensorLike): Tensor {
  return bind(arccosPrimitive, [x], undefined);
}

const arctanPrimitive: ElementwisePrimitive = {
  name: 'arctan',
  scalar: (s, x) => s.elementary(elementary.arctan, x),
  vjp: (ct, [x]) => [() => mul(ct, overSquaredNorm(1, x))],
};

/**
 * Returns the angle from -π/2 to π/2 whose tangent is x. d/dx = 1 / (1 + x²). Mirrors numpy.arctan.
 *
 * @example
 * console.log(arctan(tensor([0, 1]))); // → Tensor [2] [0, 0.7854]
 */
export function arctan(x: TensorLike): Tensor {
  return bind(arctanPrimitive, [x], undefined);
}

const arctan2Primitive: ElementwisePrimitive = {
  name: 'arctan2',
  scalar: (s, y, x) => s.elementary(elementary.arctan2, y, x),
  vjp: (ct, [y, x]) => [() => mul(ct, overSquaredNorm(x, y)), () => neg(mul(ct, overSquaredNorm(y, x)))],
};

/**
 * Returns the angle of the point (x, y), from -π to π. Mirrors numpy.arctan2.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/dy = x / (x² + y²) and
 * d/dx = -y / (x² + y²), NaN at the origin.
 *
 * @example console.log(arctan2(1, -1).item().toFixed(4)); // → 2.3562
 */
export function arctan2(y: TensorLike, x: TensorLike): Tensor {
  return bind(arctan2Primitive, [y, x], undefined);
}

const overSquaredNormPrimitive: ElementwisePrimitive = {
  name: 'overSquaredNorm',
  scalar: (s, a, b) => s.elementary(slopes.overSquaredNorm, a, b),
  // With r = a / (a² + b²) and q = b / (a² + b²): ∂r/∂a = q² - r² and ∂r/∂b = -2·r·q.
  vjp: (ct, [a, b], out) => [
    () => mul(ct, sub(square(overSquaredNorm(b, a)), square(out))),
    () => mul(ct, mul(mul(-2, out), overSquaredNorm(b, a))),
  ],
};

/** Returns a / (a² + b²), without overflow and rounded once. */
const overSquaredNorm = (a: TensorLike, b: TensorLike): Tensor =>
  bind(overSquaredNormPrimitive, [a, b], undefined);

const sinhPrimitive: ElementwisePrimitive = {
  name: 'sinh',
  scalar: (s, x) => s.elementary(elementary.sinh, x),
  vjp: (ct, [x]) => [() => mul(ct, cosh(x))],
};

/**
 * Returns the hyperbolic sine of x. d/dx = cosh x. Mirrors numpy.sinh.
 *
 * @example
 * console.log(sinh(tensor([0, 1]))); // → Tensor [2] [0, 1.1752]
 */
export function sinh(x: TensorLike): Tensor {
  return bind(sinhPrimitive, [x], undefined);
}

const coshPrimitive: ElementwisePrimitive = {
  name: 'cosh',
  scalar: (s, x) => s.elementary(elementary.cosh, x),
  vjp: (ct, [x]) => [() => mul(ct, sinh(x))],
};

/**
 * Returns the hyperbolic cosine of x. d/dx = sinh x. Mirrors numpy.cosh.
 *
 * @example
 * console.log(cosh(tensor([0, 1]))); // → Tensor [2] [1, 1.5431]
 */
export function cosh(x: TensorLike): Tensor {
  return bind(coshPrimitive, [x], undefined);
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

/**
 * Returns the hyperbolic tangent of x. d/dx = 1 - tanh² x = 1 / cosh² x. Mirrors numpy.tanh.
 *
 * @example
 * console.log(tanh(tensor([0, 1]))); // → Tensor [2] [0, 0.7616]
 */
export function tanh(x: TensorLike): Tensor {
  return bind(tanhPrimitive, [x], undefined);
}

const arcsinhPrimitive: ElementwisePrimitive = {
  name: 'arcsinh',
  scalar: (s, x) => s.elementary(elementary.arcsinh, x),
  vjp: (ct, [x]) => [() => div(ct, hypot(x, 1))],
};

/**
 * Returns log(x + √(x² + 1)), the inverse of sinh. d/dx = 1 / √(x² + 1). Mirrors numpy.arcsinh.
 *
 * @example
 * console.log(arcsinh(tensor([0, 1]))); // → Tensor [2] [0, 0.8814]
 */
export function arcsinh(x: TensorLike): Tensor {
  return bind(arcsinhPrimitive, [x], undefined);
}

const arccoshPrimitive: ElementwisePrimitive = {
  name: 'arccosh',
  scalar: (s, x) => s.elementary(elementary.arccosh, x),
  vjp: (ct, [x]) => [() => mul(ct, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1))))],
};

/**
 * Returns log(x + √(x² - 1)), the inverse of cosh, NaN for x < 1. d/dx = 1 / √(x² - 1). Mirrors
 * numpy.arccosh.
 *
 * @example
 * console.log(arccosh(tensor([1, 2]))); // → Tensor [2] [0, 1.317]
 */
export function arccosh(x: TensorLike): Tensor {
  return bind(arccoshPrimitive, [x], undefined);
}

/** ct / (1 - x²), with the slope ct·2x / (1 - x²)². */
const arctanhSlopePrimitive: ElementwisePrimitive = {
  name: 'arctanhSlope',
  scalar: (s, ct, x) => s.div(s.div(ct, s.sub(s.constant(1), x)), s.add(s.constant(1), x)),
  vjp: (ct, [, x], out) => [() => arctanhSlope(ct, x), () => arctanhSlope(mul(ct, mul(mul(2, x), out)), x)],
};
const arctanhSlope = (ct: Tensor, x: Tensor): Tensor => bind(arctanhSlopePrimitive, [ct, x], undefined);

const arctanhPrimitive: ElementwisePrimitive = {
  name: 'arctanh',
  scalar: (s, x) => s.elementary(elementary.arctanh, x),
  vjp: (ct, [x]) => [() => arctanhSlope(ct, x)],
};

/**
 * Returns ½·log((1 + x) / (1 - x)), the inverse of tanh, NaN for |x| > 1. d/dx = 1 / (1 - x²).
 * Mirrors numpy.arctanh.
 *
 * @example
 * console.log(arctanh(tensor([0, 0.5]))); // → Tensor [2] [0, 0.5493]
 */
export function arctanh(x: TensorLike): Tensor {
  return bind(arctanhPrimitive, [x], undefined);
}

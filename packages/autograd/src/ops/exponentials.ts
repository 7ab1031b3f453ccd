/** Exponentials and logarithms, elementwise. */
import * as elementary from '../kernels/elementary/index.ts';
import * as slopes from '../kernels/elementary/slopes.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, mul, neg } from './arithmetic.ts';

const expPrimitive: ElementwisePrimitive = {
  name: 'exp',
  scalar: (s, x) => s.elementary(elementary.exp, x),
  vjp: (ct, _inputs, out) => [() => mul(ct, out)],
};

/**
 * Returns eˣ. d/dx = eˣ. Mirrors numpy.exp.
 *
 * @example
 * console.log(exp(tensor([0, 1, 2]))); // → Tensor [3] [1, 2.7183, 7.3891]
 */
export function exp(x: TensorLike): Tensor {
  return bind(expPrimitive, [x], undefined);
}

const exp2Primitive: ElementwisePrimitive = {
  name: 'exp2',
  scalar: (s, x) => s.elementary(elementary.exp2, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(exp2SlopePrimitive, [x], undefined))],
};

/** The derivative of exp2, ln 2·2ˣ, rounded once. */
const exp2SlopePrimitive: ElementwisePrimitive = {
  name: 'exp2Slope',
  scalar: (s, x) => s.elementary(slopes.exp2Slope, x),
  vjp: (ct, _inputs, out) => [() => mul(ct, mul(out, Math.LN2))],
};

/**
 * Returns 2ˣ. d/dx = 2ˣ·ln 2. Mirrors numpy.exp2.
 *
 * @example
 * console.log(exp2(tensor([0, 3, -1]))); // → Tensor [3] [1, 8, 0.5]
 */
export function exp2(x: TensorLike): Tensor {
  return bind(exp2Primitive, [x], undefined);
}

const expm1Primitive: ElementwisePrimitive = {
  name: 'expm1',
  scalar: (s, x) => s.elementary(elementary.expm1, x),
  vjp: (ct, [x]) => [() => mul(ct, exp(x))],
};

/**
 * Returns eˣ - 1, accurate also for small x. d/dx = eˣ. Mirrors numpy.expm1.
 *
 * @example
 * console.log(expm1(tensor([0, 1e-8, 1]))); // → Tensor [3] [0, 1.000e-8, 1.7183]
 */
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
 *
 * @example
 * console.log(log(tensor([1, 2, 10]))); // → Tensor [3] [0, 0.6931, 2.3026]
 */
export function log(x: TensorLike): Tensor {
  return bind(logPrimitive, [x], undefined);
}

const log2Primitive: ElementwisePrimitive = {
  name: 'log2',
  scalar: (s, x) => s.elementary(elementary.log2, x),
  vjp: (ct, [x]) => [() => div(mul(ct, Math.LOG2E), x)],
};

/**
 * Returns the logarithm of x to base 2. d/dx = 1 / (x·ln 2). Mirrors numpy.log2.
 *
 * @example
 * console.log(log2(tensor([1, 8, 0.5]))); // → Tensor [3] [0, 3, -1]
 */
export function log2(x: TensorLike): Tensor {
  return bind(log2Primitive, [x], undefined);
}

const log10Primitive: ElementwisePrimitive = {
  name: 'log10',
  scalar: (s, x) => s.elementary(elementary.log10, x),
  vjp: (ct, [x]) => [() => div(mul(ct, Math.LOG10E), x)],
};

/**
 * Returns the logarithm of x to base 10. d/dx = 1 / (x·ln 10). Mirrors numpy.log10.
 *
 * @example
 * console.log(log10(tensor([1, 1000, 0.1]))); // → Tensor [3] [0, 3, -1]
 */
export function log10(x: TensorLike): Tensor {
  return bind(log10Primitive, [x], undefined);
}

const log1pPrimitive: ElementwisePrimitive = {
  name: 'log1p',
  scalar: (s, x) => s.elementary(elementary.log1p, x),
  vjp: (ct, [x]) => [() => div(ct, add(x, 1))],
};

/**
 * Returns log(1 + x), accurate also for small x. d/dx = 1 / (1 + x). Mirrors numpy.log1p.
 *
 * @example
 * console.log(log1p(tensor([0, 1e-8, 1]))); // → Tensor [3] [0, 1.000e-8, 0.6931]
 */
export function log1p(x: TensorLike): Tensor {
  return bind(log1pPrimitive, [x], undefined);
}

const logaddexpPrimitive: ElementwisePrimitive = {
  name: 'logaddexp',
  scalar: (s, a, b) => s.elementary(elementary.logaddexp, a, b),
  vjp: (ct, [a, b]) => [() => mul(ct, logaddexpSlope(a, b)), () => mul(ct, logaddexpSlope(b, a))],
};

/**
 * Returns log(eᵃ + eᵇ), without overflow. Mirrors numpy.logaddexp.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/da = σ(a - b) and
 * d/db = σ(b - a).
 *
 * @example console.log(logaddexp(1000, 1000).item().toFixed(3)); // → 1000.693
 */
export function logaddexp(a: TensorLike, b: TensorLike): Tensor {
  return bind(logaddexpPrimitive, [a, b], undefined);
}

const logaddexpSlopePrimitive: ElementwisePrimitive = {
  name: 'logaddexpSlope',
  scalar: (s, a, b) => s.elementary(slopes.logaddexpSlope, a, b),
  vjp: (ct, [a, b], out) => [
    () => mul(ct, mul(out, logaddexpSlope(b, a))),
    () => neg(mul(ct, mul(out, logaddexpSlope(b, a)))),
  ],
};

/** Returns σ(a - b), with the difference in double precision. */
const logaddexpSlope = (a: Tensor, b: Tensor): Tensor => bind(logaddexpSlopePrimitive, [a, b], undefined);

const xlogyPrimitive: ElementwisePrimitive = {
  name: 'xlogy',
  scalar: (s, x, y) => s.elementary(elementary.xlogy, x, y),
  vjp: (ct, [x, y]) => [() => mul(ct, log(y)), () => mul(ct, div(x, y))],
};

/**
 * Returns x·log y, and 0 for x = 0. Mirrors jax.scipy.special.xlogy.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/dx = log y and d/dy = x/y.
 *
 * @example console.log(xlogy(0, 0).item()); // → 0
 */
export function xlogy(x: TensorLike, y: TensorLike): Tensor {
  return bind(xlogyPrimitive, [x, y], undefined);
}

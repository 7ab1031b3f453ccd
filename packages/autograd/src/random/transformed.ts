/** Samplers that transform uniform random numbers, with the formulas of jax.random. */
import { asOp } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor } from '../core/tensor.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import * as elementary from '../kernels/elementary/index.ts';
import { stretch, unit } from './continuous.ts';
import type { Key } from './keys.ts';

/** The smallest positive normal float32 number. */
const TINY = 2 ** -126;
/** The distance of 1 to the next larger float32 number; the next smaller one is half as far. */
const EPSILON = 2 ** -23;

/** Uniform random numbers in [low, high), and what becomes of each. */
interface Transformed extends ElementwisePrimitive {
  readonly range: readonly [low: number, high: number];
}

const transformed = (primitive: Transformed, key: Key, shape: Shape): Tensor => {
  const { name, range } = primitive;
  const [low, high] = range;
  const u = unit(name, key, shape);
  return asOp(name, () => bind(primitive, [low === 0 ? u : stretch(u, low, high)], undefined));
};

/** Rules use logarithms that are rounded once, so that random numbers keep their bits. */
const logOf: ScalarRule = (s, x) => s.elementary(elementary.doubleLog, x);
/** log(1 - x). */
const logOfRest: ScalarRule = (s, x) => s.elementary(elementary.doubleLog1p, s.neg(x));

const gumbelPrimitive: Transformed = {
  name: 'random.gumbel',
  range: [TINY, 1],
  scalar: (s, u) => s.neg(logOf(s, s.neg(logOf(s, u)))),
};
const exponentialPrimitive: Transformed = {
  name: 'random.exponential',
  range: [0, 1],
  scalar: (s, u) => s.neg(logOfRest(s, u)),
};
const laplacePrimitive: Transformed = {
  name: 'random.laplace',
  range: [-1 + EPSILON / 2, 1],
  scalar: (s, u) => {
    const magnitude = logOfRest(s, s.abs(u));
    return s.select(s.less(u, s.constant(0)), s.neg(magnitude), magnitude);
  },
};
const logisticPrimitive: Transformed = {
  name: 'random.logistic',
  range: [TINY, 1],
  scalar: (s, u) => s.sub(logOf(s, u), logOfRest(s, u)),
};
const cauchyPrimitive: Transformed = {
  name: 'random.cauchy',
  range: [EPSILON, 1],
  scalar: (s, u) => s.elementary(elementary.tan, s.mul(s.constant(Math.PI), s.sub(u, s.constant(0.5)))),
};

/**
 * Returns random numbers from the standard Gumbel distribution: -log(-log u) for uniform u.
 *
 * Mirrors jax.random.gumbel.
 *
 * @example
 * console.log(random.gumbel(random.key(0), [2])); // → Tensor [2] [2.9234, 3.8326]
 */
export function gumbel(key: Key, shape: Shape = []): Tensor {
  return transformed(gumbelPrimitive, key, shape);
}

/**
 * Returns random numbers from the exponential distribution with mean 1: -log(1 - u) for uniform u.
 *
 * Mirrors jax.random.exponential.
 *
 * @example console.log(random.exponential(random.key(0), [3]).shape); // → [ 3 ]
 */
export function exponential(key: Key, shape: Shape = []): Tensor {
  return transformed(exponentialPrimitive, key, shape);
}

/**
 * Returns random numbers from the Laplace distribution with density ½·exp(-|x|).
 *
 * They are sign(u)·log(1 - |u|) for u uniform in (-1, 1). Mirrors jax.random.laplace.
 *
 * @example
 * console.log(random.laplace(random.key(0), [2])); // → Tensor [2] [-2.257, -3.1503]
 */
export function laplace(key: Key, shape: Shape = []): Tensor {
  return transformed(laplacePrimitive, key, shape);
}

/**
 * Returns random numbers from the logistic distribution, whose distribution function is sigmoid.
 *
 * They are log u - log(1 - u) for uniform u. Mirrors jax.random.logistic.
 *
 * @example
 * console.log(random.logistic(random.key(0), [2])); // → Tensor [2] [2.8964, 3.8218]
 */
export function logistic(key: Key, shape: Shape = []): Tensor {
  return transformed(logisticPrimitive, key, shape);
}

/**
 * Returns random numbers from the Cauchy distribution with density 1 / (π·(1 + x²)), which has no
 * mean.
 *
 * They are tan(π·(u - ½)) for uniform u. Mirrors jax.random.cauchy.
 *
 * @example
 * console.log(random.cauchy(random.key(0), [2])); // → Tensor [2] [6.0275, 14.8379]
 */
export function cauchy(key: Key, shape: Shape = []): Tensor {
  return transformed(cauchyPrimitive, key, shape);
}

/** Samplers that transform uniform random numbers, with the formulas of jax.random. */
import { asOp } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, neg, sub } from '../ops/arithmetic.ts';
import { log, log1p } from '../ops/exponentials.ts';
import { abs, sign } from '../ops/rounding.ts';
import { tan } from '../ops/trigonometry.ts';
import { stretch, unit } from './continuous.ts';
import type { Key } from './keys.ts';

/** The smallest positive normal float32 number. */
const TINY = 2 ** -126;
/** The distance of 1 to the next larger float32 number; the next smaller one is half as far. */
const EPSILON = 2 ** -23;

/** Applies `f` to uniform random numbers in [low, high). */
const transformed = (
  op: string,
  key: Key,
  shape: Shape,
  [low, high]: readonly [number, number],
  f: (u: Tensor) => Tensor,
): Tensor => {
  const u = unit(op, key, shape);
  return asOp(op, () => f(low === 0 ? u : stretch(u, low, high)));
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
  return transformed('random.gumbel', key, shape, [TINY, 1], (u) => neg(log(neg(log(u)))));
}

/**
 * Returns random numbers from the exponential distribution with mean 1: -log(1 - u) for uniform u.
 *
 * Mirrors jax.random.exponential.
 *
 * @example console.log(random.exponential(random.key(0), [3]).shape); // → [ 3 ]
 */
export function exponential(key: Key, shape: Shape = []): Tensor {
  return transformed('random.exponential', key, shape, [0, 1], (u) => neg(log1p(neg(u))));
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
  return transformed('random.laplace', key, shape, [-1 + EPSILON / 2, 1], (u) =>
    mul(sign(u), log1p(neg(abs(u)))),
  );
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
  return transformed('random.logistic', key, shape, [TINY, 1], (u) => sub(log(u), log1p(neg(u))));
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
  return transformed('random.cauchy', key, shape, [EPSILON, 1], (u) => tan(mul(Math.PI, sub(u, 0.5))));
}

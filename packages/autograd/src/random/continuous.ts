/**
 * Samplers of continuous distributions.
 *
 * They use the same random bits as JAX with partitionable Threefry, its default since version 0.5.
 */
import { asOp, callerOr, rangeError } from '../base/errors.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import { erf } from '../kernels/erf.ts';
import { checkNumber, checkOptions, checkShape, wrongType } from '../core/check.ts';
import { debugging } from '../core/hooks.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive, LoopPrimitive } from '../core/primitive.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { unitKernel } from '../kernels/threefry.ts';
import { type Key, checkKey } from './keys.ts';
import * as elementary from '../kernels/elementary/index.ts';

const unitPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'random.uniform',
  shape: (_shapes, { shape }) => shape,
  loops: (_shapes, { shape }) => [
    { kind: 'bits', kernel: unitKernel, parameters: [0], count: sizeOf(shape), steps: [4, 0, 1] },
  ],
};

/** Returns multiples of 2⁻²³ in [0, 1), uniformly distributed. */
export const unit = (op: string, key: Key, shape: Shape): Tensor => {
  const { words } = checkKey(op, key);
  const checked = checkShape(op, shape);
  debugging.keys?.use(callerOr(op), words);
  return asOp(op, () => bind(unitPrimitive, [words], { shape: checked }));
};

const scalePrimitive: ElementwisePrimitive = {
  name: 'random.scale',
  scalar: (s, u, low, range) => s.max(low, s.elementary(elementary.multiplyAdd, u, range, low)),
};

/** Maps u in [0, 1) to [low, high) as XLA does: with one rounding. */
export const stretch = (u: Tensor, low: number, high: number): Tensor => {
  const [from, to] = [Math.fround(low), Math.fround(high)];
  return bind(scalePrimitive, [u, from, Math.fround(to - from)], undefined);
};

/** The bounds of uniform random numbers; by default 0 and 1. */
export interface UniformOptions {
  /** The least number. Default 0. */
  readonly minval?: number;
  /** The upper bound. Rounding to float32 can return it. Default 1. */
  readonly maxval?: number;
}

/**
 * Returns uniform random numbers in [minval, maxval), or minval if the two are equal.
 *
 * If the range is narrow and far from 0, rounding can return maxval, as in JAX: about 30 of a
 * million numbers in [1000, 1001).
 *
 * Throws a RangeError for minval > maxval, and for bounds or a difference that float32 does not
 * hold. Mirrors jax.random.uniform.
 *
 * @example
 * const x = random.uniform(random.key(0), [2]);
 * console.log(x.toArray()); // → [ 0.9476670026779175, 0.9785798788070679 ]
 */
export function uniform(key: Key, shape: Shape = [], options: UniformOptions = {}): Tensor {
  const op = 'random.uniform';
  const { minval = 0, maxval = 1 } = checkOptions(op, options, ['minval', 'maxval']);
  checkNumber(op, 'minval', minval);
  checkNumber(op, 'maxval', maxval);
  if (maxval < minval)
    throw rangeError(op, `invalid range: expected minval ≤ maxval, got ${minval} and ${maxval}`);
  if (!Number.isFinite(Math.fround(maxval - minval)))
    throw rangeError(
      op,
      `range too large: expected a difference that float32 can hold, got ${minval} to ${maxval}`,
    );
  const u = unit(op, key, shape);
  return minval === 0 && maxval === 1 ? u : asOp(op, () => stretch(u, minval, maxval));
}

/** Returns √2·erf⁻¹(u): a standard normal number, if u is uniform in (-1, 1). */
const normalOf: ScalarRule = (s, u) =>
  s.mul(s.constant(Math.SQRT2), s.elementary(elementary.singleErfInv, u));

const normalPrimitive: ElementwisePrimitive = { name: 'random.normal', scalar: normalOf };

const truncatedPrimitive: ElementwisePrimitive = {
  name: 'random.truncatedNormal',
  scalar: (s, u, low, high) => s.min(s.max(normalOf(s, u), low), high),
};

/**
 * The smallest float32 number above -1, so that uniform numbers from here to 1 lie inside (-1, 1).
 */
const JUST_ABOVE_MINUS_ONE = -(1 - 2 ** -24);

/**
 * Returns random numbers from the normal distribution with mean 0 and standard deviation 1.
 *
 * Mirrors jax.random.normal.
 *
 * @example
 * const [key] = random.split(random.key(0));
 * const weights = random.normal(key, [2, 3]).mul(0.1);
 * console.log(weights.shape); // → [ 2, 3 ]
 */
export function normal(key: Key, shape: Shape = []): Tensor {
  const op = 'random.normal';
  const u = unit(op, key, shape);
  return asOp(op, () => bind(normalPrimitive, [stretch(u, JUST_ABOVE_MINUS_ONE, 1)], undefined));
}

/** Returns the float32 number next to a finite x, towards +∞ or -∞. */
const nextAfter = (x: number, up: boolean): number => {
  if (x === 0) return up ? 2 ** -149 : -(2 ** -149);
  const value = Float32Array.of(x);
  const word = new Int32Array(value.buffer);
  word[0] += x > 0 === up ? 1 : -1;
  return value[0];
};

/**
 * Returns random numbers from the standard normal distribution, limited to (lower, upper).
 *
 * For limits from -5 to 5, the distribution is as if numbers outside were drawn again. Beyond,
 * float32 is too coarse, as in JAX: one number in 10⁷ lies at a wider limit, and many do if both
 * limits are in one tail. Limits can be infinite. Throws a RangeError unless a float32 number lies
 * between lower and upper. Mirrors jax.random.truncated_normal.
 *
 * @example
 * const result = random.truncatedNormal(random.key(0), -1, 1, [3]);
 * console.log(result); // → Tensor [3] [0.8619, 0.9413, -0.291]
 */
export function truncatedNormal(key: Key, lower: number, upper: number, shape: Shape = []): Tensor {
  const op = 'random.truncatedNormal';
  for (const [what, limit] of Object.entries({ lower, upper }))
    if (typeof limit !== 'number') throw wrongType(op, what, 'a number', limit);
  if (!(lower < upper))
    throw rangeError(op, `invalid range: expected lower < upper, got ${lower} and ${upper}`);
  const limits = [nextAfter(Math.fround(lower), true), nextAfter(Math.fround(upper), false)] as const;
  if (!(limits[0] <= limits[1]))
    throw rangeError(
      op,
      `range too small: expected a float32 number between lower and upper, got ${lower} and ${upper}`,
    );
  const bound = (x: number): number => erf(Math.fround(Math.fround(x) / Math.fround(Math.SQRT2)));
  const u = unit(op, key, shape);
  return asOp(op, () =>
    bind(truncatedPrimitive, [stretch(u, bound(lower), bound(upper)), ...limits], undefined),
  );
}

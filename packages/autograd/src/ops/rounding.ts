/** Signs, rounding and replacing, elementwise. */
import * as elementary from '../kernels/elementary/index.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import { checkNumber, checkOptions, toTensor } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul, neg } from './arithmetic.ts';
import { equal, greaterEqual, isNaN } from './compare.ts';
import { where } from './select.ts';

const absPrimitive: ElementwisePrimitive = {
  name: 'abs',
  scalar: (s, x) => s.abs(x),
  vjp: (ct, [x]) => [() => where(greaterEqual(x, 0), ct, neg(ct))],
};

/**
 * Returns |x|. The derivative at 0 is 1, as in JAX. Mirrors numpy.abs.
 *
 * @example
 * console.log(abs(tensor([-2, 3]))); // → Tensor [2] [2, 3]
 */
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
 *
 * @example
 * console.log(sign(tensor([-2, 0, 3]))); // → Tensor [3] [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return bind(signPrimitive, [x], undefined);
}

const copysignPrimitive: ElementwisePrimitive = {
  name: 'copysign',
  scalar: (s, a, b) => s.elementary(elementary.copysign, a, b),
  vjp: (ct, [a], out) => [() => where(greaterEqual(mul(sign(a), sign(out)), 0), ct, neg(ct))],
};

/**
 * Returns |a| with the sign of b, also if b is -0. NaN counts as positive. Mirrors numpy.copysign.
 *
 * The shapes broadcast; throws a RangeError for shapes that do not. d/da is 1 or -1, d/db is 0.
 *
 * @example
 * console.log(copysign(tensor([1, 2]), tensor([-5, 5]))); // → Tensor [2] [-1, 2]
 */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  return bind(copysignPrimitive, [a, b], undefined);
}

const floorPrimitive: ElementwisePrimitive = { name: 'floor', scalar: (s, x) => s.floor(x) };

/**
 * Returns the largest integer ≤ x. The derivative is 0. Mirrors numpy.floor.
 *
 * @example
 * console.log(floor(tensor([-1.5, 2.7]))); // → Tensor [2] [-2, 2]
 */
export function floor(x: TensorLike): Tensor {
  return bind(floorPrimitive, [x], undefined);
}

const ceilPrimitive: ElementwisePrimitive = { name: 'ceil', scalar: (s, x) => s.ceil(x) };

/**
 * Returns the smallest integer ≥ x. The derivative is 0. Mirrors numpy.ceil.
 *
 * @example
 * console.log(ceil(tensor([-1.5, 2.2]))); // → Tensor [2] [-1, 3]
 */
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

const truncPrimitive: ElementwisePrimitive = {
  name: 'trunc',
  scalar: (s, x) => s.select(s.less(x, s.constant(0)), s.ceil(x), s.floor(x)),
};

/**
 * Returns the integer part of x: x rounded towards 0. The derivative is 0. Mirrors numpy.trunc.
 *
 * @example
 * console.log(trunc(tensor([-1.5, 2.7]))); // → Tensor [2] [-1, 2]
 */
export function trunc(x: TensorLike): Tensor {
  return bind(truncPrimitive, [x], undefined);
}

/** What replaces NaN, Infinity and -Infinity. */
export interface NanToNumOptions {
  /** Replaces NaN. Default 0. */
  readonly nan?: number;
  /** Replaces Infinity. Default the largest float32 number. */
  readonly posinf?: number;
  /** Replaces -Infinity. Default the negative float32 number of largest magnitude. */
  readonly neginf?: number;
}

/** The largest float32 number. */
const LARGEST = 2 ** 128 - 2 ** 104;

const nanToNumOp: Composite<Required<NanToNumOptions>> = {
  name: 'nanToNum',
  compute: ([x], { nan, posinf, neginf }) => {
    const numbers = where(isNaN(x), nan, x);
    return where(equal(x, Infinity), posinf, where(equal(x, -Infinity), neginf, numbers));
  },
};

/**
 * Returns x with NaN and infinities replaced by numbers. Mirrors numpy.nan_to_num.
 *
 * The derivative is 1 where x is finite, else 0.
 *
 * @example
 * const x = tensor([1, NaN, Infinity]);
 * console.log(nanToNum(x, { posinf: 9 }).toArray()); // → [ 1, 0, 9 ]
 */
export function nanToNum(x: TensorLike, options: NanToNumOptions = {}): Tensor {
  const input = toTensor('nanToNum', x);
  const {
    nan = 0,
    posinf = LARGEST,
    neginf = -LARGEST,
  } = checkOptions('nanToNum', options, ['nan', 'posinf', 'neginf']);
  for (const [name, value] of Object.entries({ nan, posinf, neginf })) checkNumber('nanToNum', name, value);
  return bindComposite(nanToNumOp, [input], { nan, posinf, neginf });
}

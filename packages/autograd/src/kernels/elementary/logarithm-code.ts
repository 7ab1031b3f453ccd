/**
 * The code of logarithms on f64x2, of which other functions are made.
 *
 * The polynomials were fitted for this file by Chebyshev interpolation.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  less,
  lessEqual,
  mul,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { EXPONENT_BIAS, MANTISSA_BITS, integerBits } from './bits.ts';
import { type Keep, polynomial, withSignOf } from './function.ts';

/**
 * Coefficients of log((1 + s) / (1 - s)) = s·(2 + s²·P(s²)) for 1/√2 ≤ (1 + s) / (1 - s) ≤ √2. The
 * relative error is 1e-15.
 */
const LOG_COEFFICIENTS = [
  0.6666666666666206, 0.4000000001126354, 0.2857142412022083, 0.22222864249374918, 0.18140107756610346,
  0.1662311658428347,
];
/** √½, rounded down to 20 bits after the leading one. */
const SQRT_HALF = 0.7071065902709961;
/** The bits of 1 minus the bits of √½. */
const SQRT_HALF_TO_ONE: Code = /* @__PURE__ */ integerBits(0x95f62 * 2 ** 32);
const MANTISSA: Code = /* @__PURE__ */ integerBits(2 ** 52 - 1);
/** The bits of this number plus those of an integer below 2⁵² are the sum of both. */
const INTEGER_BASE = 2 ** 52;

/** log((1 + s) / (1 - s)). */
export const logOfQuotient = (keep: Keep, s: Code, coefficients: readonly number[]): Code => {
  const z = keep(mul(s, s));
  return mul(s, add(constant(2), mul(z, polynomial(keep, z, coefficients))));
};

/**
 * The logarithm of x = 2ᵏ·m, with m from √½ to √2, and k. x is positive, finite and not denormal.
 *
 * `excess` is x - 1, where that is known more precisely than x.
 */
const logAndExponent = (keep: Keep, x: Code, excess?: Code): { readonly log: Code; readonly k: Code } => {
  const shifted = keep(i64x2.add(x, SQRT_HALF_TO_ONE));
  const exponent = v128.or(i64x2.shiftRightUnsigned(shifted, MANTISSA_BITS), constant(INTEGER_BASE));
  const k = keep(sub(exponent, constant(INTEGER_BASE + EXPONENT_BIAS)));
  const m = i64x2.add(v128.and(shifted, MANTISSA), constant(SQRT_HALF));
  const rounded = keep(sub(m, constant(1)));
  const f = excess === undefined ? rounded : keep(v128.select(excess, rounded, equal(k, constant(0))));
  const s = keep(div(f, add(f, constant(2))));
  return { log: add(mul(k, constant(Math.LN2)), logOfQuotient(keep, s, LOG_COEFFICIENTS)), k };
};

/** log x for x that is positive and finite; -709 for 0. `excess` is as in `logCode`. */
export const logOfPositive = (keep: Keep, x: Code, excess?: Code): Code =>
  keep(logAndExponent(keep, x, excess).log);

/** Numbers that are zero, negative, infinite or NaN have k = -1023 or k > 1023. */
const LARGE_EXPONENT = 500;

/** log x. `excess` is x - 1, where that is known more precisely than x. */
export const logCode = (keep: Keep, x: Code, excess?: Code): Code => {
  const { log, k } = logAndExponent(keep, x, excess);
  return keep.replace(less(constant(LARGE_EXPONENT), abs(k)), [log], () => {
    const nonPositive = v128.select(constant(-Infinity), constant(NaN), equal(x, constant(0)));
    // Infinity and NaN are their own logarithms.
    return [v128.select(nonPositive, x, lessEqual(x, constant(0)))];
  })[0];
};

/** log(1 + x). Where 1 + x is near 1, x holds digits that 1 + x has lost. */
export const log1pCode = (keep: Keep, x: Code): Code =>
  withSignOf(keep, x, logCode(keep, keep(add(x, constant(1))), x));

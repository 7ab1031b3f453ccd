/**
 * The exponential function in single precision, on f32x4. Of all 2³² arguments none has a result
 * more than 0.93 ulp from the exact one.
 *
 * eˣ = 2ⁿ·eʳ with r = x - n·ln 2, as in W. J. Cody and W. Waite, Software Manual for the Elementary
 * Functions, 1980. The polynomial was fitted for this file.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { add, const as constant, mul, pseudoMax, pseudoMin, sub } from '../../wasm/instructions/f32x4.ts';
import * as i32 from '../../wasm/instructions/i32.ts';
import * as i32x4 from '../../wasm/instructions/i32x4.ts';
import type { Keep } from './function.ts';

/** eˣ rounds to 0 below -104, and to infinity above 104. */
const LIMIT = 104;
/** Adding this number to x rounds x to an integer, which is then in the low bits of the sum. */
const ROUNDER = 1.5 * 2 ** 23;
/** ln 2 in two parts. The first has so few bits that its products with n are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** eʳ = 1 + r + r²·(½ + r·C1 + r²·C2 + …) for |r| ≤ ½·ln 2. The error is 0.06 ulp. */
const C1 = 0.16666533946816112;
const C2 = 0.04166723810281197;
const C3 = 0.008367490500340198;
const C4 = 0.0013863773806233304;
const MANTISSA_BITS = 23;
/** The bits of 1. */
const ONE_BITS = 0x3f800000;

/** 2ⁿ for n in the low bits of a sum with `ROUNDER`, or for an integer n. */
const powerOfTwo = (n: Code): Code =>
  i32x4.add(
    i32x4.shiftLeft(n, i32.const(MANTISSA_BITS)),
    i32x4.const(ONE_BITS, ONE_BITS, ONE_BITS, ONE_BITS),
  );

export const expInSinglePrecision = (keep: Keep, x: Code): Code => {
  const limited = keep(pseudoMin(pseudoMax(x, constant(-LIMIT)), constant(LIMIT)));
  const shifted = keep(add(mul(limited, constant(Math.LOG2E)), constant(ROUNDER)));
  const n = keep(sub(shifted, constant(ROUNDER)));
  // r = high - low. Both parts of the sum 1 + r keep digits that r itself would lose.
  const high = keep(sub(limited, mul(n, constant(LN2_HIGH))));
  const low = keep(mul(n, constant(LN2_LOW)));
  const r = keep(sub(high, low));
  const square = keep(mul(r, r));
  const front = add(constant(0.5), mul(r, constant(C1)));
  const middle = mul(square, add(constant(C2), mul(r, constant(C3))));
  const last = mul(mul(square, square), constant(C4));
  const rest = keep(sub(mul(square, add(add(front, middle), last)), low));
  const mantissa = keep(add(constant(1), add(high, rest)));
  // Two factors, because 2ⁿ can be too large or too small for a float32 number.
  const half = keep(add(mul(n, constant(0.5)), constant(ROUNDER)));
  const otherHalf = i32x4.sub(shifted, half);
  return keep(mul(mul(mantissa, powerOfTwo(half)), powerOfTwo(otherHalf)));
};

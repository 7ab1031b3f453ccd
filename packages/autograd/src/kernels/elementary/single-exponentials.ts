/**
 * Exponentials and logarithms in single precision, on f32x4.
 *
 * All 2³² arguments were tried: no result is more than 0.93 (exp), 0.91 (expm1), 0.85 (log) or 0.92
 * (log1p) ulp from the exact one.
 *
 * eˣ = 2ⁿ·eʳ with r = x - n·ln 2, as in W. J. Cody and W. Waite, Software Manual for the Elementary
 * Functions, 1980. The polynomials were fitted for this file.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  add,
  const as constant,
  convertI32,
  div,
  equal,
  less,
  lessEqual,
  mul,
  pseudoMax,
  pseudoMin,
  sub,
} from '../../wasm/instructions/f32x4.ts';
import * as i32 from '../../wasm/instructions/i32.ts';
import * as i32x4 from '../../wasm/instructions/i32x4.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { expm1Code } from './exponential-code.ts';
import type { Keep } from './function.ts';
import { ROUNDER, SIGN_BIT, byHalves, integer, isOutside } from './single-precision.ts';

/** eˣ rounds to 0 below -104, and to infinity above 104. */
const LIMIT = 104;
/** ln 2 in two parts. The first has so few bits that its products with exponents are exact. */
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
  i32x4.add(i32x4.shiftLeft(n, i32.const(MANTISSA_BITS)), integer(ONE_BITS));

interface ReducedExponent {
  /** n in the low bits of a sum with `ROUNDER`, and as a number. */
  readonly shifted: Code;
  readonly n: Code;
  /** r in two parts: high - low. Both keep digits that r itself would lose. */
  readonly high: Code;
  readonly low: Code;
  readonly r: Code;
}

/** x = n·ln 2 + r. */
const reduce = (keep: Keep, x: Code): ReducedExponent => {
  const limited = keep(x);
  const shifted = keep(add(mul(limited, constant(Math.LOG2E)), constant(ROUNDER)));
  const n = keep(sub(shifted, constant(ROUNDER)));
  const high = keep(sub(limited, mul(n, constant(LN2_HIGH))));
  const low = keep(mul(n, constant(LN2_LOW)));
  return { shifted, n, high, low, r: keep(sub(high, low)) };
};

export const expInSinglePrecision = (keep: Keep, x: Code): Code => {
  const limited = pseudoMin(pseudoMax(x, constant(-LIMIT)), constant(LIMIT));
  const { shifted, n, high, low, r } = reduce(keep, limited);
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

/** eˣ - 1 rounds to -1 below this. */
const EXPM1_LOWEST = -40;
/** Above this, 2ⁿ is too large for a float32 number. */
const EXPM1_LARGE = 88;
/** eʳ - 1 = r + r²/2 + r³·(M1 + r·M2 + …) for |r| ≤ ½·ln 2. The error is 0.02 ulp. */
const M1 = 0.16666666666666666;
const M2 = 0.041666553310798285;
const M3 = 0.008333320742079604;
const M4 = 0.001392640047984433;
const M5 = 0.00019882939211219604;

/** eˣ - 1 = (2ⁿ - 1) + 2ⁿ·(eʳ - 1). */
export const expm1InSinglePrecision = (keep: Keep, x: Code): Code => {
  const { shifted, high, low, r } = reduce(keep, pseudoMax(x, constant(EXPM1_LOWEST)));
  const square = keep(mul(r, r));
  const front = add(constant(M1), mul(r, constant(M2)));
  const back = add(add(constant(M3), mul(r, constant(M4))), mul(square, constant(M5)));
  const series = mul(mul(square, r), add(front, mul(square, back)));
  const rest = keep(sub(add(mul(square, constant(0.5)), series), low));
  const scale = keep(powerOfTwo(shifted));
  // What the sums of the leading parts lose is added to the rest.
  const first = keep(sub(scale, constant(1)));
  const product = keep(mul(scale, high));
  const sum = keep(add(first, product));
  const lost = add(sub(product, sub(sum, first)), sub(sub(scale, first), constant(1)));
  const result = add(sum, add(mul(scale, rest), lost));
  const usual = v128.or(result, v128.and(x, SIGN_BIT));
  return keep.replace(less(constant(EXPM1_LARGE), x), [usual], (rare) => [byHalves(rare, expm1Code, x)])[0];
};

/**
 * Coefficients of log((1 + s) / (1 - s)) = 2s + s³·P(s²) for 1/√2 ≤ (1 + s) / (1 - s) ≤ √2. The
 * error is 0.05 ulp.
 */
const L1 = 0.6666668503957586;
const L2 = 0.3998878056602198;
const L3 = 0.2957994939197279;
/** The bits of √½. */
const SQRT_HALF_BITS = 0x3f3504f3;
const MANTISSA = 2 ** MANTISSA_BITS - 1;
const EXPONENT_BIAS = 127;

/**
 * log(2ᵏ·m) for a positive normal number x = 2ᵏ·m with m from √½ to √2.
 *
 * `shift` is added to k, and `correction` to the result before the last rounding.
 */
const logOfNormal = (keep: Keep, x: Code, correction: Code | undefined, shift: number): Code => {
  const shifted = keep(i32x4.add(x, integer(ONE_BITS - SQRT_HALF_BITS)));
  const exponent = i32x4.shiftRightUnsigned(shifted, i32.const(MANTISSA_BITS));
  const k = keep(convertI32(i32x4.sub(exponent, integer(EXPONENT_BIAS - shift))));
  const m = i32x4.add(v128.and(shifted, integer(MANTISSA)), integer(SQRT_HALF_BITS));
  const f = keep(sub(m, constant(1)));
  const s = keep(div(f, add(f, constant(2))));
  const z = keep(mul(s, s));
  const series = mul(z, add(constant(L1), mul(z, add(constant(L2), mul(z, constant(L3))))));
  // log(1 + f) = f - (half - s·(half + series)).
  const half = keep(mul(mul(f, constant(0.5)), f));
  const high = keep(mul(k, constant(LN2_HIGH)));
  // Where the sum of both leading parts is rounded, `lost` is what it lost.
  const sum = keep(add(high, f));
  const lost = keep(sub(f, sub(sum, high)));
  const low = add(mul(s, add(half, series)), mul(k, constant(LN2_LOW)));
  const rest = sub(correction === undefined ? lost : add(lost, correction), sub(half, low));
  return keep(add(sum, rest));
};

/** The smallest normal number. Smaller ones are multiplied by 2²⁴ first. */
const SMALLEST_NORMAL = 2 ** -126;
const UPWARDS = 24;

/** log x, to which `correction` is added. */
export const logInSinglePrecision = (keep: Keep, x: Code, correction?: Code): Code => {
  const usual = logOfNormal(keep, x, correction, 0);
  // From the smallest normal number to below Infinity.
  return keep.replace(isOutside(x, 0x00800000, 0x7f800000), [usual], (rare) => {
    const small = logOfNormal(rare, rare(mul(x, constant(2 ** UPWARDS))), undefined, -UPWARDS);
    const positive = v128.select(small, x, less(x, constant(SMALLEST_NORMAL)));
    const nonPositive = v128.select(constant(-Infinity), constant(NaN), equal(x, constant(0)));
    // Infinity and NaN are their own logarithms.
    return [v128.select(nonPositive, positive, lessEqual(x, constant(0)))];
  })[0];
};

/**
 * log(1 + x), with the sign of x where that is 0. Where the sum 1 + x is rounded, its logarithm is
 * corrected by what it lost, divided by the sum.
 */
export const log1pInSinglePrecision = (keep: Keep, x: Code): Code => {
  const sum = keep(add(x, constant(1)));
  const ofX = keep(sub(sum, constant(1)));
  const lost = add(sub(constant(1), sub(sum, ofX)), sub(x, ofX));
  const correction = keep(div(lost, sum));
  return keep(v128.or(logInSinglePrecision(keep, sum, correction), v128.and(x, SIGN_BIT)));
};

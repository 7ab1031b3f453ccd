/**
 * Trigonometric functions in single precision, on f32x4. All 2³² arguments were tried: no result is
 * more than 0.87 (sin, cos), 0.92 (arcsin) or 0.90 (arccos) ulp from the exact one.
 *
 * The polynomials were fitted for this file.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  less,
  mul,
  pseudoMax,
  sqrt,
  sub,
} from '../../wasm/instructions/f32x4.ts';
import * as i32 from '../../wasm/instructions/i32.ts';
import * as i32x4 from '../../wasm/instructions/i32x4.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import type { Keep, VectorCode } from './function.ts';
import { ROUNDER, SIGN_BIT, byHalves, integer } from './single-precision.ts';

/** π/2 in four parts. The first three have 13 bits: their products with q < 2¹¹ are exact. */
const PART_1 = 0x1921 / 2 ** 12;
const PART_2 = 0x1f6a / 2 ** 25;
const PART_3 = 0x111 / 2 ** 34;
const PART_4 = 2.5633440682570896e-12;
/** Larger angles are rare, and have more than 2¹¹ quarter turns. */
const LARGE_ANGLE = 3200;

/** sin r = r + r³·P(r²) for |r| ≤ π/4. */
const S1 = -0.16666664601754114;
const S2 = 0.00833273655917713;
const S3 = -0.0001958537320669302;
/** cos r = 1 - r²/2 + r⁴·P(r²) for |r| ≤ π/4. */
const C1 = 0.04166666459882798;
const C2 = -0.0013888291300556933;
const C3 = 2.4545419078353295e-5;

/** Sine and cosine of an angle from -π/4 to π/4, which is r + low. */
const sinAndCos = (keep: Keep, r: Code, low: Code): { readonly sin: Code; readonly cos: Code } => {
  const square = keep(mul(r, r));
  const half = keep(mul(square, constant(0.5)));
  const front = keep(sub(constant(1), half));
  const s = add(constant(S1), mul(square, add(constant(S2), mul(square, constant(S3)))));
  const c = add(constant(C1), mul(square, add(constant(C2), mul(square, constant(C3)))));
  const lost = sub(sub(constant(1), front), half);
  return {
    sin: keep(add(r, add(mul(mul(r, square), s), mul(low, front)))),
    cos: keep(add(front, add(lost, sub(mul(mul(square, square), c), mul(r, low))))),
  };
};

/**
 * sin |x|, turned by a number of quarter turns, and what the quadrant says of its sign.
 *
 * |x| = q·π/2 + r + low, as in W. J. Cody and W. Waite, Software Manual for the Elementary
 * Functions, 1980. The subtractions are exact, or `low` holds what they lost.
 */
const turned = (
  keep: Keep,
  magnitude: Code,
  turns: number,
): { readonly value: Code; readonly sign: Code } => {
  const rounded = keep(add(mul(magnitude, constant(2 / Math.PI)), constant(ROUNDER)));
  const q = keep(sub(rounded, constant(ROUNDER)));
  const first = keep(sub(magnitude, mul(q, constant(PART_1))));
  const part2 = keep(mul(q, constant(PART_2)));
  const second = keep(sub(first, part2));
  const part3 = keep(mul(q, constant(PART_3)));
  const r = keep(sub(second, part3));
  const lost2 = sub(sub(first, second), part2);
  const lost3 = sub(sub(second, r), part3);
  const low = keep(sub(add(lost2, lost3), mul(q, constant(PART_4))));
  const { sin, cos } = sinAndCos(keep, r, low);
  const quadrant = turns === 0 ? rounded : keep(i32x4.add(rounded, integer(turns)));
  // All bits of a lane are those of its lowest bit, which tells odd quadrants.
  const isOdd = keep(i32x4.shiftRight(i32x4.shiftLeft(quadrant, i32.const(31)), i32.const(31)));
  return {
    value: keep(v128.select(cos, sin, isOdd)),
    sign: i32x4.shiftLeft(quadrant, i32.const(30)),
  };
};

/** sin x or cos x, by its code in double precision for large angles. */
const sineOf =
  (double: VectorCode, isCosine: boolean): VectorCode =>
  (keep, x) => {
    const magnitude = keep(abs(x));
    const { value, sign } = turned(keep, magnitude, isCosine ? 1 : 0);
    const usual = v128.xor(value, v128.and(isCosine ? sign : v128.xor(sign, x), SIGN_BIT));
    return keep.replace(less(constant(LARGE_ANGLE), magnitude), [usual], (rare) => [
      byHalves(rare, double, x),
    ])[0];
  };
export const sinInSinglePrecision = (double: VectorCode): VectorCode => sineOf(double, false);
export const cosInSinglePrecision = (double: VectorCode): VectorCode => sineOf(double, true);

/** arcsin s = s + s³·P(s²) for |s| ≤ ½. The error is 0.3 ulp at most. */
const ARCSIN_COEFFICIENTS = [
  0.16666672427703408, 0.07498852962262084, 0.0450018940882998, 0.026550662963657472, 0.038093962148042254,
];
/** π/2 as a float32 number, and the rest. */
const HALF_PI_HIGH = 1.5707963705062866;
const HALF_PI_LOW = Math.PI / 2 - HALF_PI_HIGH;
/** The first 12 bits of a mantissa: the square of such a number is exact. */
const HIGH_BITS = 0xfffff000 | 0;
/** Divisors are at least as large as this: 0 / 0 is NaN. */
const TINY = 1e-30;

interface Arcsine {
  /** Whether |x| > ½: the angle is then 2·arcsin √((1 - |x|) / 2), which is π/2 - arcsin |x|. */
  readonly isLarge: Code;
  /** The angle is high + low. */
  readonly high: Code;
  readonly low: Code;
}

/** arcsin |x|, or of a smaller number. */
const arcsine = (keep: Keep, magnitude: Code): Arcsine => {
  const isLarge = keep(less(constant(0.5), magnitude));
  const halfOfRest = mul(sub(constant(1), magnitude), constant(0.5));
  const square = keep(v128.select(halfOfRest, mul(magnitude, magnitude), isLarge));
  const root = keep(v128.select(sqrt(square), magnitude, isLarge));
  const series = ARCSIN_COEFFICIENTS.reduceRight<Code | undefined>(
    (sum, c) => (sum === undefined ? constant(c) : keep(add(constant(c), mul(square, sum)))),
    undefined,
  ) as Code;
  const rest = keep(mul(root, mul(square, series)));
  // The root to more digits: its first bits, and what these leave.
  const first = keep(v128.and(root, integer(HIGH_BITS)));
  const more = div(sub(square, mul(first, first)), pseudoMax(add(root, first), constant(TINY)));
  const sum = keep(add(more, rest));
  return {
    isLarge,
    high: keep(v128.select(add(first, first), magnitude, isLarge)),
    low: keep(v128.select(add(sum, sum), rest, isLarge)),
  };
};

/** turns·π/2 - (high + low), for turns that are 1 or 2. */
const complement = (keep: Keep, turns: number, high: Code, low: Code): Code => {
  const start = constant(turns * HALF_PI_HIGH);
  const difference = keep(sub(start, high));
  const lost = sub(sub(start, difference), high);
  return keep(add(difference, sub(add(lost, constant(turns * HALF_PI_LOW)), low)));
};

export const arcsinInSinglePrecision: VectorCode = (keep, x) => {
  const { isLarge, high, low } = arcsine(keep, keep(abs(x)));
  const magnitude = v128.select(complement(keep, 1, high, low), add(high, low), isLarge);
  return keep(v128.or(magnitude, v128.and(x, SIGN_BIT)));
};

export const arccosInSinglePrecision: VectorCode = (keep, x) => {
  const { isLarge, high, low } = arcsine(keep, keep(abs(x)));
  const sign = keep(v128.and(x, SIGN_BIT));
  const isNegative = keep(less(x, constant(0)));
  // arccos x is the angle itself where x > ½, π less it where x < -½, else π/2 less arcsin x.
  const fromHalf = complement(keep, 1, v128.xor(high, sign), v128.xor(low, sign));
  const large = v128.select(complement(keep, 2, high, low), add(high, low), isNegative);
  return keep(v128.select(large, fromHalf, isLarge));
};

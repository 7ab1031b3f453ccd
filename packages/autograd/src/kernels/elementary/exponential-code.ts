/**
 * The code of 2ˣ and eˣ on f64x2, of which other functions are made.
 *
 * The polynomials were fitted for this file by Chebyshev interpolation.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { add, const as constant, mul, sub } from '../../wasm/instructions/f64x2.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import { EXPONENT_BIAS, MANTISSA_BITS, ROUNDER, integerBits } from './bits.ts';
import { type Keep, clamp, polynomial } from './function.ts';

/**
 * Coefficients of 2ᶠ - 1 = f·P(f) for |f| ≤ ½. The error is 3e-12·f, 0.00003 ulp of float32.
 */
const EXP2_COEFFICIENTS = [
  0.6931471805568324, 0.24022650695888503, 0.055504109063258665, 0.00961812913523614, 0.0013333478473685416,
  0.00015403475186530786, 1.5303700711365693e-5, 1.325080551750225e-6,
];
/** ln2/1!, ln²2/2!, …: the same to all digits of a double. */
export const EXACT_EXP2_COEFFICIENTS: readonly number[] = /* @__PURE__ */ Array.from(
  { length: 13 },
  (_, k) => {
    let term = 1;
    for (let i = 1; i <= k + 1; i++) term *= Math.LN2 / i;
    return term;
  },
);

/** For arguments of this magnitude or more, 2ˣ rounds to 0 or infinity in float32. */
const EXP2_LIMIT = 300;

interface ReducedExp2 {
  /** The n of 2ⁿ·(1 + m), in the low bits. */
  readonly exponent: Code;
  /** m, from -0.3 to 0.42. */
  readonly fraction: Code;
}

/** Reduces 2ᵗ = 2ⁿ·(1 + m). */
export const reduceExp2 = (keep: Keep, t: Code, coefficients?: readonly number[]): ReducedExp2 =>
  reduceLimitedExp2(keep, clamp(keep, t, EXP2_LIMIT), coefficients);

/** Like `reduceExp2`, for a value `limited` whose magnitude is at most `EXP2_LIMIT`, or NaN. */
export const reduceLimitedExp2 = (
  keep: Keep,
  limited: Code,
  coefficients: readonly number[] = EXP2_COEFFICIENTS,
): ReducedExp2 => {
  const exponent = keep(add(limited, constant(ROUNDER)));
  const f = keep(sub(limited, sub(exponent, constant(ROUNDER))));
  return { exponent, fraction: keep(mul(f, polynomial(keep, f, coefficients))) };
};

/** 2ⁿ as a number. */
export const scaleOf = (keep: Keep, { exponent }: ReducedExp2): Code =>
  keep(i64x2.shiftLeft(i64x2.add(exponent, integerBits(EXPONENT_BIAS)), MANTISSA_BITS));

/** 2ⁿ·(1 + m) - 1. A result of 0 has no sign. */
export const minusOne = (keep: Keep, reduced: ReducedExp2): Code => {
  const scale = scaleOf(keep, reduced);
  return keep(add(mul(scale, reduced.fraction), sub(scale, constant(1))));
};

/** Adds n to the exponent of 1 + m. */
export const exp2Code = (keep: Keep, x: Code): Code => {
  const { exponent, fraction } = reduceExp2(keep, x);
  return keep(i64x2.add(add(constant(1), fraction), i64x2.shiftLeft(exponent, MANTISSA_BITS)));
};

export const expCode = (keep: Keep, x: Code): Code => exp2Code(keep, keep(mul(x, constant(Math.LOG2E))));

/** eˣ - 1. A result of 0 has no sign. */
export const expm1Code = (keep: Keep, x: Code): Code =>
  minusOne(keep, reduceExp2(keep, keep(mul(x, constant(Math.LOG2E)))));

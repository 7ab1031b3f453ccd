/**
 * Exponentials and logarithms.
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
  max,
  mul,
  pseudoMax,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { EXPONENT_BIAS, MANTISSA_BITS, integerBits } from './bits.ts';
import {
  EXACT_EXP2_COEFFICIENTS,
  exp2Code,
  expCode,
  minusOne,
  reduceExp2,
  scaleOf,
} from './exponential-code.ts';
import { elementary, type ElementaryFunction, type Keep, polynomial, withSignOf } from './function.ts';
import { expInSinglePrecision } from './single-precision.ts';

export const exp2: ElementaryFunction = /* @__PURE__ */ elementary((a) => 2 ** a, exp2Code);

export const exp: ElementaryFunction = /* @__PURE__ */ elementary(Math.exp, expCode, expInSinglePrecision);

export const expm1: ElementaryFunction = /* @__PURE__ */ elementary(Math.expm1, (keep, x) => {
  const reduced = reduceExp2(keep, keep(mul(x, constant(Math.LOG2E))));
  return withSignOf(keep, x, minusOne(keep, reduced));
});

/** 1 / (1 + exp(-x)). */
export const sigmoid: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
  (keep, x) => {
    const power = exp2Code(keep, keep(mul(x, constant(-Math.LOG2E))));
    return keep(div(constant(1), add(constant(1), power)));
  },
);

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
/** The bits of 1 less those of √½. */
const SQRT_HALF_TO_ONE: Code = /* @__PURE__ */ integerBits(0x95f62 * 2 ** 32);
const MANTISSA: Code = /* @__PURE__ */ integerBits(2 ** 52 - 1);
/** The bits of this number plus those of an integer below 2⁵² are the sum of both. */
const INTEGER_BASE = 2 ** 52;

/** log((1 + s) / (1 - s)). */
const logOfQuotient = (keep: Keep, s: Code, coefficients: readonly number[]): Code => {
  const z = keep(mul(s, s));
  return mul(s, add(constant(2), mul(z, polynomial(keep, z, coefficients))));
};

/** Numbers that are zero, negative, infinite or NaN have k = -1023 or k > 1023 in `logOf`. */
const LARGE_EXPONENT = 500;

/**
 * The logarithm of x = 2ᵏ·m, with m from √½ to √2.
 *
 * `excess` is x - 1, where that is known more precisely than x.
 */
const logOf = (keep: Keep, x: Code, excess?: Code): Code => {
  const shifted = keep(i64x2.add(x, SQRT_HALF_TO_ONE));
  const exponent = v128.or(i64x2.shiftRightUnsigned(shifted, MANTISSA_BITS), constant(INTEGER_BASE));
  const k = keep(sub(exponent, constant(INTEGER_BASE + EXPONENT_BIAS)));
  const m = i64x2.add(v128.and(shifted, MANTISSA), constant(SQRT_HALF));
  const rounded = keep(sub(m, constant(1)));
  const f = excess === undefined ? rounded : keep(v128.select(excess, rounded, equal(k, constant(0))));
  const s = keep(div(f, add(f, constant(2))));
  const usual = add(mul(k, constant(Math.LN2)), logOfQuotient(keep, s, LOG_COEFFICIENTS));
  return keep.replace(less(constant(LARGE_EXPONENT), abs(k)), [usual], () => {
    const nonPositive = v128.select(constant(-Infinity), constant(NaN), equal(x, constant(0)));
    // Infinity and NaN are their own logarithms.
    return [v128.select(nonPositive, x, f64x2.lessEqual(x, constant(0)))];
  })[0];
};

export const log: ElementaryFunction = /* @__PURE__ */ elementary(Math.log, (keep, x) => logOf(keep, x));

export const log2: ElementaryFunction = /* @__PURE__ */ elementary(Math.log2, (keep, x) =>
  keep(mul(log.code(keep, x), constant(Math.LOG2E))),
);
export const log10: ElementaryFunction = /* @__PURE__ */ elementary(Math.log10, (keep, x) =>
  keep(mul(log.code(keep, x), constant(Math.LOG10E))),
);

/** x·log y; 0 for x = 0. */
export const xlogy: ElementaryFunction = /* @__PURE__ */ elementary(
  (x, y) => (x === 0 ? 0 : x * Math.log(y)),
  (keep, x, y) => keep(v128.andNot(mul(x, log.code(keep, y)), equal(x, constant(0)))),
);

/** log(1 + x). Where 1 + x is near 1, x holds digits that 1 + x has lost. */
export const log1p: ElementaryFunction = /* @__PURE__ */ elementary(Math.log1p, (keep, x) =>
  withSignOf(keep, x, logOf(keep, keep(add(x, constant(1))), x)),
);

/** The coefficients of `logOfQuotient` for quotients from 1 to 2. The relative error is 3e-13. */
const UP_TO_TWO_COEFFICIENTS = [
  0.6666666666709848, 0.3999999961956039, 0.28571483063336206, 0.222193104506863, 0.1825532801895845,
  0.14445878007941576, 0.19066500229620378,
];

/** max(x, 0) + log(1 + t) with t = exp(-|x|): neither term overflows, and nothing cancels. */
export const softplus: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  (keep, x) => {
    const t = exp2Code(keep, keep(mul(abs(x), constant(-Math.LOG2E))));
    const s = keep(div(t, add(t, constant(2))));
    return keep(add(pseudoMax(x, constant(0)), logOfQuotient(keep, s, UP_TO_TWO_COEFFICIENTS)));
  },
);

/** max(a, b) + log(1 + exp(-|a - b|)). The terms can cancel, so exp is computed to all digits. */
export const logaddexp: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))),
  (keep, a, b) => {
    const t = keep(mul(abs(sub(a, b)), constant(-Math.LOG2E)));
    const reduced = reduceExp2(keep, t, EXACT_EXP2_COEFFICIENTS);
    const scale = scaleOf(keep, reduced);
    const difference = log1p.code(keep, keep(add(scale, mul(scale, reduced.fraction))));
    // ∞ - ∞ is NaN.
    const term = v128.select(constant(Math.LN2), difference, equal(a, b));
    return keep(add(max(a, b), term));
  },
);

/** log(x / (1 - x)), which near ½ is log1p((2x - 1) / (1 - x)). */
export const logit: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (a < 0.25 ? Math.log(a / (1 - a)) : Math.log1p((2 * a - 1) / (1 - a))),
  (keep, x) => {
    const rest = keep(sub(constant(1), x));
    const small = log.code(keep, keep(div(x, rest)));
    const large = log1p.code(keep, keep(div(sub(add(x, x), constant(1)), rest)));
    return keep(v128.select(small, large, less(x, constant(0.25))));
  },
);

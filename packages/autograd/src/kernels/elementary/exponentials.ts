/**
 * Exponentials and logarithms.
 *
 * The polynomials were fitted for this file by Chebyshev interpolation.
 */
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  max,
  mul,
  pseudoMax,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { EXACT_EXP2_COEFFICIENTS, exp2Code, reduceExp2, scaleOf } from './exponential-code.ts';
import { type ElementaryFunction, elementary, elementaryInSingle } from './function.ts';
import { log1pCode, logCode, logOfPositive, logOfQuotient } from './logarithm-code.ts';
import {
  expInSinglePrecision,
  expm1InSinglePrecision,
  log1pInSinglePrecision,
  logInSinglePrecision,
} from './single-exponentials.ts';

export const exp2: ElementaryFunction = /* @__PURE__ */ elementary((a) => 2 ** a, exp2Code);

export const exp: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(Math.exp, expInSinglePrecision);

export const expm1: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.expm1,
  expm1InSinglePrecision,
);

/** 1 / (1 + exp(-x)). */
export const sigmoid: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
  (keep, x) => {
    const power = exp2Code(keep, keep(mul(x, constant(-Math.LOG2E))));
    return keep(div(constant(1), add(constant(1), power)));
  },
);

export const log: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(Math.log, logInSinglePrecision);

/** log x, rounded once: the bits of random numbers depend on it. */
export const doubleLog: ElementaryFunction = /* @__PURE__ */ elementary(Math.log, logCode);

export const log2: ElementaryFunction = /* @__PURE__ */ elementary(Math.log2, (keep, x) =>
  keep(mul(logCode(keep, x), constant(Math.LOG2E))),
);
export const log10: ElementaryFunction = /* @__PURE__ */ elementary(Math.log10, (keep, x) =>
  keep(mul(logCode(keep, x), constant(Math.LOG10E))),
);

/** x·log y; 0 for x = 0. */
export const xlogy: ElementaryFunction = /* @__PURE__ */ elementary(
  (x, y) => (x === 0 ? 0 : x * Math.log(y)),
  (keep, x, y) => keep(v128.andNot(mul(x, logCode(keep, y)), equal(x, constant(0)))),
);

/** log(1 + x). */
export const log1p: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.log1p,
  log1pInSinglePrecision,
);

/** log(1 + x), rounded once: see `doubleLog`. */
export const doubleLog1p: ElementaryFunction = /* @__PURE__ */ elementary(Math.log1p, log1pCode);

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
    const power = keep(add(scale, mul(scale, reduced.fraction)));
    const difference = logOfPositive(keep, keep(add(power, constant(1))), power);
    // ∞ - ∞ is NaN.
    const term = v128.select(constant(Math.LN2), difference, equal(a, b));
    return keep(add(max(a, b), term));
  },
);

/** log(x / (1 - x)). Where the quotient is near 1, it is 1 + (2x - 1) / (1 - x). */
export const logit: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (a < 0.25 ? Math.log(a / (1 - a)) : Math.log1p((2 * a - 1) / (1 - a))),
  (keep, x) => {
    const rest = keep(sub(constant(1), x));
    const excess = keep(div(sub(add(x, x), constant(1)), rest));
    return logCode(keep, keep(div(x, rest)), excess);
  },
);

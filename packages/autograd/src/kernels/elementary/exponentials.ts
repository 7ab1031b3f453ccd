/**
 * Exponentials and logarithms.
 *
 * The argument reductions and the polynomial of log are those of FreeBSD's msun
 * (https://www.netlib.org/fdlibm/).
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
  neg,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { EXPONENT_BIAS, MANTISSA_BITS, ROUNDER, integerBits } from './bits.ts';
import {
  elementary,
  type ElementaryFunction,
  type Keep,
  clamp,
  polynomial,
  preserveZero,
} from './function.ts';

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/**
 * The coefficients 1/1!, 1/2!, … of eʳ - 1 = r · polynomial. For |r| ≤ ln2/2, the error is at most
 * 2e-13 with ten coefficients, and 1e-16 with all.
 */
const EXP_COEFFICIENTS = /* @__PURE__ */ Array.from({ length: 13 }, (_, k) => {
  let factorial = 1;
  for (let i = 2; i <= k + 1; i++) factorial *= i;
  return 1 / factorial;
});

/** For arguments of this magnitude or more, exp rounds to 0 or infinity in float32. */
const EXP_LIMIT = 200;

/** Reduces x = n·ln2 + r, so that eˣ = 2ⁿ·(1 + m): `scale` is 2ⁿ, and `fraction` is m. */
const reduceExp = (keep: Keep, x: Code, terms = 10): { scale: Code; fraction: Code } => {
  const rounded = keep(add(mul(x, constant(Math.LOG2E)), constant(ROUNDER)));
  const n = keep(sub(rounded, constant(ROUNDER)));
  const r = keep(sub(sub(x, mul(n, constant(LN2_HIGH))), mul(n, constant(LN2_LOW))));
  return {
    scale: keep(i64x2.shiftLeft(i64x2.add(rounded, integerBits(EXPONENT_BIAS)), MANTISSA_BITS)),
    fraction: keep(mul(r, polynomial(keep, r, EXP_COEFFICIENTS.slice(0, terms)))),
  };
};

export const exp: ElementaryFunction = /* @__PURE__ */ elementary(Math.exp, (keep, x) => {
  const { scale, fraction } = reduceExp(keep, clamp(keep, x, EXP_LIMIT));
  return keep(add(scale, mul(scale, fraction)));
});

export const exp2: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => 2 ** a,
  (keep, x) => exp.code(keep, mul(x, constant(Math.LN2))),
);

export const expm1: ElementaryFunction = /* @__PURE__ */ elementary(Math.expm1, (keep, x) => {
  const { scale, fraction } = reduceExp(keep, clamp(keep, x, EXP_LIMIT));
  const result = add(mul(scale, fraction), sub(scale, constant(1)));
  return preserveZero(keep, x, result);
});

export const sigmoid: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
  (keep, x) => keep(div(constant(1), add(constant(1), exp.code(keep, neg(x))))),
);

const LOG_COEFFICIENTS = [
  6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
  1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
];
/** √½, rounded down to 20 bits after the leading one. */
const SQRT_HALF = 0.7071065902709961;

/** The logarithm of a positive, finite, normal number. */
const logPositive = (keep: Keep, x: Code): Code => {
  const exponent = keep(i64x2.shiftRight(i64x2.sub(x, constant(SQRT_HALF)), MANTISSA_BITS));
  const mantissa = i64x2.sub(x, i64x2.shiftLeft(exponent, MANTISSA_BITS));
  const k = keep(sub(i64x2.add(exponent, constant(ROUNDER)), constant(ROUNDER)));
  const f = keep(sub(mantissa, constant(1)));
  const s = keep(div(f, add(f, constant(2))));
  const z = keep(mul(s, s));
  const remainder = mul(z, polynomial(keep, z, LOG_COEFFICIENTS));
  const halfSquare = keep(mul(constant(0.5), mul(f, f)));
  const low = add(mul(s, add(halfSquare, remainder)), mul(k, constant(LN2_LOW)));
  return keep(sub(mul(k, constant(LN2_HIGH)), sub(sub(halfSquare, low), f)));
};

/**
 * Replaces `result` with the special values of log where they apply.
 *
 * `x` is the argument of the logarithm, or for log1p that argument after rounding.
 */
const replaceSpecial = (keep: Keep, x: Code, result: Code): Code => {
  const nonPositive = v128.select(constant(-Infinity), constant(NaN), equal(x, constant(0)));
  const finite = v128.select(x, result, equal(x, constant(Infinity)));
  const positive = v128.select(finite, nonPositive, less(constant(0), x));
  return keep(v128.select(x, positive, f64x2.notEqual(x, x)));
};

export const log: ElementaryFunction = /* @__PURE__ */ elementary(Math.log, (keep, x) =>
  replaceSpecial(keep, x, logPositive(keep, x)),
);

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

/** log(1 + x) = log(u) + (x - (u - 1)) / u, where u is 1 + x, rounded. */
export const log1p: ElementaryFunction = /* @__PURE__ */ elementary(Math.log1p, (keep, x) => {
  const u = keep(add(x, constant(1)));
  const correction = div(sub(x, sub(u, constant(1))), u);
  return preserveZero(keep, x, replaceSpecial(keep, u, add(logPositive(keep, u), correction)));
});

/** max(x, 0) + log(1 + exp(-|x|)): neither term overflows, and nothing cancels. */
export const softplus: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  (keep, x) => keep(add(max(x, constant(0)), log1p.code(keep, exp.code(keep, neg(abs(x)))))),
);

/** max(a, b) + log(1 + exp(-|a - b|)). The terms can cancel, so exp is computed to all digits. */
export const logaddexp: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))),
  (keep, a, b) => {
    const exponent = clamp(keep, neg(abs(sub(a, b))), EXP_LIMIT);
    const { scale, fraction } = reduceExp(keep, exponent, EXP_COEFFICIENTS.length);
    const difference = log1p.code(keep, keep(add(scale, mul(scale, fraction))));
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

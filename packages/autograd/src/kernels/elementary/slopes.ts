/**
 * Derivatives as elementary functions.
 *
 * Here float32 operations would cancel, overflow or round too much. Double precision, rounded once,
 * avoids that.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  less,
  min,
  mul,
  neg,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import { erfInverse } from '../erf.ts';
import { erfInv } from './error-functions.ts';
import { exp2Code, expCode } from './exponential-code.ts';
import { sigmoid } from './exponentials.ts';
import { logCode } from './logarithm-code.ts';
import { elementary, type ElementaryFunction, type Keep, clamp } from './function.ts';
import { cbrt, pow } from './powers.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';

/** sigmoid′(z) = t / (1 + t)² with t = exp(-|z|), in which nothing cancels. tanh′ uses it too. */
const bellSlope = (keep: Keep, z: Code): Code => {
  const t = keep(expCode(keep, neg(abs(z))));
  const root = keep(add(constant(1), t));
  return div(t, mul(root, root));
};

/** `bellSlope` for a single number. */
const sigmoidSlopeOf = (x: number): number => {
  const t = Math.exp(-Math.abs(x));
  return t / (1 + t) ** 2;
};

/** σ′(x) = σ(x)·σ(-x). */
export const sigmoidSlope: ElementaryFunction = /* @__PURE__ */ elementary(sigmoidSlopeOf, (keep, x) =>
  keep(bellSlope(keep, x)),
);

/** tanh′(x) = 1 / cosh²(x) = 4·σ′(2x). */
export const tanhSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => 4 * sigmoidSlopeOf(2 * a),
  (keep, x) => keep(mul(constant(4), bellSlope(keep, keep(mul(x, constant(2)))))),
);

/** erf′(x) = 2/√π·exp(-x²): in doubles the square of a float32 number is exact. */
export const erfSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a),
  (keep, x) => keep(mul(constant(2 / Math.sqrt(Math.PI)), expCode(keep, keep(neg(mul(x, x)))))),
);

/**
 * The largest magnitude of a factor of a power; larger factors are clamped to it.
 *
 * Powers are computed as at least exp(-EXP_LIMIT) instead of 0, so an infinite factor would wrongly
 * outweigh them.
 */
const LARGE_FACTOR = 1e40;

/** c·a^(b - shift), with the difference in double precision. For c = 0, it is 0 for any power. */
export const scaledPower: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b, shift, c) => (c === 0 ? 0 : c * a ** (b - shift)),
  (keep, a, b, shift, c) => {
    const result = mul(clamp(keep, c, LARGE_FACTOR), pow.code(keep, a, keep(sub(b, shift))));
    return keep(v128.select(constant(0), result, equal(c, constant(0))));
  },
);

/** ∂(aᵇ)/∂b = aᵇ·ln a; at a = 0 it is 0 for b ≥ 0 and -∞ for b < 0. */
export const powExponentSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => {
    if (a === 0 && b >= 0) return 0;
    return a === Infinity && b < 0 ? 0 : a ** b * Math.log(a);
  },
  (keep, a, b) => {
    const logarithm = keep(logCode(keep, a));
    // For a = ∞ and b < 0 the power outweighs the logarithm: the result is 0.
    const factor = v128.select(min(logarithm, constant(LARGE_FACTOR)), logarithm, less(b, constant(0)));
    const slope = mul(pow.code(keep, a, b), factor);
    const isZero = v128.and(equal(a, constant(0)), f64x2.lessEqual(constant(0), b));
    return keep(v128.select(constant(0), slope, isZero));
  },
);

/** -ct·a / b²: both products are exact in doubles. */
export const divSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (ct, a, b) => (-ct * a) / (b * b),
  (_keep, ct, a, b) => neg(div(mul(ct, a), mul(b, b))),
);

/** The derivative of 2ˣ: ln 2·2ˣ. It is finite for some x where 2ˣ is not. */
export const exp2Slope: ElementaryFunction = /* @__PURE__ */ elementary(
  (x) => Math.LN2 * 2 ** x,
  (keep, x) => keep(mul(constant(Math.LN2), exp2Code(keep, x))),
);

/** The derivative of ∛x: 1 / (3·∛x²). */
export const cbrtSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (x) => 1 / (3 * Math.cbrt(x) ** 2),
  (keep, x) => {
    const root = keep(cbrt.code(keep, x));
    return keep(div(constant(1), mul(constant(3), mul(root, root))));
  },
);

/** a / √(a² + b²), the derivative of hypot by a; 0 at the origin. */
export const overNorm: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === 0 ? 0 : a / Math.hypot(a, b)),
  (keep, a, b) => {
    const quotient = div(a, f64x2.sqrt(add(mul(a, a), mul(b, b))));
    return keep(v128.andNot(quotient, equal(a, constant(0))));
  },
);

/** a / (a² + b²), without overflow: the derivatives of arctan2. */
export const overSquaredNorm: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => a / (a * a + b * b),
  (keep, a, b) => keep(div(a, add(mul(a, a), mul(b, b)))),
);

/** σ(a - b), the derivative of logaddexp by a; ½ for equal operands, also if they are infinite. */
export const logaddexpSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === b ? 0.5 : 1 / (1 + Math.exp(b - a))),
  (keep, a, b) => keep(v128.select(constant(0.5), sigmoid.code(keep, keep(sub(a, b))), equal(a, b))),
);

/** The derivative of erf⁻¹: √π/2·exp(erf⁻¹(y)²). */
export const erfInvSlope: ElementaryFunction = /* @__PURE__ */ elementary(
  (y) => (Math.sqrt(Math.PI) / 2) * Math.exp(erfInverse(y) ** 2),
  (keep, y) => {
    const x = keep(erfInv.code(keep, y));
    return keep(mul(constant(Math.sqrt(Math.PI) / 2), expCode(keep, keep(mul(x, x)))));
  },
);

/** Powers and roots. */
import { abs, add, const as constant, div, equal, floor, less, mul } from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as f32x4 from '../../wasm/instructions/f32x4.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { expCode } from './exponential-code.ts';
import { logCode } from './logarithm-code.ts';
import { type ElementaryFunction, SIGN_BIT, elementary, elementaryInSingle } from './function.ts';
import { byHalves, isOutside } from './single-precision.ts';

/**
 * 1/√x as √(1/x), whose root halves the error of the quotient: 0.85 ulp at most. Where 1/x is too
 * large, too small, infinite or negative, it is computed in double precision.
 */
export const rsqrt: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  (a) => 1 / Math.sqrt(a),
  (keep, x) => {
    const usual = f32x4.sqrt(f32x4.div(f32x4.const(1), x));
    // From 2⁻¹²⁶ to below 2¹²⁶.
    return keep.replace(isOutside(x, 0x00800000, 0x7e800000), [usual], (rare) => [
      byHalves(rare, (_keep, pair) => div(constant(1), f64x2.sqrt(pair)), x),
    ])[0];
  },
);

/** exp(log|x| / 3) with the sign of x. */
export const cbrt: ElementaryFunction = /* @__PURE__ */ elementary(Math.cbrt, (keep, x) => {
  const root = expCode(keep, keep(div(logCode(keep, keep(abs(x))), constant(3))));
  const magnitude = v128.andNot(root, equal(x, constant(0)));
  return keep(v128.or(magnitude, v128.and(x, SIGN_BIT)));
});

/** √(a² + b²): in doubles the squares neither overflow nor underflow. */
export const hypot: ElementaryFunction = /* @__PURE__ */ elementary(Math.hypot, (keep, a, b) => {
  const isInfinite = v128.or(equal(abs(a), constant(Infinity)), equal(abs(b), constant(Infinity)));
  return keep(v128.select(constant(Infinity), f64x2.sqrt(add(mul(a, a), mul(b, b))), isInfinite));
});

/** aᵇ = exp(b·log|a|), with the sign and the special values of C99's pow. */
export const pow: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  (keep, base, power) => {
    const a = base;
    const b = power;
    const magnitude = expCode(keep, mul(b, logCode(keep, keep(abs(a)))));
    const half = keep(mul(b, constant(0.5)));
    const whole = keep(equal(b, floor(b)));
    const odd = v128.andNot(whole, equal(half, floor(half)));
    const signed = v128.xor(magnitude, v128.and(v128.and(a, odd), SIGN_BIT));
    const undefinedPower = v128.andNot(v128.and(less(a, constant(0)), less(constant(-Infinity), a)), whole);
    const result = keep(v128.select(constant(NaN), signed, undefinedPower));
    const minusOneToInfinity = v128.and(equal(abs(a), constant(1)), equal(abs(b), constant(Infinity)));
    const one = v128.or(v128.or(equal(b, constant(0)), equal(a, constant(1))), minusOneToInfinity);
    return keep(v128.select(constant(1), result, one));
  },
);

/** a·b + c: in doubles the product of two float32 numbers is exact. */
export const multiplyAdd: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b, c) => a * b + c,
  (_keep, a, b, c) => add(mul(a, b), c),
);

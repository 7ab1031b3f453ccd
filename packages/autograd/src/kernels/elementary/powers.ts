/** Powers and roots. */
import { abs, add, const as constant, div, equal, floor, less, mul } from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { expCode } from './exponential-code.ts';
import { log } from './exponentials.ts';
import { elementary, type ElementaryFunction, SIGN_BIT } from './function.ts';

export const rsqrt: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => 1 / Math.sqrt(a),
  (_keep, x) => div(constant(1), f64x2.sqrt(x)),
);

/** exp(log|x| / 3) with the sign of x. */
export const cbrt: ElementaryFunction = /* @__PURE__ */ elementary(Math.cbrt, (keep, x) => {
  const root = expCode(keep, keep(div(log.code(keep, keep(abs(x))), constant(3))));
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
    const magnitude = expCode(keep, mul(b, log.code(keep, keep(abs(a)))));
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

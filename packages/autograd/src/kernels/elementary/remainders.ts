/** Remainders and integer quotients. */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  floor,
  less,
  mul,
  nearest,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { elementary, type ElementaryFunction, type Keep, SIGN_BIT } from './function.ts';

/**
 * The number of quotient bits that one step computes. A double holds their product with the 24 bits
 * of the divisor exactly.
 */
const STEP_BITS = 28;
/** Quotients of float32 numbers are below 2²⁷⁷. */
const STEPS = 10;

/**
 * Long division: each step subtracts a multiple of b·2ᵏ, and is exact. Quotients below 2²⁸ need the
 * last step only.
 */
const remainderOf = (keep: Keep, a: Code, b: Code): Code => {
  const magnitude = keep(abs(a));
  const divisor = keep(abs(b));
  const divide = (own: Keep, rest: Code, multiple: Code): Code =>
    own(sub(rest, mul(floor(div(rest, multiple)), multiple)));
  const isSmall = less(magnitude, mul(divisor, constant(2 ** STEP_BITS)));
  const [rest] = keep.replace(v128.not(isSmall), [divide(keep, magnitude, divisor)], (rare) => {
    let long = magnitude;
    for (let step = STEPS - 1; step >= 0; step--)
      long = divide(rare, long, rare(mul(divisor, constant(2 ** (STEP_BITS * step)))));
    return [long];
  });
  const result = v128.select(magnitude, rest, less(magnitude, divisor));
  return keep(v128.or(result, v128.and(a, SIGN_BIT)));
};

/** The remainder with the sign of a: a - b·trunc(a/b). */
export const fmod: ElementaryFunction = /* @__PURE__ */ elementary((a, b) => a % b, remainderOf);

const hasSign = (x: number): boolean => x < 0 || Object.is(x, -0);

/** |a| with the sign of b. NaN counts as positive: its sign bit differs between machines. */
const copysignOf = (a: number, b: number): number => (hasSign(b) ? -Math.abs(a) : Math.abs(a));

export const copysign: ElementaryFunction = /* @__PURE__ */ elementary(copysignOf, (keep, a, b) =>
  keep(v128.or(abs(a), v128.and(v128.and(b, SIGN_BIT), equal(b, b)))),
);

/** The remainder with the sign of b: a - b·floor(a/b). */
export const mod: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => {
    const rest = a % b;
    if (rest === 0) return copysignOf(0, b);
    return rest < 0 === b < 0 ? rest : rest + b;
  },
  (keep, a, b) => {
    const rest = remainderOf(keep, a, b);
    const moved = keep(v128.select(add(rest, b), rest, less(mul(rest, b), constant(0))));
    return keep(v128.select(v128.and(b, SIGN_BIT), moved, equal(moved, constant(0))));
  },
);

/** floor(a/b): (a - fmod(a, b)) / b, minus 1 if the remainder and b have different signs. */
export const floorDivide: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => {
    if (b === 0) return a / b;
    const rest = a % b;
    const quotient = (a - rest) / b - (rest * b < 0 ? 1 : 0);
    return quotient === 0 ? copysignOf(0, a / b) : Math.round(quotient);
  },
  (keep, a, b) => {
    const rest = remainderOf(keep, a, b);
    const truncated = keep(div(sub(a, rest), b));
    const isNegative = less(mul(rest, b), constant(0));
    const floored = keep(nearest(sub(truncated, v128.and(constant(1), isNegative))));
    const plain = keep(div(a, b));
    const zero = v128.and(plain, SIGN_BIT);
    const quotient = v128.select(zero, floored, equal(floored, constant(0)));
    return keep(v128.select(plain, quotient, equal(b, constant(0))));
  },
);

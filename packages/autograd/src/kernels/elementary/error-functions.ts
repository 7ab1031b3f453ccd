/**
 * The error function, its complement and its inverse.
 *
 * The polynomials were fitted for this file by Chebyshev interpolation. Those of erf have an
 * absolute error below 1e-10, those of erfc and of the inverse a relative error below 1e-11.
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
import * as f32x4 from '../../wasm/instructions/f32x4.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { erf as erfOf, erfInverse, erfc as erfcOf } from '../erf.ts';
import { expCode } from './exponential-code.ts';
import { log1pCode, logCode } from './logarithm-code.ts';
import {
  ERFC_COEFFICIENTS,
  ERF_LARGE,
  ERF_SMALL,
  INVERSE_CENTRAL,
  INVERSE_TAIL,
} from './error-coefficients.ts';
import { elementary, type ElementaryFunction, type Keep, SIGN_BIT, polynomial } from './function.ts';

/**
 * x·P(x²) for |x| ≤ 1. Beyond, ±(1 - exp(-x²)·Q(1 / (1 + |x|/2))), which is ±1 in float32 from 4
 * on.
 */
export const erf: ElementaryFunction = /* @__PURE__ */ elementary(erfOf, (keep, x) => {
  const magnitude = keep(min(abs(x), constant(4.2)));
  const square = keep(mul(magnitude, magnitude));
  const small = keep(mul(x, polynomial(keep, square, ERF_SMALL)));
  const t = keep(div(constant(1), add(constant(1), mul(magnitude, constant(0.5)))));
  const tail = mul(expCode(keep, neg(square)), polynomial(keep, t, ERF_LARGE));
  const large = keep(sub(constant(1), tail));
  const signed = v128.or(large, v128.and(x, SIGN_BIT));
  return keep(v128.select(signed, small, less(constant(1), magnitude)));
});

/**
 * exp(-a²)·P(s) / (1 + a/2) with a = |x| and s = (a - 3) / (a + 3), subtracted from 2 for x < 0.
 */
export const erfc: ElementaryFunction = /* @__PURE__ */ elementary(erfcOf, (keep, x) => {
  // From 10.5 on, the result rounds to 0.
  const a = keep(min(abs(x), constant(10.6)));
  const s = keep(div(sub(a, constant(3)), add(a, constant(3))));
  const power = expCode(keep, keep(neg(mul(a, a))));
  const tail = keep(
    div(mul(power, polynomial(keep, s, ERFC_COEFFICIENTS)), add(constant(1), mul(a, constant(0.5)))),
  );
  return keep(v128.select(sub(constant(2), tail), tail, less(x, constant(0))));
});

/** The value of w = -log(1 - x²) at which the two polynomials of the inverse meet. */
const CENTRAL_LIMIT = 5;

/** x·P(w - 2.5) for w = -log(1 - x²) < 5, else x·Q(√w - 3.16). ±∞ at ±1, NaN beyond. */
export const erfInv: ElementaryFunction = /* @__PURE__ */ elementary(erfInverse, (keep, x) => {
  const w = keep(neg(log1pCode(keep, keep(neg(mul(x, x))))));
  const isCentral = keep(less(w, constant(CENTRAL_LIMIT)));
  const t = keep(v128.select(sub(w, constant(2.5)), sub(f64x2.sqrt(w), constant(3.16)), isCentral));
  const coefficient = (index: number): Code =>
    v128.select(constant(INVERSE_CENTRAL[index]), constant(INVERSE_TAIL[index]), isCentral);
  const top = INVERSE_CENTRAL.length - 1;
  let p = keep(coefficient(top));
  for (let index = top - 1; index >= 0; index--) p = keep(add(coefficient(index), mul(p, t)));
  const atOne = mul(x, constant(Infinity));
  return keep(v128.select(atOne, mul(p, x), equal(abs(x), constant(1))));
});

/** Rounds to float32. */
const roundToSingle = (x: Code): Code => f64x2.promoteLowF32(f32x4.demoteF64Zero(x));

const SINGLE_CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const SINGLE_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/**
 * Giles' single-precision approximation, with every step rounded once to float32.
 *
 * XLA computes it in this way, and the bits of JAX's normal numbers depend on it.
 * https://people.maths.ox.ac.uk/gilesm/files/gems_erfinv.pdf
 */
export const singleErfInv: ElementaryFunction = /* @__PURE__ */ elementary(erfInverse, (keep, x) => {
  const square = keep(roundToSingle(mul(x, x)));
  // Where 1 - x² loses digits of x², w is too small for them to matter.
  const w = keep(roundToSingle(neg(logCode(keep, keep(sub(constant(1), square))))));
  const evaluate = (own: Keep, t: Code, coefficients: readonly number[]): Code =>
    coefficients
      .map(Math.fround)
      .reduce<Code>(
        (p, c, i) => (i === 0 ? constant(c) : own(roundToSingle(add(constant(c), mul(p, t))))),
        [],
      );
  const central = evaluate(keep, keep(roundToSingle(sub(w, constant(2.5)))), SINGLE_CENTRAL);
  const inTail = f64x2.lessEqual(constant(5), w);
  const [result] = keep.replace(inTail, [mul(central, x)], (rare) => {
    const t = rare(roundToSingle(sub(roundToSingle(f64x2.sqrt(w)), constant(3))));
    const tail = mul(evaluate(rare, t, SINGLE_TAIL), x);
    return [rare(v128.select(mul(x, constant(Infinity)), tail, equal(abs(x), constant(1))))];
  });
  return result;
});

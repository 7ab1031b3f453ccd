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
import { exp, log1p } from './exponentials.ts';
import { elementary, type ElementaryFunction, type Keep, SIGN_BIT, polynomial } from './function.ts';

const ERF_SMALL = [
  1.1283791670946954, -0.37612638889868705, 0.11283791313491734, -0.026866133625037196, 0.005223785005702412,
  -0.000854267054457928, 0.00011956946613695703, -1.3911700196386799e-5, 1.0595274234595599e-6,
];
const ERF_LARGE = [
  -0.00010541603234459629, 0.28407621943107486, 0.26591065597190766, 0.32156436142731853,
  -0.03505691946270391, 0.4496222097496151, -0.3544714942283041, 0.05142967929354407, 0.0171416606354795,
];

/**
 * x·P(x²) for |x| ≤ 1. Beyond, ±(1 - exp(-x²)·Q(1 / (1 + |x|/2))), which is ±1 in float32 from 4
 * on.
 */
export const erf: ElementaryFunction = /* @__PURE__ */ elementary(erfOf, (keep, x) => {
  const magnitude = keep(min(abs(x), constant(4.2)));
  const square = keep(mul(magnitude, magnitude));
  const small = keep(mul(x, polynomial(keep, square, ERF_SMALL)));
  const t = keep(div(constant(1), add(constant(1), mul(magnitude, constant(0.5)))));
  const tail = mul(exp.code(keep, neg(square)), polynomial(keep, t, ERF_LARGE));
  const large = keep(sub(constant(1), tail));
  const signed = v128.or(large, v128.and(x, SIGN_BIT));
  return keep(v128.select(signed, small, less(constant(1), magnitude)));
});

const ERFC_COEFFICIENTS = [
  0.44750287795498783, -0.2785804465981195, 0.1723122774399174, -0.0801756606937931, 0.023930969907879976,
  -0.0012173986880670597, -0.0027408745723499204, 0.0011633412936097362, 2.4975041574806874e-5,
  -0.0001613940479578692, 1.9944327964268974e-5, 2.141216746196053e-5, -2.3916773266815083e-6,
  -2.0750134580599042e-6,
];

/**
 * exp(-a²)·P(s) / (1 + a/2) with a = |x| and s = (a - 3) / (a + 3), subtracted from 2 for x < 0.
 */
export const erfc: ElementaryFunction = /* @__PURE__ */ elementary(erfcOf, (keep, x) => {
  // From 10.5 on, the result rounds to 0.
  const a = keep(min(abs(x), constant(10.6)));
  const s = keep(div(sub(a, constant(3)), add(a, constant(3))));
  const power = exp.code(keep, keep(neg(mul(a, a))));
  const tail = keep(
    div(mul(power, polynomial(keep, s, ERFC_COEFFICIENTS)), add(constant(1), mul(a, constant(0.5)))),
  );
  return keep(v128.select(sub(constant(2), tail), tail, less(x, constant(0))));
});

/** The value of w = -log(1 - x²) at which the two polynomials of the inverse meet. */
const CENTRAL_LIMIT = 5;
const INVERSE_CENTRAL = [
  1.501409351110792, 0.24664027673055933, -0.00417731772599164, -0.0012527078260762582, 0.000218250273934182,
  -4.9962227613667115e-6, -3.416636103077881e-6, 4.788369412627382e-7, 1.3429287142216358e-8,
  -1.0906655743110653e-8, 9.024881447909744e-10, 1.2982446043371449e-10, -3.0122346021629576e-11,
  -3.388817519066577e-13, 4.384995311926027e-13,
];
const INVERSE_TAIL = [
  2.993458716394622, 1.0041931949489018, 0.006518114830431863, -0.004799606733555942, 0.003376107616131556,
  -0.002263662499571002, 0.0011774929638932877, -0.00034872442300052514, -4.958056189550382e-5,
  0.00011769789560542871, -5.812190885518634e-5, 3.490689149839203e-6, 1.019908815579525e-5,
  -3.6394697896005024e-6, -7.09603874277448e-8,
];

/** x·P(w - 2.5) for w = -log(1 - x²) < 5, else x·Q(√w - 3.16). ±∞ at ±1, NaN beyond. */
export const erfInv: ElementaryFunction = /* @__PURE__ */ elementary(erfInverse, (keep, x) => {
  const w = keep(neg(log1p.code(keep, keep(neg(mul(x, x))))));
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
  const w = keep(roundToSingle(neg(log1p.code(keep, keep(neg(square))))));
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

/**
 * Elementary functions on f64x2, which those on f32x4 are made of.
 *
 * Results are computed in double precision and rounded once. They are correctly rounded except for
 * about one argument in a million (five for erf). They are the same on every machine, because they
 * use only +, -, ·, / and √.
 *
 * The argument reductions and the polynomials of log, sin and cos are those of FreeBSD's msun
 * (https://www.netlib.org/fdlibm/). The two polynomials of erf were fitted for this file (Chebyshev
 * interpolation, absolute error below 1e-10).
 */
import type { Code } from '../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  floor,
  less,
  max,
  min,
  mul,
  nearest,
  neg,
  sub,
} from '../wasm/instructions/f64x2.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i64x2 from '../wasm/instructions/i64x2.ts';
import * as v128 from '../wasm/instructions/v128.ts';
import { erf as erfOf, erfInverse } from './erf.ts';

/** Stores a value in a local variable, and returns the code that reads the variable. */
export type Keep = (value: Code) => Code;

/** Returns the code of an f64x2 value. Emits statements through `keep`. */
type DoubleCode = (keep: Keep, ...operands: Code[]) => Code;

/** An elementary function in double precision, for two lanes and for a single number. */
export interface ElementaryFunction {
  readonly code: DoubleCode;
  /** Computes the same function on numbers, to check `code`. */
  readonly reference: (...operands: number[]) => number;
}

/* @__NO_SIDE_EFFECTS__ */
export const elementary = (
  reference: ElementaryFunction['reference'],
  code: DoubleCode,
): ElementaryFunction => ({ code, reference });

const SIGN_BIT = /* @__PURE__ */ constant(-0);

/** Adding this number rounds to an integer, which the low bits of the sum then hold. */
const ROUNDER = 1.5 * 2 ** 52;
const EXPONENT_BIAS = 1023;
/**
 * Returns a vector whose lanes are the integer n ≥ 0.
 *
 * The bits of n, read as a float64 number, are n times the least positive number.
 */
const integerBits = (n: number): Code => constant(n * Number.MIN_VALUE);
const MANTISSA_BITS = /* @__PURE__ */ i32.const(52);

/** c[0] + c[1]·x + c[2]·x² + …, by Horner's rule. */
const polynomial = (keep: Keep, x: Code, coefficients: readonly number[]): Code =>
  coefficients.reduceRight<Code | undefined>(
    (sum, c) => (sum === undefined ? constant(c) : keep(add(mul(sum, x), constant(c)))),
    undefined,
  ) ?? constant(0);

export const clamp = (keep: Keep, x: Code, limit: number): Code =>
  keep(min(max(x, constant(-limit)), constant(limit)));

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** The coefficients 1/1!, 1/2!, … of eʳ - 1 = r · polynomial, to 2e-13 for |r| ≤ ln2/2. */
const EXP_COEFFICIENTS = /* @__PURE__ */ Array.from({ length: 10 }, (_, k) => {
  let factorial = 1;
  for (let i = 2; i <= k + 1; i++) factorial *= i;
  return 1 / factorial;
});

export const rsqrt: ElementaryFunction = /* @__PURE__ */ elementary(
  (a) => 1 / Math.sqrt(a),
  (_keep, x) => div(constant(1), f64x2.sqrt(x)),
);

/** For exponents of this magnitude and more, exp rounds to 0 or infinity in float32. */
const EXP_LIMIT = 200;

/** Reduces x = n·ln2 + r, so that eˣ = 2ⁿ·(1 + m): `scale` is 2ⁿ, and `fraction` is m. */
const reduceExp = (keep: Keep, x: Code): { scale: Code; fraction: Code } => {
  const rounded = keep(add(mul(x, constant(Math.LOG2E)), constant(ROUNDER)));
  const n = keep(sub(rounded, constant(ROUNDER)));
  const r = keep(sub(sub(x, mul(n, constant(LN2_HIGH))), mul(n, constant(LN2_LOW))));
  return {
    scale: keep(i64x2.shiftLeft(i64x2.add(rounded, integerBits(EXPONENT_BIAS)), MANTISSA_BITS)),
    fraction: keep(mul(r, polynomial(keep, r, EXP_COEFFICIENTS))),
  };
};

export const exp: ElementaryFunction = /* @__PURE__ */ elementary(Math.exp, (keep, x) => {
  const { scale, fraction } = reduceExp(keep, clamp(keep, x, EXP_LIMIT));
  return keep(add(scale, mul(scale, fraction)));
});

export const expm1: ElementaryFunction = /* @__PURE__ */ elementary(Math.expm1, (keep, x) => {
  const { scale, fraction } = reduceExp(keep, clamp(keep, x, EXP_LIMIT));
  const result = add(mul(scale, fraction), sub(scale, constant(1)));
  return preserveZero(keep, x, result);
});

/** Replaces `result` with x where x is ±0, because f(±0) = ±0. */
const preserveZero = (keep: Keep, x: Code, result: Code): Code =>
  keep(v128.select(x, result, equal(x, constant(0))));

export const tanh: ElementaryFunction = /* @__PURE__ */ elementary(Math.tanh, (keep, x) => {
  const e = expm1.code(keep, keep(mul(clamp(keep, x, 20), constant(2))));
  return preserveZero(keep, x, div(e, add(e, constant(2))));
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

/** 2/π in pieces of 24 bits. The product of a float32 number with each piece is exact. */
const TWO_OVER_PI = /* @__PURE__ */ [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163,
].map((bits, index) => bits * 2 ** (-24 * (index + 1)));

/**
 * Reduces x = (q + f)·π/2 with |f| ≤ ½, after Payne and Hanek.
 *
 * Returns the angle f·π/2, and q in the low bits of `quadrant`. Each partial product drops its
 * whole turns, so the angle is accurate for every float32 number, however large.
 *
 * A first sum adds the partial products from the least to the greatest, to find q. A second sum
 * starts at -q and adds them from the greatest to the least. It cancels in exact steps, so f keeps
 * its digits where x is close to a multiple of π/2.
 */
const reduceAngle = (keep: Keep, x: Code): { angle: Code; quadrant: Code } => {
  const turns = TWO_OVER_PI.map((piece) => {
    const product = keep(mul(x, constant(piece)));
    return keep(sub(product, mul(nearest(mul(product, constant(0.25))), constant(4))));
  });
  const sum = turns.reduceRight((total, part) => keep(add(part, total)));
  const quadrant = keep(add(sum, constant(ROUNDER)));
  const minusQ = keep(sub(constant(ROUNDER), quadrant));
  const f = turns.reduce((rest, part) => keep(add(rest, part)), minusQ);
  return { angle: keep(mul(f, constant(Math.PI / 2))), quadrant };
};

const SIN_COEFFICIENTS = [
  -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4,
  2.75573137070700676789e-6, -2.50507602534068634195e-8, 1.58969099521155010221e-10,
];
const COS_COEFFICIENTS = [
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5,
  -2.75573143513906633035e-7, 2.0875723212981748279e-9, -1.13596475577881948265e-11,
];

const sinAndCos = (keep: Keep, x: Code): { sin: Code; cos: Code } => {
  const { angle, quadrant } = reduceAngle(keep, x);
  const z = keep(mul(angle, angle));
  const s = keep(add(angle, mul(mul(angle, z), polynomial(keep, z, SIN_COEFFICIENTS))));
  const c = keep(
    add(sub(constant(1), mul(constant(0.5), z)), mul(mul(z, z), polynomial(keep, z, COS_COEFFICIENTS))),
  );
  const odd = keep(i64x2.shiftRight(i64x2.shiftLeft(quadrant, i32.const(63)), i32.const(63)));
  const signFrom = (turns: Code): Code => v128.and(i64x2.shiftLeft(turns, i32.const(62)), SIGN_BIT);
  return {
    sin: keep(v128.xor(v128.select(c, s, odd), signFrom(quadrant))),
    cos: keep(v128.xor(v128.select(s, c, odd), signFrom(i64x2.add(quadrant, integerBits(1))))),
  };
};

export const sin: ElementaryFunction = /* @__PURE__ */ elementary(Math.sin, (keep, x) =>
  preserveZero(keep, x, sinAndCos(keep, x).sin),
);
export const cos: ElementaryFunction = /* @__PURE__ */ elementary(
  Math.cos,
  (keep, x) => sinAndCos(keep, x).cos,
);
export const tan: ElementaryFunction = /* @__PURE__ */ elementary(Math.tan, (keep, x) => {
  const both = sinAndCos(keep, x);
  return preserveZero(keep, x, div(both.sin, both.cos));
});

/** aᵇ = exp(b·log|a|), with the sign and the special values of C99's pow. */
export const pow: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  (keep, base, power) => {
    const a = base;
    const b = power;
    const magnitude = exp.code(keep, mul(b, log.code(keep, keep(abs(a)))));
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

/** Rounds to float32. */
const roundToSingle = (x: Code): Code => f64x2.promoteLowF32(f32x4.demoteF64Zero(x));

const ERF_INV_CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/**
 * Giles' single-precision approximation, with every step rounded once to float32.
 *
 * XLA computes it in this way, and the bits of JAX's normal numbers depend on it.
 * https://people.maths.ox.ac.uk/gilesm/files/gems_erfinv.pdf
 */
export const erfInv: ElementaryFunction = /* @__PURE__ */ elementary(erfInverse, (keep, x) => {
  const square = keep(roundToSingle(mul(x, x)));
  const w = keep(roundToSingle(neg(log1p.code(keep, keep(neg(square))))));
  const central = keep(less(w, constant(5)));
  const t = keep(
    v128.select(
      roundToSingle(sub(w, constant(2.5))),
      roundToSingle(sub(roundToSingle(f64x2.sqrt(w)), constant(3))),
      central,
    ),
  );
  const step = (index: number): Code =>
    v128.select(
      constant(Math.fround(ERF_INV_CENTRAL[index])),
      constant(Math.fround(ERF_INV_TAIL[index])),
      central,
    );
  let p = keep(step(0));
  for (let i = 1; i < ERF_INV_CENTRAL.length; i++) p = keep(roundToSingle(add(step(i), mul(p, t))));
  const atOne = mul(x, constant(Infinity));
  return keep(v128.select(atOne, mul(p, x), equal(abs(x), constant(1))));
});

/** a·b + c: in doubles the product of two float32 numbers is exact. */
export const multiplyAdd: ElementaryFunction = /* @__PURE__ */ elementary(
  (a, b, c) => a * b + c,
  (_keep, a, b, c) => add(mul(a, b), c),
);

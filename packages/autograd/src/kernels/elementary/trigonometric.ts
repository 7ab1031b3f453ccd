/**
 * Trigonometric functions and their inverses.
 *
 * The polynomials of sin and cos are those of FreeBSD's msun (https://www.netlib.org/fdlibm/). That
 * of arctan was fitted for this file (Chebyshev interpolation, relative error below 1e-13).
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
  min,
  mul,
  nearest,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as i32 from '../../wasm/instructions/i32.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { ROUNDER, integerBits } from './bits.ts';
import {
  elementary,
  type ElementaryFunction,
  type Keep,
  SIGN_BIT,
  polynomial,
  preserveZero,
} from './function.ts';

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

/** The coefficients of arctan(x) / x in powers of x², for |x| ≤ tan(π/8). */
const ARCTAN_COEFFICIENTS = [
  0.9999999999999732, -0.33333333330803444, 0.19999999604891977, -0.14285690423839284, 0.11110385046147976,
  -0.09078392072943008, 0.07563703551912593, -0.05874505621299197, 0.03066244037030629,
];

/** The angle of the point (x, y): arctan(y/x) in the quadrant of the point, from -π to π. */
const angleOf = (keep: Keep, y: Code, x: Code): Code => {
  const [height, width] = [keep(abs(y)), keep(abs(x))];
  const low = keep(min(height, width));
  // The tangent of an angle up to π/4: 0 at the origin, 1 if both coordinates are infinite.
  const quotient = v128.select(constant(1), div(low, max(height, width)), equal(low, constant(Infinity)));
  const tangent = keep(v128.select(low, quotient, equal(low, constant(0))));
  // arctan(t) = π/4 + arctan((t - 1) / (t + 1)).
  const isLarge = keep(less(constant(Math.tan(Math.PI / 8)), tangent));
  const reduced = div(sub(tangent, constant(1)), add(tangent, constant(1)));
  const u = keep(v128.select(reduced, tangent, isLarge));
  const series = mul(u, polynomial(keep, keep(mul(u, u)), ARCTAN_COEFFICIENTS));
  const octant = keep(add(v128.and(constant(Math.PI / 4), isLarge), series));
  const quadrant = keep(v128.select(sub(constant(Math.PI / 2), octant), octant, less(width, height)));
  const isLeft = i64x2.shiftRight(x, i32.const(63));
  const angle = v128.select(sub(constant(Math.PI), quadrant), quadrant, isLeft);
  return keep(v128.or(angle, v128.and(y, SIGN_BIT)));
};

/** √(1 - x²): NaN for |x| > 1. */
const cofactor = (keep: Keep, x: Code): Code =>
  keep(f64x2.sqrt(mul(sub(constant(1), x), add(constant(1), x))));

export const arcsin: ElementaryFunction = /* @__PURE__ */ elementary(Math.asin, (keep, x) =>
  angleOf(keep, x, cofactor(keep, x)),
);
export const arccos: ElementaryFunction = /* @__PURE__ */ elementary(Math.acos, (keep, x) =>
  angleOf(keep, cofactor(keep, x), x),
);
export const arctan: ElementaryFunction = /* @__PURE__ */ elementary(Math.atan, (keep, x) =>
  angleOf(keep, x, constant(1)),
);
export const arctan2: ElementaryFunction = /* @__PURE__ */ elementary(Math.atan2, angleOf);

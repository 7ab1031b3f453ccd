/**
 * Trigonometric functions and their inverses.
 *
 * The polynomials were fitted for this file by Chebyshev interpolation. That of arctan has a
 * relative error below 1e-13.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import {
  abs,
  add,
  const as constant,
  div,
  equal,
  less,
  mul,
  nearest,
  pseudoMax,
  pseudoMin,
  sub,
} from '../../wasm/instructions/f64x2.ts';
import * as i32 from '../../wasm/instructions/i32.ts';
import * as i64x2 from '../../wasm/instructions/i64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { ROUNDER, integerBits } from './bits.ts';
import {
  type ElementaryFunction,
  type Keep,
  SIGN_BIT,
  elementary,
  elementaryInSingle,
  polynomial,
} from './function.ts';
import {
  arccosInSinglePrecision,
  arcsinInSinglePrecision,
  cosInSinglePrecision,
  sinInSinglePrecision,
} from './single-trigonometric.ts';

/** 2/π in pieces of 24 bits. The product of a float32 number with each piece is exact. */
const TWO_OVER_PI = /* @__PURE__ */ [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163,
].map((bits, index) => bits * 2 ** (-24 * (index + 1)));

interface ReducedAngle {
  /** The angle that is left, from -π/4 to π/4. */
  readonly angle: Code;
  /** q, the number of quarter turns, in the low bits. */
  readonly quadrant: Code;
}

/**
 * Reduces x = q·π/2 + angle for any float32 number, after Payne and Hanek.
 *
 * Each partial product with 2/π drops its whole turns, so the angle is accurate however large x is.
 *
 * A first sum adds the partial products from the least to the greatest, to find q. A second sum
 * starts at -q and adds them from the greatest to the least. It cancels in exact steps, so the rest
 * keeps its digits where x is close to a multiple of π/2.
 */
const reduceLargeAngle = (keep: Keep, x: Code): ReducedAngle => {
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

/** π/2 in two pieces. The first has 33 bits, so that its product with q < 2²⁰ is exact. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
const LARGE_ANGLE = 1e6;

/** Reduces x = q·π/2 + angle. The difference to q·HALF_PI_HIGH is exact. */
const reduceAngle = (keep: Keep, x: Code): ReducedAngle => {
  const rounded = keep(add(mul(x, constant(2 / Math.PI)), constant(ROUNDER)));
  const q = keep(sub(rounded, constant(ROUNDER)));
  const rest = sub(sub(x, mul(q, constant(HALF_PI_HIGH))), mul(q, constant(HALF_PI_LOW)));
  const isLarge = less(constant(LARGE_ANGLE), abs(x));
  const [angle, quadrant] = keep.replace(isLarge, [rest, rounded], (rare) => {
    const large = reduceLargeAngle(rare, x);
    return [large.angle, large.quadrant];
  });
  return { angle, quadrant };
};

/** Coefficients of sin(a) = a·(1 + a²·P(a²)) for |a| ≤ π/4. The relative error is 1e-17. */
const SIN_COEFFICIENTS = [
  -0.16666666666666666, 0.008333333333330946, -0.0001984126983675497, 2.755731610068303e-6,
  -2.5051131455427946e-8, 1.591810123027412e-10,
];
/** Coefficients of cos(a) = 1 - a²/2 + a⁴·P(a²) for |a| ≤ π/4. The relative error is 1e-16. */
const COS_COEFFICIENTS = [
  0.04166666666666468, -0.0013888888887276056, 2.4801585209738397e-5, -2.755636931675049e-7,
  2.070056539736993e-9,
];

const sinAndCos = (keep: Keep, x: Code): { sin: Code; cos: Code } => {
  const { angle, quadrant } = reduceAngle(keep, x);
  const z = keep(mul(angle, angle));
  // The leading coefficients, 1 and -½, are exact.
  const s = keep(mul(angle, polynomial(keep, z, [1, ...SIN_COEFFICIENTS])));
  const c = keep(polynomial(keep, z, [1, -0.5, ...COS_COEFFICIENTS]));
  const odd = keep(i64x2.equal(v128.and(quadrant, integerBits(1)), integerBits(1)));
  const signFrom = (turns: Code): Code => v128.and(i64x2.shiftLeft(turns, i32.const(62)), SIGN_BIT);
  return {
    sin: keep(v128.xor(v128.select(c, s, odd), signFrom(quadrant))),
    cos: keep(v128.xor(v128.select(s, c, odd), signFrom(i64x2.add(quadrant, integerBits(1))))),
  };
};

export const sin: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.sin,
  /* @__PURE__ */ sinInSinglePrecision((keep, x) => sinAndCos(keep, x).sin),
);
export const cos: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.cos,
  /* @__PURE__ */ cosInSinglePrecision((keep, x) => sinAndCos(keep, x).cos),
);
export const tan: ElementaryFunction = /* @__PURE__ */ elementary(Math.tan, (keep, x) => {
  const both = sinAndCos(keep, x);
  return keep(div(both.sin, both.cos));
});

/** The coefficients of arctan(x) / x in powers of x², for |x| ≤ tan(π/8). */
const ARCTAN_COEFFICIENTS = [
  0.9999999999999732, -0.33333333330803444, 0.19999999604891977, -0.14285690423839284, 0.11110385046147976,
  -0.09078392072943008, 0.07563703551912593, -0.05874505621299197, 0.03066244037030629,
];

/**
 * The angle of the point (x, y): arctan(y/x) in the quadrant of the point, from -π to π.
 *
 * Of two numbers low ≤ high, the angle is arctan(low/high), or beyond π/8 it is π/4 +
 * arctan((low - high) / (low + high)).
 */
const angleOf = (keep: Keep, y: Code, x: Code): Code => {
  const [height, width] = [keep(abs(y)), keep(abs(x))];
  const total = keep(add(height, width));
  const [low, high] = [keep(pseudoMin(height, width)), keep(pseudoMax(height, width))];
  const isBeyond = keep(less(mul(high, constant(Math.tan(Math.PI / 8))), low));
  const quotient = div(v128.select(sub(low, high), low, isBeyond), v128.select(total, high, isBeyond));
  const isUsual = v128.and(less(constant(0), total), less(total, constant(Infinity)));
  const [u, isLarge] = keep.replace(v128.not(isUsual), [quotient, isBeyond], () => [
    // The origin and an infinite coordinate give 0, two infinite ones π/4.
    v128.select(constant(0), constant(NaN), equal(total, total)),
    equal(low, constant(Infinity)),
  ]);
  const series = mul(u, polynomial(keep, keep(mul(u, u)), ARCTAN_COEFFICIENTS));
  const octant = keep(add(v128.and(constant(Math.PI / 4), isLarge), series));
  const quadrant = keep(v128.select(sub(constant(Math.PI / 2), octant), octant, less(width, height)));
  const isLeft = i64x2.less(x, constant(0));
  const angle = v128.select(sub(constant(Math.PI), quadrant), quadrant, isLeft);
  return keep(v128.or(angle, v128.and(y, SIGN_BIT)));
};

export const arcsin: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.asin,
  arcsinInSinglePrecision,
);
export const arccos: ElementaryFunction = /* @__PURE__ */ elementaryInSingle(
  Math.acos,
  arccosInSinglePrecision,
);
export const arctan: ElementaryFunction = /* @__PURE__ */ elementary(Math.atan, (keep, x) =>
  angleOf(keep, x, constant(1)),
);
export const arctan2: ElementaryFunction = /* @__PURE__ */ elementary(Math.atan2, angleOf);

/**
 * Derivatives as elementary functions, computed in double precision and rounded once, where float32
 * operations would cancel, overflow or round too much.
 */
import type { Code } from '../wasm/instructions/encoding.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
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
} from '../wasm/instructions/f64x2.ts';
import * as v128 from '../wasm/instructions/v128.ts';
import { clamp, type DoubleFunction, exp, type Keep, log, pow } from './elementary.ts';

/**
 * The derivatives of sigmoid and tanh from t = exp(-|z|): t / (1 + t)², in which nothing cancels.
 */
const bellSlope = (keep: Keep, z: Code): Code => {
  const t = keep(exp(keep, neg(abs(z))));
  const root = keep(add(constant(1), t));
  return div(t, mul(root, root));
};

/** σ′(x) = σ(x)·σ(-x). */
export const sigmoidSlope: DoubleFunction = (keep, x) => keep(bellSlope(keep, x));

/** tanh′(x) = 1 / cosh²(x) = 4·σ′(2x). */
export const tanhSlope: DoubleFunction = (keep, x) =>
  keep(mul(constant(4), bellSlope(keep, keep(mul(x, constant(2))))));

/** erf′(x) = 2/√π·exp(-x²): in doubles the square of a float32 number is exact. */
export const erfSlope: DoubleFunction = (keep, x) =>
  keep(mul(constant(2 / Math.sqrt(Math.PI)), exp(keep, keep(neg(mul(x, x))))));

/**
 * An infinite exponent as a factor must not outweigh the power, which is not less than
 * exp(-EXP_LIMIT).
 */
const LARGE_FACTOR = 1e40;

/** c·a^(b - shift), with the difference in double precision; 0 for c = 0, whatever the power is. */
export const scaledPower: DoubleFunction = (keep, a, b, shift, c) => {
  const result = mul(clamp(keep, c, LARGE_FACTOR), pow(keep, a, keep(sub(b, shift))));
  return keep(v128.select(constant(0), result, equal(c, constant(0))));
};

/** ∂(aᵇ)/∂b = aᵇ·ln a; at a = 0 it is 0 for b ≥ 0 and -∞ for b < 0. */
export const powExponentSlope: DoubleFunction = (keep, a, b) => {
  const logarithm = keep(log(keep, a));
  // For a = ∞ and b < 0 the power wins.
  const factor = v128.select(min(logarithm, constant(LARGE_FACTOR)), logarithm, less(b, constant(0)));
  const slope = mul(pow(keep, a, b), factor);
  const isZero = v128.and(equal(a, constant(0)), f64x2.lessEqual(constant(0), b));
  return keep(v128.select(constant(0), slope, isZero));
};

/** -ct·a / b²: both products are exact in doubles. */
export const divSlope: DoubleFunction = (_keep, ct, a, b) => neg(div(mul(ct, a), mul(b, b)));

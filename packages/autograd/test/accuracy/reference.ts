/**
 * Elementary functions in double precision, to measure the library by. They share nothing with it:
 * JavaScript's own functions, which engines take from fdlibm (https://www.netlib.org/fdlibm/,
 * errors below 1 ulp of float64, 2⁻²⁹ ulp of float32), and series.
 */

/** From here on erfc is less than half a unit in the last place of float64 at 1. */
const ERF_ONE = 6;
/** Up to here the series converges quickly, from here on the continued fraction does. */
const ERF_SPLIT = 2;

/**
 * 2/√π · e^(-x²) · Σ 2ⁿ·x^(2n+1) / (2n + 1)!!, whose terms are all positive, so that nothing
 * cancels: https://dlmf.nist.gov/7.6.E2
 */
const erfSeries = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * Number.EPSILON * 0.1; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * Math.exp(-x * x)) / Math.sqrt(Math.PI)) * sum;
};

/**
 * e^(-x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))), evaluated from its far end:
 * https://dlmf.nist.gov/7.9.E1
 */
const erfcFraction = (x: number): number => {
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
};

/** The error function. */
export const erf = (x: number): number => {
  const magnitude = Math.abs(x);
  if (magnitude === 0 || x !== x) return x;
  if (magnitude >= ERF_ONE) return Math.sign(x);
  return Math.sign(x) * (magnitude < ERF_SPLIT ? erfSeries(magnitude) : 1 - erfcFraction(magnitude));
};

/** The complement of the error function. */
export const erfc = (x: number): number => {
  if (x < ERF_SPLIT) return 1 - erf(x);
  return x > 30 ? 0 : erfcFraction(x);
};

/** The inverse of the error function, by Halley's method on erfc of its magnitude. */
export const erfInv = (y: number): number => {
  if (!(Math.abs(y) < 1)) return y * y === 1 ? y * Infinity : NaN;
  if (y === 0) return y;
  const target = Math.abs(y);
  const w = -Math.log1p(-y * y);
  let x = Math.min(Math.sqrt(w), (target * Math.sqrt(Math.PI)) / 2 + w / 2);
  for (let i = 0; i < 40; i++) {
    const error = x < 1 ? erfSeries(x) - target : 1 - target - erfc(x);
    const step = (error * Math.sqrt(Math.PI)) / 2 / Math.exp(-x * x);
    const change = step / (1 + x * step);
    x -= change;
    if (Math.abs(change) < 1e-16 * x) break;
  }
  return Math.sign(y) * x;
};

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
};

/** log(1 + eˣ). */
export const softplus = (x: number): number =>
  x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));

/**
 * C's pow, which JavaScript's differs from where |a| = 1: it gives NaN for powers that are infinite
 * or NaN.
 */
export const pow = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

/** The remainder with the sign of the divisor. */
export const mod = (a: number, b: number): number => {
  const rest = a % b;
  if (rest === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return rest * b < 0 ? rest + b : rest;
};

/** floor(a/b), from a remainder that is exact; a/b for b = 0. */
export const floorDivide = (a: number, b: number): number => {
  if (b === 0) return a / b;
  const quotient = Math.round((a - (a % b)) / b) - ((a % b) * b < 0 ? 1 : 0);
  if (quotient !== 0) return quotient;
  return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
};

/** log(eᵃ + eᵇ). */
export const logaddexp = (a: number, b: number): number => {
  if (a === b) return a + Math.LN2;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
};

/** log(x / (1 - x)) = 2·artanh(2x - 1), near ½. */
export const logit = (x: number): number =>
  Math.abs(x - 0.5) < 0.4 ? 2 * Math.atanh(2 * x - 1) : Math.log(x) - Math.log1p(-x);

/**
 * Elementary functions by those that every target has.
 *
 * Each is a scalar rule again. They are written so that nothing cancels in float32.
 */
import { errorCoefficients } from '@mini/autograd/check';
import type { Algebra } from '@mini/autograd/graph';

/** The functions that a target can have itself, by the names that the library gives them. */
export type Call<V> = (name: string, ...operands: V[]) => V;

/** Computes an elementary function. `call` is how it computes others. */
type Definition = <V, M>(s: Algebra<V, M>, call: Call<V>, ...operands: V[]) => V;

const polynomial = <V, M>(s: Algebra<V, M>, x: V, coefficients: readonly number[]): V =>
  coefficients
    .slice(0, -1)
    .reduceRight((sum, c) => s.add(s.constant(c), s.mul(sum, x)), s.constant(coefficients.at(-1) as number));

/** exp(-x²): the square is taken of two parts of x, the first of which has an exact square. */
const gaussian = <V, M>(s: Algebra<V, M>, call: Call<V>, x: V): V => {
  // From 20 on, the result is 0.
  const a = s.min(s.abs(x), s.constant(20));
  const coarse = s.div(s.round(s.mul(a, s.constant(16))), s.constant(16));
  const rest = s.mul(s.sub(a, coarse), s.add(a, coarse));
  return s.mul(call('exp', s.neg(s.mul(coarse, coarse))), call('exp', s.neg(rest)));
};

/** A function with f(-x) = -f(x), from its values for x ≥ 0. */
const odd = <V, M>(s: Algebra<V, M>, x: V, ofMagnitude: (a: V) => V): V => {
  const value = ofMagnitude(s.abs(x));
  return s.select(s.less(x, s.constant(0)), s.neg(value), s.select(s.equal(x, s.constant(0)), x, value));
};

/** √(1 - x²). */
const cosineOfArcsine = <V, M>(s: Algebra<V, M>, x: V): V =>
  s.sqrt(s.mul(s.sub(s.constant(1), x), s.add(s.constant(1), x)));

/**
 * The norm of (a, b) as large · root, without overflow. It is infinite if one of them is.
 *
 * Multiply by reciprocals of these: XLA turns a / b / c into a / (b · c), which overflows.
 */
const normOf = <V, M>(s: Algebra<V, M>, a: V, b: V): { readonly large: V; readonly root: V } => {
  const [x, y] = [s.abs(a), s.abs(b)];
  const [infinity, one] = [s.constant(Infinity), s.constant(1)];
  const large = s.select(s.equal(x, infinity), x, s.select(s.equal(y, infinity), y, s.max(x, y)));
  const isRegular = s.and(s.less(s.constant(0), large), s.less(large, infinity));
  const ratio = s.div(s.min(x, y), s.select(isRegular, large, one));
  const root = s.sqrt(s.add(one, s.mul(ratio, ratio)));
  return { large, root: s.select(isRegular, root, one) };
};

const LN2 = Math.LN2;
/** Beyond this, exp(x) + exp(-x) = exp(x). */
const LARGE = 20;
/** Beyond this, x² + 1 = x². */
const HUGE = 1e5;

/** exp(x) / 2, also where exp(x) is too large. */
const halfExp = <V, M>(s: Algebra<V, M>, call: Call<V>, x: V): V => {
  const root = call('exp', s.mul(x, s.constant(0.5)));
  return s.mul(s.mul(s.constant(0.5), root), root);
};

export const definitions: Readonly<Record<string, Definition>> = {
  sigmoid: (s, call, x) => s.div(s.constant(1), s.add(s.constant(1), call('exp', s.neg(x)))),
  exp2: (s, call, x) => call('pow', s.constant(2), x),
  expm1: (s, call, x) => s.mul(call('tanh', s.mul(x, s.constant(0.5))), s.add(call('exp', x), s.constant(1))),
  log2: (s, call, x) => s.mul(call('log', x), s.constant(1 / LN2)),
  log10: (s, call, x) => s.mul(call('log', x), s.constant(1 / Math.LN10)),
  log1p: (s, call, x) => {
    const u = s.add(s.constant(1), x);
    const isTiny = s.equal(u, s.constant(1));
    const isInfinite = s.equal(u, s.constant(Infinity));
    const ratio = s.div(x, s.select(isTiny, s.constant(1), s.sub(u, s.constant(1))));
    return s.select(isTiny, x, s.select(isInfinite, u, s.mul(call('log', u), ratio)));
  },
  xlogy: (s, call, x, y) => s.select(s.equal(x, s.constant(0)), s.constant(0), s.mul(x, call('log', y))),
  softplus: (s, call, x) => s.add(s.max(x, s.constant(0)), call('log1p', call('exp', s.neg(s.abs(x))))),
  logaddexp: (s, call, a, b) =>
    s.select(
      s.equal(a, b),
      s.add(a, s.constant(LN2)),
      s.add(s.max(a, b), call('log1p', call('exp', s.neg(s.abs(s.sub(a, b)))))),
    ),
  logit: (s, call, x) => {
    const isCentral = s.less(s.abs(s.sub(x, s.constant(0.5))), s.constant(0.25));
    const double = s.sub(s.mul(s.constant(2), x), s.constant(1));
    const central = s.mul(s.constant(2), call('arctanh', s.select(isCentral, double, s.constant(0))));
    return s.select(isCentral, central, s.sub(call('log', x), call('log1p', s.neg(x))));
  },
  rsqrt: (s, _call, x) => s.div(s.constant(1), s.sqrt(x)),
  cbrt: (s, call, x) =>
    odd(s, x, (a) => {
      const root = call('pow', a, s.constant(1 / 3));
      const square = s.mul(root, root);
      // One step of Newton's method: float32 cannot hold 1/3.
      const better = s.sub(root, s.div(s.sub(root, s.div(a, square)), s.constant(3)));
      return s.select(s.less(a, s.constant(Infinity)), better, a);
    }),
  hypot: (s, _call, a, b) => {
    const { large, root } = normOf(s, a, b);
    return s.mul(large, root);
  },
  multiplyAdd: (s, _call, a, b, c) => s.add(s.mul(a, b), c),
  mod: (s, call, a, b) => {
    const rest = call('fmod', a, b);
    const isZero = s.equal(rest, s.constant(0));
    const isNegative = s.less(s.mul(rest, call('copysign', s.constant(1), b)), s.constant(0));
    return s.select(isZero, call('copysign', s.constant(0), b), s.select(isNegative, s.add(rest, b), rest));
  },
  floorDivide: (s, call, a, b) => {
    const zero = s.constant(0);
    const rest = call('fmod', a, b);
    const quotient = s.round(s.div(s.sub(a, rest), b));
    const isBelow = s.less(s.mul(rest, call('copysign', s.constant(1), b)), zero);
    const floor = s.select(isBelow, s.sub(quotient, s.constant(1)), quotient);
    return s.select(s.equal(b, zero), s.div(a, b), floor);
  },
  copysign: (s, _call, a, b) => {
    const magnitude = s.abs(a);
    // 1 / -0 is -Infinity.
    const sign = s.select(s.equal(b, s.constant(0)), s.div(s.constant(1), b), b);
    return s.select(s.less(sign, s.constant(0)), s.neg(magnitude), magnitude);
  },
  tan: (s, call, x) => s.div(call('sin', x), call('cos', x)),
  arctan: (s, call, x) => call('arctan2', x, s.constant(1)),
  arctan2: (s, call, y, x) => {
    const [a, b] = [s.abs(y), s.abs(x)];
    const [large, small] = [s.max(a, b), s.min(a, b)];
    // Of equal infinities, the ratio is 1.
    const ratio = s.select(
      s.equal(large, s.constant(0)),
      s.constant(0),
      s.select(s.equal(large, small), s.constant(1), s.div(small, large)),
    );
    const angle = call('arctan', ratio);
    const steep = s.select(s.less(b, a), s.sub(s.constant(Math.PI / 2), angle), angle);
    const isLeft = s.less(call('copysign', s.constant(1), x), s.constant(0));
    return call('copysign', s.select(isLeft, s.sub(s.constant(Math.PI), steep), steep), y);
  },
  arcsin: (s, call, x) => call('arctan2', x, cosineOfArcsine(s, x)),
  arccos: (s, call, x) => call('arctan2', cosineOfArcsine(s, x), x),
  sinh: (s, call, x) =>
    odd(s, x, (a) => {
      const e = call('expm1', s.min(a, s.constant(LARGE)));
      const small = s.mul(s.constant(0.5), s.add(e, s.div(e, s.add(e, s.constant(1)))));
      return s.select(s.less(a, s.constant(LARGE)), small, halfExp(s, call, a));
    }),
  cosh: (s, call, x) => {
    const a = s.abs(x);
    const half = halfExp(s, call, a);
    return s.add(half, s.div(s.constant(0.25), half));
  },
  arcsinh: (s, call, x) =>
    odd(s, x, (a) => {
      const square = s.mul(a, a);
      const root = s.sqrt(s.add(s.constant(1), square));
      const small = call('log1p', s.add(a, s.div(square, s.add(s.constant(1), root))));
      return s.select(s.less(a, s.constant(HUGE)), small, s.add(call('log', a), s.constant(LN2)));
    }),
  arccosh: (s, call, x) => {
    const t = s.sub(x, s.constant(1));
    const small = call('log1p', s.add(t, s.mul(s.sqrt(t), s.sqrt(s.add(t, s.constant(2))))));
    return s.select(s.less(x, s.constant(HUGE)), small, s.add(call('log', x), s.constant(LN2)));
  },
  arctanh: (s, call, x) =>
    odd(s, x, (a) => {
      const ratio = s.div(s.mul(s.constant(2), a), s.sub(s.constant(1), a));
      return s.mul(s.constant(0.5), call('log1p', ratio));
    }),
  erf: (s, call, x) => {
    const a = s.min(s.abs(x), s.constant(4.2));
    const small = s.mul(x, polynomial(s, s.mul(a, a), errorCoefficients.erfSmall));
    const t = s.div(s.constant(1), s.add(s.constant(1), s.mul(a, s.constant(0.5))));
    const large = s.sub(
      s.constant(1),
      s.mul(call('exp', s.neg(s.mul(a, a))), polynomial(s, t, errorCoefficients.erfLarge)),
    );
    const signed = s.select(s.less(x, s.constant(0)), s.neg(large), large);
    return s.select(s.less(s.constant(1), a), signed, small);
  },
  erfc: (s, call, x) => {
    const a = s.min(s.abs(x), s.constant(10.6));
    const ratio = s.div(s.sub(a, s.constant(3)), s.add(a, s.constant(3)));
    const tail = s.div(
      s.mul(gaussian(s, call, a), polynomial(s, ratio, errorCoefficients.erfc)),
      s.add(s.constant(1), s.mul(a, s.constant(0.5))),
    );
    return s.select(s.less(x, s.constant(0)), s.sub(s.constant(2), tail), tail);
  },
  erfInv: (s, call, x) => {
    const a = s.abs(x);
    // The logarithm of 1 - x², without rounding x² near 1.
    const w = s.neg(s.add(call('log1p', s.neg(a)), call('log1p', a)));
    const isCentral = s.less(w, s.constant(5));
    const central = polynomial(s, s.sub(w, s.constant(2.5)), errorCoefficients.inverseCentral);
    const tail = polynomial(s, s.sub(s.sqrt(w), s.constant(3.16)), errorCoefficients.inverseTail);
    const atOne = s.mul(x, s.constant(Infinity));
    return s.select(s.equal(s.abs(x), s.constant(1)), atOne, s.mul(s.select(isCentral, central, tail), x));
  },
  singleErfInv: (_s, call, x) => call('erfInv', x),
  doubleLog: (_s, call, x) => call('log', x),
  doubleLog1p: (_s, call, x) => call('log1p', x),

  sigmoidSlope: (s, call, x) => {
    const t = call('exp', s.neg(s.abs(x)));
    const root = s.add(s.constant(1), t);
    return s.div(t, s.mul(root, root));
  },
  tanhSlope: (s, call, x) => s.mul(s.constant(4), call('sigmoidSlope', s.mul(s.constant(2), x))),
  erfSlope: (s, call, x) => s.mul(s.constant(2 / Math.sqrt(Math.PI)), gaussian(s, call, x)),
  scaledPower: (s, call, a, b, shift, c) => {
    const zero = s.constant(0);
    const power = call('pow', a, s.sub(b, shift));
    // A power of 0 outweighs an infinite factor.
    const product = s.select(s.equal(power, zero), zero, s.mul(c, power));
    return s.select(s.equal(c, zero), zero, product);
  },
  powExponentSlope: (s, call, a, b) => {
    const slope = s.mul(call('pow', a, b), call('log', a));
    const isZero = s.and(s.equal(a, s.constant(0)), s.lessEqual(s.constant(0), b));
    const isLost = s.and(s.equal(a, s.constant(Infinity)), s.less(b, s.constant(0)));
    return s.select(isZero, s.constant(0), s.select(isLost, s.constant(0), slope));
  },
  divSlope: (s, _call, ct, a, b) => s.neg(s.mul(s.div(ct, b), s.div(a, b))),
  // The power alone would overflow first.
  exp2Slope: (s, call, x) => {
    const root = call('exp2', s.mul(s.constant(0.5), x));
    return s.mul(s.mul(s.constant(LN2), root), root);
  },
  cbrtSlope: (s, call, x) => {
    const root = call('cbrt', x);
    return s.div(s.constant(1), s.mul(s.constant(3), s.mul(root, root)));
  },
  overNorm: (s, _call, a, b) => {
    const { large, root } = normOf(s, a, b);
    const isZero = s.equal(a, s.constant(0));
    return s.select(isZero, s.constant(0), s.mul(s.div(a, large), s.div(s.constant(1), root)));
  },
  overSquaredNorm: (s, _call, a, b) => {
    const { large, root } = normOf(s, a, b);
    const inverse = s.div(s.constant(1), large);
    return s.mul(s.mul(a, inverse), s.div(inverse, s.mul(root, root)));
  },
  logaddexpSlope: (s, call, a, b) => s.select(s.equal(a, b), s.constant(0.5), call('sigmoid', s.sub(a, b))),
  erfInvSlope: (s, call, y) => {
    const x = call('erfInv', y);
    return s.mul(s.constant(Math.sqrt(Math.PI) / 2), call('exp', s.mul(x, x)));
  },
};

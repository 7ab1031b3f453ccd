/** Errors of results: elementwise functions, long sums, and softmax at the ends of the range. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  abs,
  add,
  arange,
  arccos,
  arcsin,
  arctanh,
  div,
  erf,
  expm1,
  full,
  grad,
  jit,
  logSoftmax,
  logit,
  logsumexp,
  mean,
  mul,
  ones,
  pow,
  sigmoid,
  softmax,
  sum,
  tanh,
  tensor,
} from '../../src/index.ts';
import { accuracyOf } from '../accuracy/measure.ts';
import { erf as exactErf } from '../accuracy/reference.ts';
import { hardestAngles } from '../accuracy/samples.ts';
import { slopes } from '../accuracy/slopes.ts';
import { otherSubjects, subjects } from '../accuracy/subjects.ts';
import { errorInUlps, unitInTheLastPlace } from '../accuracy/ulp.ts';

describe('the unit in the last place', () => {
  test('is the distance of neighbouring float32 numbers', () => {
    expect(unitInTheLastPlace(1)).toBe(2 ** -23);
    expect(unitInTheLastPlace(-1.99)).toBe(2 ** -23);
    expect(unitInTheLastPlace(0.99)).toBe(2 ** -24);
    expect([2 ** -126, 2 ** -127, 1e-300, 0].map(unitInTheLastPlace)).toEqual(new Array(4).fill(2 ** -149));
    expect([2 ** 127, 2 ** 128, 1e300, Infinity].map(unitInTheLastPlace)).toEqual(
      new Array(4).fill(2 ** 104),
    );
  });
  test('measures errors, also where results are denormal or overflow', () => {
    const largest = 2 ** 128 - 2 ** 104;
    expect(errorInUlps(1 + 2 ** -23, 1)).toBe(1);
    expect(errorInUlps(0, 2 ** -150)).toBe(0.5);
    expect(errorInUlps(2 ** -149, 2 ** -150)).toBe(0.5);
    expect(errorInUlps(Infinity, largest)).toBe(1);
    expect(errorInUlps(largest, 1e300)).toBe(1);
    expect(errorInUlps(Infinity, 1e300)).toBe(0);
    expect(errorInUlps(Infinity, largest + 2 ** 103)).toBe(0);
    expect(errorInUlps(-Infinity, -Infinity)).toBe(0);
    expect(errorInUlps(NaN, NaN)).toBe(0);
  });
  test('is infinitely far for special values that are wrong', () => {
    expect(errorInUlps(NaN, 1)).toBe(Infinity);
    expect(errorInUlps(1, NaN)).toBe(Infinity);
    expect(errorInUlps(-Infinity, Infinity)).toBe(Infinity);
    expect(errorInUlps(0, -0)).toBe(Infinity);
    expect(errorInUlps(0, -1e-300)).toBe(Infinity);
  });
});

describe('what functions are measured by', () => {
  test('the reference of erf gives the values of published tables', () => {
    const known = [
      [1e-3, 0.0011283787909692363],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [1.5, 0.9661051464753108],
      [2, 0.9953222650189527],
      [2.5, 0.999593047982555],
      [3, 0.9999779095030014],
      [4, 0.9999999845827421],
    ] as const;
    for (const [x, y] of known) {
      expect(Math.abs(exactErf(x) / y - 1)).toBeLessThan(4 * Number.EPSILON);
      expect(exactErf(-x)).toBe(-exactErf(x));
    }
  });
  test('the hardest angles include the one that is known to be closest to a multiple of π/2', () => {
    // J.-M. Muller, Elementary Functions: the worst case of range reduction in single precision.
    expect(hardestAngles()).toContain(16367173 * 2 ** 72);
  });
});

describe('elementwise functions', () => {
  /** One number in so many is tried: a second or two in all. `pnpm accuracy` tries more. */
  const STRIDE = 480_001;
  /** Functions that are computed in single precision are tried at more numbers. */
  const SMALL_STRIDE = 9601;
  const IN_SINGLE_PRECISION = new Map([
    ['exp', 0.93],
    ['expm1', 0.91],
    ['rsqrt', 0.85],
    ['log', 0.85],
    ['log1p', 0.92],
    ['sin', 0.87],
    ['cos', 0.87],
    ['arcsin', 0.92],
    ['arccos', 0.9],
  ]);
  /** The library's own reference is slow. */
  const OTHER_STRIDE = 1_604_467;
  const named = [
    ...subjects.map((subject) => [subject.name, subject, STRIDE] as const),
    ...otherSubjects.map((subject) => [subject.name, subject, OTHER_STRIDE] as const),
  ];
  const roundedOnce = named.filter(([name]) => !IN_SINGLE_PRECISION.has(name));
  test.each(roundedOnce)('%s is as good as rounded once, everywhere', (_name, subject, stride) => {
    const { largest, at } = accuracyOf(subject, stride);
    expect(largest, `at ${at.join(' and ')}`).toBeLessThanOrEqual(0.501);
  });
  const others = named.flatMap(([name, subject]) => {
    const limit = IN_SINGLE_PRECISION.get(name);
    return limit === undefined ? [] : [[name, limit, subject] as const];
  });
  test.each(others)('%s is within %d ulp, everywhere', (_name, limit, subject) => {
    const { largest, at } = accuracyOf(subject, SMALL_STRIDE);
    expect(largest, `at ${at.join(' and ')}`).toBeLessThanOrEqual(limit);
  });
});

describe('derivatives of elementwise functions', () => {
  const STRIDE = 480_001;
  const named = slopes.map((slope) => [slope.name, slope] as const);
  test.each(named)('%s are within 3 ulp, everywhere', (_name, slope) => {
    const { largest, at } = accuracyOf(slope, STRIDE);
    expect(largest, `at ${at.join(' and ')}`).toBeLessThanOrEqual(3);
  });
  test('of second order keep their digits where they are near 0, and are infinite at ends', () => {
    const second = (f: (x: Tensor) => Tensor, x: number): number =>
      grad((v: Tensor) => grad(f)(v))(tensor(x)).item();
    for (const x of [1e-10, 1e-7, -1e-5, 1e-3]) {
      expect(second(arcsin, x) / (x * (1 - x * x) ** -1.5)).toBeCloseTo(1, 6);
      expect(second(arccos, x) / (-x * (1 - x * x) ** -1.5)).toBeCloseTo(1, 6);
      expect(second(arctanh, x) / ((2 * x) / (1 - x * x) ** 2)).toBeCloseTo(1, 6);
    }
    const near = Math.fround(0.5001);
    expect(second(logit, near) / ((2 * near - 1) / (near * (1 - near)) ** 2)).toBeCloseTo(1, 6);
    expect([-1, 1].map((x) => second(arcsin, x))).toEqual([-Infinity, Infinity]);
    expect([-1, 1].map((x) => second(arccos, x))).toEqual([Infinity, -Infinity]);
    expect([0, 1, 1e-40].map((x) => second(logit, x))).toEqual([-Infinity, Infinity, -Infinity]);
  });
  test('are those of the compiled gradient, bit for bit', () => {
    const x = tensor(Float32Array.from({ length: 999 }, (_, i) => (i - 499) / 9));
    for (const f of [sigmoid, tanh, erf, expm1, (v: Tensor) => pow(abs(v), v), (v: Tensor) => div(v, v)]) {
      const slope = grad((v: Tensor) => sum(f(v)));
      expect(jit(slope)(x)).toEqual(slope(x));
    }
  });
});

describe('long sums', () => {
  const million = 10 ** 6;
  test('of ones are exact, though float32 cannot count that far', () => {
    const x = ones([2 ** 25]);
    expect(sum(x).item()).toBe(2 ** 25);
    expect(jit((v: Tensor) => sum(v))(x).item()).toBe(2 ** 25);
  });
  test('give means of equal numbers that are these numbers', () => {
    const x = full([10 * million], 0.1);
    expect(mean(x).item()).toBe(Math.fround(0.1));
    expect(jit((v: Tensor) => mean(v))(x).item()).toBe(Math.fround(0.1));
  });
  test('of numbers that cancel are right', () => {
    const x = tensor(Float32Array.from({ length: million }, (_, i) => (i % 2 === 0 ? 1e8 + i : -1e8)));
    const exact = x.data.reduce((total, value) => total + value, 0);
    expect(sum(x).item()).toBe(Math.fround(exact));
  });
});

/**
 * Values and gradients of Σ wᵢ·f(x)ᵢ with w = 1, 2, 3, … as JAX 0.10.2 gives them, except signs of
 * zero and last bits. With an infinite element, or nothing but -Infinity, a softmax is not defined,
 * and NaN says so; logsumexp is, but its slope is not.
 */
const SOFTMAX_CASES = [
  { x: [1e38, -1e38], value: [1, 0], gradient: [0, 0] },
  { x: [3e38, -3e38], value: [1, 0], gradient: [0, 0] },
  { x: [1e38, 1e38], value: [0.5, 0.5], gradient: [-0.25, 0.25] },
  {
    x: [-Infinity, 0, 1],
    value: [0, 0.26894143, 0.7310586],
    gradient: [0, -0.1966119, 0.1966119],
  },
  { x: [-Infinity, -Infinity], value: [NaN, NaN], gradient: [NaN, NaN] },
  { x: [Infinity, 0, -Infinity], value: [NaN, NaN, NaN], gradient: [NaN, NaN, NaN] },
  { x: [Infinity, Infinity, 0], value: [NaN, NaN, NaN], gradient: [NaN, NaN, NaN] },
  { x: [NaN, 0], value: [NaN, NaN], gradient: [NaN, NaN] },
];
const LOG_SOFTMAX_CASES = [
  { x: [1e38, -1e38], value: [0, -2e38], gradient: [-2, 2] },
  // The exact -6e38 is beyond the largest float32 number.
  { x: [3e38, -3e38], value: [0, -Infinity], gradient: [-2, 2] },
  { x: [1e38, 1e38], value: [-Math.LN2, -Math.LN2], gradient: [-0.5, 0.5] },
  {
    x: [-Infinity, 0, 1],
    value: [-Infinity, -1.3132617, -0.31326166],
    gradient: [1, 0.38635138, -1.3863515],
  },
  { x: [-Infinity, -Infinity], value: [NaN, NaN], gradient: [NaN, NaN] },
  { x: [Infinity, 0, -Infinity], value: [NaN, NaN, NaN], gradient: [NaN, NaN, NaN] },
  { x: [Infinity, Infinity, 0], value: [NaN, NaN, NaN], gradient: [NaN, NaN, NaN] },
  { x: [NaN, 0], value: [NaN, NaN], gradient: [NaN, NaN] },
];
const LOGSUMEXP_CASES = [
  { x: [1e38, -1e38], value: [1e38], gradient: [1, 0] },
  { x: [3e38, -3e38], value: [3e38], gradient: [1, 0] },
  { x: [1e38, 1e38], value: [1e38], gradient: [0.5, 0.5] },
  { x: [-Infinity, 0, 1], value: [1.3132617], gradient: [0, 0.26894143, 0.7310586] },
  { x: [-Infinity, -Infinity], value: [-Infinity], gradient: [NaN, NaN] },
  { x: [Infinity, 0, -Infinity], value: [Infinity], gradient: [NaN, 0, 0] },
  { x: [Infinity, Infinity, 0], value: [Infinity], gradient: [NaN, NaN, 0] },
  { x: [NaN, 0], value: [NaN], gradient: [NaN, NaN] },
];

describe.each([
  ['softmax', softmax, SOFTMAX_CASES],
  ['logSoftmax', logSoftmax, LOG_SOFTMAX_CASES],
  ['logsumexp', logsumexp, LOGSUMEXP_CASES],
] as const)('%s at the ends of the range', (_name, f, cases) => {
  const weighted = (x: Tensor): Tensor => {
    const y = f(x);
    return sum(y.ndim === 0 ? y : mul(y, add(arange(y.size), 1)));
  };
  const expectClose = (found: Tensor, expected: readonly number[]): void => {
    expect(found.size).toBe(expected.length);
    expected.forEach((value, i) => {
      if (Number.isFinite(value))
        expect(Math.abs(found.data[i] - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
      else expect(found.data[i]).toBe(value);
    });
  };
  test.each(cases.map((row) => [row.x.join(', '), row] as const))('of %s', (_label, row) => {
    const x = tensor(row.x);
    const [value, gradient] = [f(x), grad(weighted)(x)];
    expectClose(value, row.value);
    expectClose(gradient, row.gradient);
    expect(jit((v: Tensor) => f(v))(x).data).toEqual(value.data);
    expect(jit(grad(weighted))(x).data).toEqual(gradient.data);
  });
});

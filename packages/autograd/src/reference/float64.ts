/** The reference: every scalar rule and every loop in double precision, written for clarity and used to check the kernels. */
import type { Algebra } from '../kernels/algebra.ts';
import * as doubles from '../kernels/elementary.ts';
import * as slopes from '../kernels/slopes.ts';
import { erf, erfcFraction, erfSeries } from '../kernels/erf.ts';
import { execute } from '../runtime/execute.ts';
import type { BitsLoop, ElementLoop, Loop, MatmulLoop, Values } from '../compiler/loops.ts';
import * as reductions from '../kernels/reductions.ts';

/** Evaluates scalar rules on numbers. */
const float64Algebra: Algebra<number, boolean> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  min: Math.min,
  max: Math.max,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (a) => {
    const floor = Math.floor(a);
    const rest = a - floor;
    if (rest !== 0.5) return Math.round(a);
    return floor % 2 === 0 ? floor : floor + 1;
  },
  elementary: (f, ...operands) => {
    const reference = references.get(f);
    if (reference === undefined) throw new Error('float64: a function of doubles.ts has no reference');
    return reference(...operands);
  },
  equal: (a, b) => a === b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  not: (a) => !a,
  and: (a, b) => a && b,
  select: (mask, a, b) => (mask ? a : b),
};

/** Newton's method on erf (in the tail on erfc) from a rough start. */
const erfInverse = (y: number): number => {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Infinity : NaN;
  const target = Math.abs(y);
  const w = Math.log1p(-y * y);
  const k = 2 / (Math.PI * 0.147) + w / 2;
  let x = Math.sqrt(Math.sqrt(k * k - w / 0.147) - k);
  for (let i = 0; i < 4 && x > 0; i++) {
    const error = x < 2.5 ? erfSeries(x) - target : 1 - target - erfcFraction(x);
    x -= (error * Math.sqrt(Math.PI)) / 2 / Math.exp(-x * x);
  }
  return Math.sign(y) * x;
};

/** t / (1 + t)² with t = e^-|x|: the derivative of sigmoid. */
const bellSlope = (x: number): number => {
  const t = Math.exp(-Math.abs(x));
  return t / (1 + t) ** 2;
};

/** What each function of doubles.ts computes. */
const references: ReadonlyMap<doubles.DoubleFunction, (...operands: number[]) => number> =
  /* @__PURE__ */ new Map<doubles.DoubleFunction, (...operands: number[]) => number>([
    [doubles.erf, erf],
    [doubles.rsqrt, (a) => 1 / Math.sqrt(a)],
    [doubles.multiplyAdd, (a, b, c) => a * b + c],
    [doubles.exp, Math.exp],
    [doubles.expm1, Math.expm1],
    [doubles.log, Math.log],
    [doubles.log1p, Math.log1p],
    [doubles.sin, Math.sin],
    [doubles.cos, Math.cos],
    [doubles.tan, Math.tan],
    [doubles.tanh, Math.tanh],
    [doubles.sigmoid, (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)))],
    [doubles.softplus, (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))],
    [slopes.sigmoidSlope, bellSlope],
    [slopes.tanhSlope, (a) => 4 * bellSlope(2 * a)],
    [slopes.erfSlope, (a) => (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a)],
    [slopes.divSlope, (ct, a, b) => (-ct * a) / (b * b)],
    [slopes.scaledPower, (a, b, shift, c) => (c === 0 ? 0 : c * a ** (b - shift))],
    [
      slopes.powExponentSlope,
      (a, b) => {
        if (a === 0 && b >= 0) return 0;
        return a === Infinity && b < 0 ? 0 : a ** b * Math.log(a);
      },
    ],
    [doubles.erfInv, (a) => erfInverse(a)],
    [doubles.pow, (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b)],
  ]);

/** Calls `visit` with the place of every element of a loop over `sizes`, in each of the views. */
const forEach = (
  sizes: readonly number[],
  views: readonly { readonly offset: number; readonly strides: readonly number[] }[],
  visit: (places: readonly number[]) => void,
): void => {
  const places = views.map((view) => view.offset);
  const level = (axis: number): void => {
    if (axis === sizes.length) return visit(places);
    const size = sizes[axis];
    for (let i = 0; i < size; i++) {
      level(axis + 1);
      views.forEach((view, v) => (places[v] = places[v] + view.strides[axis]));
    }
    views.forEach((view, v) => (places[v] = places[v] - size * view.strides[axis]));
  };
  level(0);
};

/** How numbers are combined. */
const combinations: ReadonlyMap<reductions.Reduction, (a: number, b: number) => number> =
  /* @__PURE__ */ new Map([
    [reductions.sum, (a: number, b: number): number => a + b],
    [reductions.max, Math.max],
    [reductions.min, Math.min],
  ]);

const combinationOf = (reduction: reductions.Reduction): ((a: number, b: number) => number) => {
  const combination = combinations.get(reduction);
  if (combination === undefined) throw new Error(`${reduction.name} has no reference in double precision`);
  return combination;
};

const evaluateElements = (loop: ElementLoop, inputs: readonly Values[], out: Float64Array): void => {
  const { rule, operands } = loop;
  const reduction = loop.kind === 'reduce' ? loop.reduction : undefined;
  const combine = reduction === undefined ? (_: number, b: number): number => b : combinationOf(reduction);
  if (reduction !== undefined) out.fill(reduction.identity);
  forEach(loop.sizes, [loop.out, ...operands], ([target, ...places]) => {
    const values = operands.map(({ input }, i) => inputs[input][places[i]]);
    out[target] = combine(out[target], rule(float64Algebra, ...values));
  });
};

const evaluateMatmul = (loop: MatmulLoop, [a, b]: readonly Values[], out: Float64Array): void => {
  const { rows, columns, depth, transposeA, transposeB } = loop;
  loop.offsetsA.forEach((offsetA, index) => {
    const offsetB = loop.offsetsB[index];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          const left = a[offsetA + (transposeA ? k * rows + i : i * depth + k)];
          const right = b[offsetB + (transposeB ? j * depth + k : k * columns + j)];
          sum += left * right;
        }
        out[(index * rows + i) * columns + j] = sum;
      }
    }
  });
};

const evaluate = (loop: Exclude<Loop, BitsLoop>, inputs: readonly Values[], out: Float64Array): void => {
  switch (loop.kind) {
    case 'map':
    case 'reduce':
      return evaluateElements(loop, inputs, out);
    case 'matmul':
      return evaluateMatmul(loop, inputs, out);
    case 'direct':
      return loop.compute(out, ...inputs);
  }
};

/** Runs `loops`, which together write all of a result of `size` elements, like `execute` but in double precision. */
export const executeFloat64 = (loops: readonly Loop[], inputs: readonly Values[], size: number): Values => {
  const out = new Float64Array(size);
  for (const loop of loops) {
    // Bits are the same in any precision.
    if (loop.kind === 'bits') return execute(loops, inputs as readonly Float32Array[], size);
    evaluate(loop, inputs, out);
  }
  return out;
};

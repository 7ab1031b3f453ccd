/**
 * The reference implementation: every scalar rule and every loop in double precision.
 *
 * It is written for clarity, to check the kernels.
 */
import type { Algebra } from '../kernels/algebra.ts';
import { sizeOf } from '../base/shape.ts';
import { execute } from '../runtime/execute.ts';
import type { BitsLoop, ElementLoop, Loop, MatmulLoop, Values } from '../compiler/loops.ts';

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
    const isUp = a - floor === 0.5 ? floor % 2 !== 0 : Math.round(a) !== floor;
    // Zero has the sign of a.
    return Math.abs(isUp ? floor + 1 : floor) * Math.sign(a);
  },
  elementary: ({ reference }, ...operands) => reference(...operands),
  equal: (a, b) => a === b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  not: (a) => !a,
  and: (a, b) => a && b,
  select: (mask, a, b) => (mask ? a : b),
};

/** Calls `visit` for every element of a loop over `sizes`, with its offset in each view. */
const forEachElement = (
  sizes: readonly number[],
  views: readonly { readonly offset: number; readonly strides: readonly number[] }[],
  visit: (offsets: readonly number[]) => void,
): void => {
  const offsets = views.map((view) => view.offset);
  const visitFrom = (axis: number): void => {
    if (axis === sizes.length) return visit(offsets);
    const size = sizes[axis];
    for (let i = 0; i < size; i++) {
      visitFrom(axis + 1);
      views.forEach((view, v) => (offsets[v] = offsets[v] + view.strides[axis]));
    }
    views.forEach((view, v) => (offsets[v] = offsets[v] - size * view.strides[axis]));
  };
  visitFrom(0);
};

const evaluateElements = (loop: ElementLoop, inputs: readonly Values[], out: Float64Array): void => {
  const { rule, operands, sizes } = loop;
  const valueAt = (offsets: readonly number[]): number =>
    rule(float64Algebra, ...operands.map(({ input }, i) => inputs[input][offsets[i]]));
  if (loop.kind === 'map') {
    forEachElement(
      sizes,
      [loop.out, ...operands],
      ([target, ...offsets]) => (out[target] = valueAt(offsets)),
    );
    return;
  }
  const { reduction } = loop;
  const kept = sizes.length - loop.reducedAxes;
  // Where there is nothing to combine.
  forEachElement(sizes.slice(0, kept), [loop.out], ([target]) => (out[target] = reduction.identity));
  const length = sizeOf(sizes.slice(kept));
  let combine = reduction.begin();
  let count = 0;
  forEachElement(sizes, [loop.out, ...operands], ([target, ...offsets]) => {
    if (count++ % length === 0) combine = reduction.begin();
    out[target] = combine(valueAt(offsets));
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

/**
 * Runs `loops` like `execute`, but in double precision.
 *
 * The loops together write all elements of a result of `size` elements.
 */
export const executeFloat64 = (loops: readonly Loop[], inputs: readonly Values[], size: number): Values => {
  const out = new Float64Array(size);
  for (const loop of loops) {
    // Bits are the same in any precision.
    if (loop.kind === 'bits') return execute(loops, inputs as readonly Float32Array[], size);
    evaluate(loop, inputs, out);
  }
  return out;
};

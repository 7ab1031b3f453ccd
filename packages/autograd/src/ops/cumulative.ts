/** Ops that accumulate along an axis, and differences. */
import { type Composite, bindComposite } from '../core/composite.ts';
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { around, type Shape, formatShape } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul, sub } from './arithmetic.ts';
import { takeAlongAxis } from './indexing.ts';
import type { AxisOption } from './joining.ts';
import { alongAxis, mapLines } from './lines.ts';
import { shiftAlong, slice, type SliceRange } from './slicing.ts';
import { broadcastTo } from './structure.ts';

/**
 * Computes the running sums of a line of adjacent elements, from `first` in steps of 1 or -1.
 *
 * Four at a time, which takes half the time: the engine reads the arrays' addresses again after
 * each write.
 */
const sumAdjacent = (out: Values, x: Values, first: number, step: number, size: number): void => {
  let sum = 0;
  let at = first;
  let rest = size;
  for (; rest >= 4; rest -= 4) {
    const [second, third, fourth] = [at + step, at + 2 * step, at + 3 * step];
    const sum1 = sum + x[at];
    const sum2 = sum1 + x[second];
    const sum3 = sum2 + x[third];
    sum = sum3 + x[fourth];
    out[at] = sum1;
    out[second] = sum2;
    out[third] = sum3;
    out[fourth] = sum;
    at += 4 * step;
  }
  for (; rest > 0; rest--, at += step) out[at] = sum += x[at];
};

/**
 * Adds a row of x to the running sums of all lines, and writes them. Two at a time, as in
 * `sumAdjacent`.
 */
const sumRow = (out: Values, x: Values, row: number, sums: Float64Array): void => {
  const pairs = sums.length - 1;
  let i = 0;
  for (; i < pairs; i += 2) {
    const sum = sums[i] + x[row + i];
    const next = sums[i + 1] + x[row + i + 1];
    sums[i] = sum;
    sums[i + 1] = next;
    out[row + i] = sum;
    out[row + i + 1] = next;
  }
  if (i === pairs) out[row + i] = sums[i] += x[row + i];
};

/** Returns the loop for running sums along each line, accumulated in double precision. */
const sumLoop = (shape: Shape, axis: number, reverse: boolean): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) => {
    const [outer, size, inner] = around(shape, axis);
    const [start, step] = reverse ? [size - 1, -1] : [0, 1];
    const sums = new Float64Array(inner);
    for (let o = 0; o < outer; o++) {
      if (inner === 1) {
        sumAdjacent(out, x, o * size + start, step, size);
        continue;
      }
      // All lines at once, since their neighbours are adjacent.
      sums.fill(0);
      for (let j = 0; j < size; j++) sumRow(out, x, (o * size + start + j * step) * inner, sums);
    }
  },
});

const cumsumPrimitive: LoopPrimitive<{ axis: number; reverse: boolean }> = {
  name: 'cumsum',
  shape: ([shape]) => shape,
  loops: ([shape], { axis, reverse }) => [sumLoop(shape, axis, reverse)],
  vjp: (ct, _inputs, _out, { axis, reverse }) => [
    () => bind(cumsumPrimitive, [ct], { axis, reverse: !reverse }),
  ],
};

/**
 * Returns running sums along `axis`; without `axis`, of the flattened tensor.
 *
 * The sums are accumulated in double precision. The derivative is the running sum of the cotangent
 * from the end to the start. Mirrors numpy.cumsum.
 *
 * @example console.log(cumsum(tensor([1, 2, 3])).toArray()); // → [ 1, 3, 6 ]
 */
export function cumsum(x: TensorLike, options: AxisOption = {}): Tensor {
  const given = checkOptions('cumsum', options, ['axis']).axis;
  const { operand, axis } = alongAxis('cumsum', toTensor('cumsum', x), given);
  return bind(cumsumPrimitive, [operand], { axis, reverse: false });
}

interface RecurrenceAttributes {
  readonly axis: number;
  readonly reverse: boolean;
  /** The value of y before the first element. */
  readonly initial: number;
}

/**
 * Returns the loop for y[i] = a[i]·y[i - 1] + b[i] along each line, computed in double precision.
 */
const recurrenceLoop = (shape: Shape, { axis, reverse, initial }: RecurrenceAttributes): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, a, b) =>
    mapLines(out, [a, b], shape, axis, (result, factors, terms) => {
      const [start, step] = reverse ? [result.length - 1, -1] : [0, 1];
      let y = initial;
      for (let at = start; at >= 0 && at < result.length; at += step)
        result[at] = y = factors[at] * y + terms[at];
    }),
});

const recurrencePrimitive: LoopPrimitive<RecurrenceAttributes> = {
  name: 'linearRecurrence',
  shape: ([shape]) => shape,
  loops: ([shape], attrs) => [recurrenceLoop(shape, attrs)],
  // The cotangent r of b follows the recurrence r[i] = ct[i] + a[i + 1]·r[i + 1], from the other
  // end.
  vjp: (ct, [a], out, { axis, reverse, initial }) => {
    const [step, back]: readonly (1 | -1)[] = reverse ? [-1, 1] : [1, -1];
    const flow = (): Tensor =>
      bind(recurrencePrimitive, [shiftAlong(a, axis, back, 0), ct], { axis, reverse: !reverse, initial: 0 });
    return [() => mul(flow(), shiftAlong(out, axis, step, initial)), flow];
  },
};

/**
 * Returns running products along `axis`; without `axis`, of the flattened tensor.
 *
 * The products are computed in double precision. The derivative is also correct where elements are
 * 0. Mirrors numpy.cumprod.
 *
 * @example console.log(cumprod(tensor([1, 2, 3, 4])).toArray()); // → [ 1, 2, 6, 24 ]
 */
export function cumprod(x: TensorLike, options: AxisOption = {}): Tensor {
  const given = checkOptions('cumprod', options, ['axis']).axis;
  const { operand, axis } = alongAxis('cumprod', toTensor('cumprod', x), given);
  return asOp('cumprod', () =>
    bind(recurrencePrimitive, [operand, broadcastTo(0, operand.shape)], { axis, reverse: false, initial: 1 }),
  );
}

/**
 * Op that returns the index of the largest element so far: the first of equal ones, or the first
 * NaN.
 */
const runningArgmaxPrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'runningArgmax',
  shape: ([shape]) => shape,
  loops: ([shape], { axis }) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, x) =>
        mapLines(out, [x], shape, axis, (result, line) => {
          let best = 0;
          for (let j = 0; j < line.length; j++) {
            const [value, largest] = [line[j], line[best]];
            if (!(value <= largest) && largest === largest) best = j;
            result[j] = best;
          }
        }),
    },
  ],
};

/**
 * Returns the largest element so far along `axis`; without `axis`, of the flattened tensor. From
 * the first NaN on, the result is NaN.
 *
 * The derivative flows to the first of equal elements. Mirrors jax.lax.cummax.
 *
 * @example console.log(cummax(tensor([1, 3, 2, 4])).toArray()); // → [ 1, 3, 3, 4 ]
 */
export function cummax(x: TensorLike, options: AxisOption = {}): Tensor {
  const given = checkOptions('cummax', options, ['axis']).axis;
  const { operand, axis } = alongAxis('cummax', toTensor('cummax', x), given);
  checkIndexable('cummax', operand.shape, axis);
  return asOp('cummax', () =>
    takeAlongAxis(operand, bind(runningArgmaxPrimitive, [operand], { axis }), { axis }),
  );
}

/** The axis of the differences (default -1), and how often to take them (default once). */
export interface DiffOptions extends AxisOption {
  readonly n?: number;
}

const diffOp: Composite<{ axis: number; n: number }> = {
  name: 'diff',
  compute: ([x], { axis, n }) => {
    const along = (range: SliceRange): SliceRange[] => x.shape.map((_, a) => (a === axis ? range : null));
    let result = x;
    for (let i = 0; i < n; i++)
      result = sub(slice(result, ...along([1, null])), slice(result, ...along([0, -1])));
    return result;
  },
};

/**
 * Returns the differences x[i + 1] - x[i] of neighbouring elements along `axis` (default -1).
 *
 * With `n`, it takes differences of differences, n times in total. The axis becomes shorter by n
 * (default 1). Throws a RangeError if n is larger than the axis. Mirrors numpy.diff.
 *
 * @example console.log(diff(tensor([1, 4, 9, 16]), { n: 2 }).toArray()); // → [ 2, 2 ]
 */
export function diff(x: TensorLike, options: DiffOptions = {}): Tensor {
  const input = toTensor('diff', x);
  const { axis: given = -1, n = 1 } = checkOptions('diff', options, ['axis', 'n']);
  const axis = checkAxis('diff', given, input.ndim, input.shape);
  checkInteger('diff', 'n', n, 0);
  if (n > input.shape[axis])
    throw rangeError(
      'diff',
      `too few elements: expected at least n = ${n} along axis ${axis}, got shape ${formatShape(input.shape)}`,
    );
  return bindComposite(diffOp, [input], { axis, n });
}

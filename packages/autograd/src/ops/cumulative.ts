/** Ops that accumulate along an axis, and differences. */
import { type Composite, bindComposite } from '../core/composite.ts';
import { rangeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop, ReduceLoop, View } from '../compiler/loops.ts';
import { identity } from '../kernels/algebra.ts';
import * as reductions from '../kernels/reductions.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape, stridesOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul, sub } from './arithmetic.ts';
import { adjointOfTakeAlongAxis } from './indexing.ts';
import type { AxisOption } from './axis-option.ts';
import { alongAxis, mapLines } from './lines.ts';
import { shiftAlong, slice, type SliceRange } from './slicing.ts';

interface RunningAttributes {
  readonly axis: number;
  /** Whether to go from the end to the start. */
  readonly reverse: boolean;
}

/** Returns the loop that combines the elements along an axis, and keeps each result so far. */
const runningLoop = (
  reduction: reductions.Reduction,
  shape: Shape,
  { axis, reverse }: RunningAttributes,
): ReduceLoop => {
  const order = [...shape.keys()].filter((a) => a !== axis).concat(axis);
  const strides = stridesOf(shape);
  const view: View = {
    offset: reverse ? (shape[axis] - 1) * strides[axis] : 0,
    strides: order.map((a) => (a === axis && reverse ? -strides[a] : strides[a])),
  };
  return {
    kind: 'reduce',
    isRunning: true,
    rule: identity,
    reduction,
    sizes: order.map((a) => shape[a]),
    reducedAxes: 1,
    operands: [{ input: 0, ...view }],
    out: view,
  };
};

const cumsumPrimitive: LoopPrimitive<RunningAttributes> = {
  name: 'cumsum',
  shape: ([shape]) => shape,
  loops: ([shape], attrs) => [runningLoop(reductions.sum, shape, attrs)],
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

/**
 * Returns the loop for y[i] = a[i]·y[i - 1] + b[i] along each line, from y[-1] = 0, computed in
 * double precision.
 */
const recurrenceLoop = (shape: Shape, { axis, reverse }: RunningAttributes): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, a, b) =>
    mapLines(out, [a, b], shape, axis, (result, factors, terms) => {
      const [start, step] = reverse ? [result.length - 1, -1] : [0, 1];
      let y = 0;
      for (let at = start; at >= 0 && at < result.length; at += step)
        result[at] = y = factors[at] * y + terms[at];
    }),
});

const recurrencePrimitive: LoopPrimitive<RunningAttributes> = {
  name: 'linearRecurrence',
  shape: ([shape]) => shape,
  loops: ([shape], attrs) => [recurrenceLoop(shape, attrs)],
  // The cotangent r of b follows the recurrence r[i] = ct[i] + a[i + 1]·r[i + 1], from the other
  // end.
  vjp: (ct, [a], out, { axis, reverse }) => {
    const [step, back]: readonly (1 | -1)[] = reverse ? [-1, 1] : [1, -1];
    const flow = (): Tensor =>
      bind(recurrencePrimitive, [shiftAlong(a, axis, back, 0), ct], { axis, reverse: !reverse });
    return [() => mul(flow(), shiftAlong(out, axis, step, 0)), flow];
  },
};

const cumprodPrimitive: LoopPrimitive<{ readonly axis: number }> = {
  name: 'cumprod',
  shape: ([shape]) => shape,
  loops: ([shape], { axis }) => [runningLoop(reductions.prod, shape, { axis, reverse: false })],
  // As for a linear recurrence whose terms are 0, and which starts from 1.
  vjp: (ct, [x], out, { axis }) => [
    () => {
      const flow = bind(recurrencePrimitive, [shiftAlong(x, axis, -1, 0), ct], { axis, reverse: true });
      return mul(flow, shiftAlong(out, axis, 1, 1));
    },
  ],
};

/**
 * Returns running products along `axis`; without `axis`, of the flattened tensor.
 *
 * The products are computed as by `prod`, in double precision. The derivative is also correct
 * where elements are 0, if products of neighbouring elements are in the range of float32. Mirrors
 * numpy.cumprod.
 *
 * @example console.log(cumprod(tensor([1, 2, 3, 4])).toArray()); // → [ 1, 2, 6, 24 ]
 */
export function cumprod(x: TensorLike, options: AxisOption = {}): Tensor {
  const given = checkOptions('cumprod', options, ['axis']).axis;
  const { operand, axis } = alongAxis('cumprod', toTensor('cumprod', x), given);
  return bind(cumprodPrimitive, [operand], { axis });
}

/**
 * Op that returns the index of the largest element so far: the first of equal ones, or the first
 * NaN.
 */
const runningArgmaxPrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'runningArgmax',
  shape: ([shape]) => shape,
  loops: ([shape], { axis }) => [runningLoop(reductions.argmax, shape, { axis, reverse: false })],
};

const cummaxPrimitive: LoopPrimitive<{ readonly axis: number }> = {
  name: 'cummax',
  shape: ([shape]) => shape,
  loops: ([shape], { axis }) => [runningLoop(reductions.max, shape, { axis, reverse: false })],
  vjp: (ct, [x], _out, { axis }) => [
    () => adjointOfTakeAlongAxis(ct, bind(runningArgmaxPrimitive, [x], { axis }), x.shape, axis),
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
  // The derivative goes by indices.
  checkIndexable('cummax', operand.shape, axis);
  return bind(cummaxPrimitive, [operand], { axis });
}

/** The axis of the differences (default -1), and how often to take them (default once). */
export interface DiffOptions extends AxisOption {
  /** How often to take differences. Default 1. */
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

/**
 * Ops that process lines: the elements along one axis, with all other indices fixed.
 *
 * They find the index of an extreme element, or compute running sums.
 */
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxis, checkBoolean, checkIndexable, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, around, formatShape, reducedShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { withShape } from './structure.ts';

/**
 * Calls `visit` for each line along `axis`, with the number of the line, the offset of its first
 * element, and the stride between its elements.
 */
export const forEachLine = (
  shape: Shape,
  axis: number,
  visit: (line: number, start: number, step: number) => void,
): void => {
  const [outer, size, inner] = around(shape, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) visit(o * inner + i, o * size * inner + i, inner);
};

/**
 * Returns the loop that finds the index of the best element of each line: the first of equal ones.
 * NaN is better than any number.
 */
const argLoop = (shape: Shape, axis: number, isBetter: (x: number, best: number) => boolean): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) =>
    forEachLine(shape, axis, (line, start, step) => {
      let index = 0;
      let best = x[start];
      for (let j = 1; j < shape[axis]; j++) {
        const value = x[start + j * step];
        if (isBetter(value, best) || (value !== value && best === best)) {
          best = value;
          index = j;
        }
      }
      out[line] = index;
    }),
});

/* @__NO_SIDE_EFFECTS__ */
const argPrimitive = (
  name: string,
  isBetter: (x: number, best: number) => boolean,
): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([shape], { axis }) => {
    if (shape[axis] === 0)
      throw rangeError(
        name,
        `no elements to choose from: expected axis ${axis} to have some, got shape ${formatShape(shape)}`,
      );
    return reducedShape(shape, [axis], false);
  },
  loops: ([shape], { axis }) => [argLoop(shape, axis, isBetter)],
});

/** The axis to search, and whether the result keeps it with size 1 (default false). */
export interface ArgOptions {
  readonly axis?: number;
  readonly keepdims?: boolean;
}

/** Returns the operand and the axis to process: x and `axis`, or without an axis, x flattened. */
const alongAxis = (op: string, input: Tensor, axis: number | undefined): { operand: Tensor; axis: number } =>
  axis === undefined
    ? { operand: asOp(op, () => withShape(input, [sizeOf(input.shape)])), axis: 0 }
    : { operand: input, axis: checkAxis(op, axis, input.ndim, input.shape) };

const argReduce = (
  primitive: LoopPrimitive<{ axis: number }>,
  x: TensorLike,
  options: ArgOptions,
): Tensor => {
  const { name } = primitive;
  const input = toTensor(name, x);
  const { axis: given, keepdims = false } = checkOptions(name, options, ['axis', 'keepdims']);
  checkBoolean(name, 'keepdims', keepdims);
  const { operand, axis } = alongAxis(name, input, given);
  checkIndexable(name, operand.shape, axis);
  const indices = bind(primitive, [operand], { axis });
  if (!keepdims) return indices;
  const axes = given === undefined ? [...input.shape.keys()] : [axis];
  return withShape(indices, reducedShape(input.shape, axes, true));
};

const argmaxPrimitive = argPrimitive('argmax', (x, best) => x > best);

/**
 * Returns the index of the largest element along `axis`; without `axis`, in the flattened tensor.
 *
 * If several are equal, it is the index of the first. NaN counts as largest. The shape is that of x
 * without the axis. The derivative is zero. Throws a RangeError if there are no elements to choose
 * from, or more than 2²⁴. Mirrors numpy.argmax.
 *
 * @example
 * const x = tensor([[1, 9, 4], [7, 2, 7]]);
 * console.log(argmax(x).item(), argmax(x, { axis: 1 }).toArray()); // → 1 [ 1, 0 ]
 */
export function argmax(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argmaxPrimitive, x, options);
}

const argminPrimitive = argPrimitive('argmin', (x, best) => x < best);

/**
 * Returns the index of the smallest element along `axis`; without `axis`, in the flattened tensor.
 *
 * If several are equal, it is the index of the first. NaN counts as smallest. The shape is that of
 * x without the axis. The derivative is zero. Throws a RangeError if there are no elements to
 * choose from, or more than 2²⁴. Mirrors numpy.argmin.
 */
export function argmin(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argminPrimitive, x, options);
}

/** Returns the loop for running sums along each line, accumulated in double precision. */
const sumLoop = (shape: Shape, axis: number, reverse: boolean): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) =>
    forEachLine(shape, axis, (_line, start, step) => {
      const size = shape[axis];
      let sum = 0;
      for (let j = 0; j < size; j++) {
        const offset = start + (reverse ? size - 1 - j : j) * step;
        sum += x[offset];
        out[offset] = sum;
      }
    }),
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
export function cumsum(x: TensorLike, options: { readonly axis?: number } = {}): Tensor {
  const given = checkOptions('cumsum', options, ['axis']).axis;
  const { operand, axis } = alongAxis('cumsum', toTensor('cumsum', x), given);
  return bind(cumsumPrimitive, [operand], { axis, reverse: false });
}

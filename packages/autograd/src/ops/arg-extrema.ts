/** Ops that find the index of the largest or the smallest element of each line. */
import { rangeError } from '../base/errors.ts';
import { checkBoolean, checkIndexable, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, around, formatShape, reducedShape } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { alongAxis } from './lines.ts';
import { withShape } from './structure.ts';

/**
 * Returns the index of the largest of sign·x along a line of adjacent elements: the first of equal
 * ones, or the first NaN.
 */
const indexOfBest = (x: Values, start: number, size: number, sign: number): number => {
  let index = 0;
  let best = sign * x[start];
  // No number is larger than NaN, so the loop can end there.
  for (let j = 0; j < size && best === best; j++) {
    const value = sign * x[start + j];
    if (!(value <= best)) {
      best = value;
      index = j;
    }
  }
  return index;
};

/** Does this for lines that are next to each other, row by row: reads x in order of memory. */
const indicesOfBest = (
  out: Values,
  x: Values,
  start: number,
  size: number,
  inner: number,
  first: number,
  sign: number,
): void => {
  const best = new Float64Array(inner).fill(-Infinity);
  out.fill(0, first, first + inner);
  for (let j = 0; j < size; j++) {
    const row = start + j * inner;
    for (let i = 0; i < inner; i++) {
      const value = sign * x[row + i];
      if (value <= best[i] || best[i] !== best[i]) continue;
      best[i] = value;
      out[first + i] = j;
    }
  }
};

/** Returns the loop that finds the index of the largest of sign·x of each line. */
const argLoop = (shape: Shape, axis: number, sign: number): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) => {
    const [outer, size, inner] = around(shape, axis);
    for (let o = 0; o < outer; o++) {
      if (inner === 1) out[o] = indexOfBest(x, o * size, size, sign);
      else indicesOfBest(out, x, o * size * inner, size, inner, o * inner, sign);
    }
  },
});

/* @__NO_SIDE_EFFECTS__ */
const argPrimitive = (name: string, sign: number): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([shape], { axis }) => {
    if (shape[axis] === 0)
      throw rangeError(
        name,
        `no elements to choose from: expected axis ${axis} to have some, got shape ${formatShape(shape)}`,
      );
    return reducedShape(shape, [axis], false);
  },
  loops: ([shape], { axis }) => [argLoop(shape, axis, sign)],
});

/** The axis to search, and whether the result keeps it with size 1 (default false). */
export interface ArgOptions {
  readonly axis?: number;
  readonly keepdims?: boolean;
}

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

const argmaxPrimitive = argPrimitive('argmax', 1);

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

const argminPrimitive = argPrimitive('argmin', -1);

/**
 * Returns the index of the smallest element along `axis`; without `axis`, in the flattened tensor.
 *
 * If several are equal, it is the index of the first. NaN counts as smallest. The shape is that of
 * x without the axis. The derivative is zero. Throws a RangeError if there are no elements to
 * choose from, or more than 2²⁴. Mirrors numpy.argmin.
 *
 * @example
 * console.log(argmin(tensor([[3, 1], [2, 4]]), { axis: 1 })); // → Tensor [2] [1, 0]
 */
export function argmin(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argminPrimitive, x, options);
}

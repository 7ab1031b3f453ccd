/** Ops that read or write a block whose position is known only when they run. */
import { asOp, callerOr, rangeError } from '../base/errors.ts';
import { checkInteger, checkList, checkShape, toTensor } from '../core/check.ts';
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { MAX_AXES } from '../base/limits.ts';
import { type Tensor, type TensorLike, isTensor } from '../core/tensor.ts';
import { startFrom } from './scattering.ts';
import { type Indices, readIndices } from './indexing.ts';
import { stack } from './joining.ts';
import { broadcastTo } from './structure.ts';

/** The index of the first element of a block along each axis: numbers or scalar tensors. */
export type Starts = Indices | readonly TensorLike[];

/** Returns the offset of a block of the given sizes in x; throws unless the block lies inside x. */
const blockOffset = (op: string, shape: Shape, sizes: Shape, starts: Values): number => {
  const strides = stridesOf(shape);
  return sizes.reduce((offset, size, axis) => {
    const start = starts[axis];
    const index = start < 0 ? start + shape[axis] : start;
    const last = shape[axis] - size;
    if (!Number.isInteger(index) || index < 0 || index > last)
      throw rangeError(
        op,
        `start out of range: expected an integer from ${start < 0 ? `${-shape[axis]} to ${-size}` : `0 to ${last}`} for a block of ${size} of the ${shape[axis]} elements along axis ${axis}, got ${start}`,
      );
    return offset + index * strides[axis];
  }, 0);
};

/**
 * Calls `visit` for each row of a block: with its offset from the start of the block in an array of
 * the given shape, its offset in the contiguous block, and its length.
 */
const forEachRow = (
  shape: Shape,
  sizes: Shape,
  visit: (outside: number, inside: number, length: number) => void,
): void => {
  if (sizeOf(sizes) === 0) return;
  const strides = stridesOf(shape);
  const last = sizes.length - 1;
  const length = sizes[last] ?? 1;
  let inside = 0;
  const visitFrom = (axis: number, outside: number): void => {
    if (axis >= last) {
      visit(outside, inside, length);
      inside += length;
      return;
    }
    for (let i = 0; i < sizes[axis]; i++) visitFrom(axis + 1, outside + i * strides[axis]);
  };
  visitFrom(0, 0);
};

const sliceLoop = (op: string, shape: Shape, sizes: Shape): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  compute: (out, x, starts) => {
    const offset = blockOffset(op, shape, sizes, starts);
    forEachRow(shape, sizes, (outside, inside, length) =>
      out.set(x.subarray(offset + outside, offset + outside + length), inside),
    );
  },
});

const updateLoop = (op: string, shape: Shape, sizes: Shape): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  startsFrom: 0,
  compute: (out, x, update, starts) => {
    const offset = blockOffset(op, shape, sizes, starts);
    startFrom(out, x);
    forEachRow(shape, sizes, (outside, inside, length) =>
      out.set(update.subarray(inside, inside + length), offset + outside),
    );
  },
});

const dynamicSlicePrimitive: LoopPrimitive<{ sizes: Shape }> = {
  name: 'dynamicSlice',
  shape: (_shapes, { sizes }) => sizes,
  loops: ([shape], { sizes }) => [sliceLoop(callerOr('dynamicSlice'), shape, sizes)],
  vjp: (ct, [x, starts]) => [
    () => bind(dynamicUpdateSlicePrimitive, [broadcastTo(0, x.shape), ct, starts], undefined),
  ],
};

const dynamicUpdateSlicePrimitive: LoopPrimitive<undefined> = {
  name: 'dynamicUpdateSlice',
  shape: ([x]) => x,
  loops: ([x, update]) => [updateLoop(callerOr('dynamicUpdateSlice'), x, update)],
  vjp: (ct, [, update, starts]) => [
    () => bind(dynamicUpdateSlicePrimitive, [ct, broadcastTo(0, update.shape), starts], undefined),
    () => bind(dynamicSlicePrimitive, [ct, starts], { sizes: update.shape }),
  ],
};

/** Returns the starts as a tensor [ndim]. */
const readStarts = (op: string, starts: Starts, shape: Shape): Tensor => {
  if (Array.isArray(starts)) checkInteger(op, 'number of starts', starts.length, 0, MAX_AXES);
  const isMixed = Array.isArray(starts) && starts.some((start) => isTensor(start));
  const result = isMixed
    ? asOp(op, () =>
        stack(checkList(op, 'starts', starts, (start) => toTensor(op, start, 'start'), MAX_AXES)),
      )
    : readIndices(op, starts, 'starts');
  if (result.ndim !== 1 || result.size !== shape.length)
    throw rangeError(
      op,
      `wrong number of starts: expected one for each axis of shape ${formatShape(shape)}, got shape ${formatShape(result.shape)}`,
    );
  return result;
};

/**
 * Returns the block of the given sizes that begins at `starts`, one index for each axis.
 *
 * Unlike in `slice`, starts can be tensors that a compiled function computes. Negative starts count
 * from the end. The derivative is 1 for the elements of the block, else 0. Throws a RangeError if
 * the block does not lie inside x; JAX moves the block instead. A compiled function throws when it
 * runs. Mirrors jax.lax.dynamic_slice.
 *
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(dynamicSlice(x, [0, tensor(1)], [2, 2]).toArray()); // → [ [ 2, 3 ], [ 5, 6 ] ]
 */
export function dynamicSlice(x: TensorLike, starts: Starts, sizes: Shape): Tensor {
  const input = toTensor('dynamicSlice', x);
  const checked = checkShape('dynamicSlice', sizes);
  if (checked.length !== input.ndim || checked.some((size, axis) => size > input.shape[axis]))
    throw rangeError(
      'dynamicSlice',
      `sizes do not fit: expected at most ${formatShape(input.shape)}, got ${formatShape(checked)}`,
    );
  const first = readStarts('dynamicSlice', starts, input.shape);
  return bind(dynamicSlicePrimitive, [input, first], { sizes: checked });
}

/**
 * Returns x with the block that begins at `starts` replaced by `update`.
 *
 * Negative starts count from the end. Throws a RangeError if the block does not lie inside x; JAX
 * moves the block instead. A compiled function throws when it runs. The derivative with respect to
 * replaced elements is 0. Mirrors jax.lax.dynamic_update_slice.
 *
 * @example
 * const x = tensor([1, 2, 3]);
 * console.log(dynamicUpdateSlice(x, tensor([9]), [1]).toArray()); // → [ 1, 9, 3 ]
 */
export function dynamicUpdateSlice(x: TensorLike, update: TensorLike, starts: Starts): Tensor {
  const op = 'dynamicUpdateSlice';
  const input = toTensor(op, x);
  const block = toTensor(op, update, 'update');
  if (block.ndim !== input.ndim || block.shape.some((size, axis) => size > input.shape[axis]))
    throw rangeError(
      op,
      `update does not fit: expected at most ${formatShape(input.shape)}, got ${formatShape(block.shape)}`,
    );
  return bind(dynamicUpdateSlicePrimitive, [input, block, readStarts(op, starts, input.shape)], undefined);
}

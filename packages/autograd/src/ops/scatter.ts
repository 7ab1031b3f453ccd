/** Ops that write elements by index: the counterparts of `take`. */
import { asOp, callerOr, rangeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, checkSize, toTensor } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { broadcastShapes, formatShape, sameShape } from '../base/shape.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { equal } from './compare.ts';
import { arange } from './creation.ts';
import { gathering } from './gathering.ts';
import { scatterAddLoop, scatterSetLoop } from './scattering.ts';
import { type Indices, readIndices, take } from './indexing.ts';
import type { AxisOption } from './axis-option.ts';
import { where } from './select.ts';
import { broadcastTo, withShape } from './structure.ts';

/** The operands are the updates, the indices and x. */
const scatterAddPrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'scatterAdd',
  shape: ([, , x]) => x,
  loops: ([, indices, x], { axis }) => [
    scatterAddLoop(gathering(x, indices, axis, false), { op: 'scatterAdd', fromEnd: true }),
  ],
  vjp: (ct, [, indices], _out, { axis }) => [() => take(ct, indices, { axis }), undefined, () => ct],
};

const scatterSetPrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'scatterSet',
  shape: ([, , x]) => x,
  loops: ([, indices, x], { axis }) => [
    scatterSetLoop(gathering(x, indices, axis, false), { op: 'scatterSet', fromEnd: true }),
  ],
  vjp: (ct, [updates, indices], _out, { axis }) => [
    () => {
      // Of several equal indices, only the last wrote its update. It is the one that reads back its
      // own position.
      const positions = arange(indices.size);
      const flat = withShape(indices, [indices.size]);
      const written = bind(scatterSetPrimitive, [positions, flat, broadcastTo(0, [ct.shape[axis]])], {
        axis: 0,
      });
      const isLast = withShape(equal(take(written, flat), positions), [
        ...indices.shape,
        ...ct.shape.slice(axis + 1).map(() => 1),
      ]);
      return where(broadcastTo(isLast, updates.shape), take(ct, indices, { axis }), 0);
    },
    undefined,
    () => bind(scatterSetPrimitive, [broadcastTo(0, updates.shape), indices, ct], { axis }),
  ],
};

/** Checks the arguments of `scatterAdd` or `scatterSet`, and applies the op. */
const scatter = (
  primitive: LoopPrimitive<{ axis: number }>,
  x: TensorLike,
  indices: Indices,
  updates: TensorLike,
  options: AxisOption,
): Tensor => {
  const op = primitive.name;
  const input = toTensor(op, x);
  const { axis: given = 0 } = checkOptions(op, options, ['axis']);
  const axis = checkAxis(op, given, input.ndim, input.shape);
  checkIndexable(op, input.shape, axis);
  const positions = readIndices(op, indices, 'indices');
  if (positions.size > MAX_EXACT_INTEGER)
    throw rangeError(
      op,
      `too many indices: expected at most ${MAX_EXACT_INTEGER}, got shape ${formatShape(positions.shape)}`,
    );
  const values = toTensor(op, updates, 'updates');
  const shape = checkSize(op, [
    ...input.shape.slice(0, axis),
    ...positions.shape,
    ...input.shape.slice(axis + 1),
  ]);
  if (!sameShape(broadcastShapes([values.shape, shape]) ?? [], shape))
    throw rangeError(
      op,
      `updates do not fit: expected a shape that broadcasts to ${formatShape(shape)}, got ${formatShape(values.shape)}`,
    );
  return asOp(op, () => bind(primitive, [broadcastTo(values, shape), positions, input], { axis }));
};

/**
 * Returns x with the slices `updates` added at `indices` along `axis` (default 0).
 *
 * `updates` has the shape of take(x, indices, { axis }), or broadcasts to it. Updates at equal
 * indices are all added, in double precision. Negative indices count from the end. Throws a
 * RangeError for indices that are out of range or not integers, where JAX drops the update; a
 * compiled function throws when it runs. The derivative with respect to x is the identity. The
 * cotangent of the updates is the cotangent of the result at the indices. Mirrors
 * x.at[indices].add(updates) of JAX.
 *
 * @example
 * console.log(scatterAdd(zeros([3]), [0, 2, 0], tensor([1, 2, 4])).toArray()); // → [ 5, 0, 2 ]
 */
export function scatterAdd(
  x: TensorLike,
  indices: Indices,
  updates: TensorLike,
  options: AxisOption = {},
): Tensor {
  return scatter(scatterAddPrimitive, x, indices, updates, options);
}

/**
 * Returns x with the slices at `indices` along `axis` (default 0) replaced by `updates`.
 *
 * Of equal indices, the last one wins. `updates` has the shape of take(x, indices, { axis }), or
 * broadcasts to it. Negative indices count from the end. Throws a RangeError for indices that are
 * out of range or not integers, where JAX drops the update; a compiled function throws when it
 * runs. A compiled function overwrites x if nothing reads it later, such as the carry of a loop or
 * a donated argument. The derivative with respect to replaced elements is 0. Mirrors
 * x.at[indices].set(updates) of JAX.
 *
 * @example console.log(scatterSet(tensor([1, 2, 3]), [0, -1], 0).toArray()); // → [ 0, 2, 0 ]
 */
export function scatterSet(
  x: TensorLike,
  indices: Indices,
  updates: TensorLike,
  options: AxisOption = {},
): Tensor {
  return scatter(scatterSetPrimitive, x, indices, updates, options);
}

/** The operands are x and the index of the segment of each row. */
const segmentSumPrimitive: LoopPrimitive<{ count: number }> = {
  name: 'segmentSum',
  shape: ([x], { count }) => [count, ...x.slice(1)],
  loops: ([, segments], _attrs, out) => [
    scatterAddLoop(gathering(out, segments, 0, false), { op: callerOr('segmentSum'), fromEnd: false }),
  ],
  vjp: (ct, [, segments]) => [() => take(ct, segments)],
};

/**
 * Returns the sums of the rows of x that belong to the same segment, with the shape
 * [count, ...x.shape.slice(1)].
 *
 * `segments` holds an integer from 0 to count - 1 for each row. A segment without rows sums to 0.
 * The sums are in double precision. Throws a RangeError for any other segment; JAX drops such rows.
 * A compiled function throws when it runs. Mirrors jax.ops.segment_sum.
 *
 * @example console.log(segmentSum(tensor([1, 2, 3]), [1, 0, 1], 3).toArray()); // → [ 2, 4, 0 ]
 */
export function segmentSum(x: TensorLike, segments: Indices, count: number): Tensor {
  const input = toTensor('segmentSum', x);
  const rows = readIndices('segmentSum', segments, 'segments');
  const checked = checkInteger('segmentSum', 'count', count, 0, MAX_EXACT_INTEGER);
  if (input.ndim === 0 || !sameShape(rows.shape, input.shape.slice(0, 1)))
    throw rangeError(
      'segmentSum',
      `segments do not fit: expected one for each row of x, got shapes ${formatShape(rows.shape)} and ${formatShape(input.shape)}`,
    );
  return bind(segmentSumPrimitive, [input, rows], { count: checked });
}

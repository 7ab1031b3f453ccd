/** Ops that move axes, or move and repeat elements along them. */
import { asOp, rangeError } from '../base/errors.ts';
import {
  checkAxis,
  checkChoice,
  checkInteger,
  checkList,
  checkOptions,
  checkSize,
  orderedAxes,
  toTensor,
} from '../core/check.ts';
import { type Shape, formatShape } from '../base/shape.ts';
import { MAX_AXES, MAX_SIZE } from '../base/limits.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { take } from './indexing.ts';
import type { AxisOption } from './axis-option.ts';
import { concatenate } from './joining.ts';
import { alongAxis } from './lines.ts';
import { slice } from './slicing.ts';
import { broadcastTo, transpose, withShape } from './structure.ts';

/**
 * Returns x with the axes `source` moved to the positions `destination`; the others keep their
 * order.
 *
 * Both are an axis or a list of axes. Throws a RangeError for lists of different lengths or with a
 * repeated axis. Mirrors numpy.moveaxis.
 *
 * @example console.log(moveaxis(zeros([2, 3, 4]), 0, -1).shape); // → [ 3, 4, 2 ]
 */
export function moveaxis(
  x: TensorLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const input = toTensor('moveaxis', x);
  const from = orderedAxes('moveaxis', source, input.shape);
  const to = orderedAxes('moveaxis', destination, input.shape);
  if (from.length !== to.length)
    throw rangeError(
      'moveaxis',
      `numbers of axes differ: expected as many in source as in destination, got ${from.length} and ${to.length}`,
    );
  const rest = input.shape.flatMap((_, axis) => (from.includes(axis) ? [] : [axis]));
  const order = input.shape.map((_, axis) =>
    to.includes(axis) ? from[to.indexOf(axis)] : (rest.shift() ?? 0),
  );
  return asOp('moveaxis', () => transpose(input, order));
}

/**
 * Returns x with two axes exchanged. Throws a RangeError for an axis out of range. Mirrors
 * numpy.swapaxes.
 *
 * @example console.log(swapaxes(zeros([2, 3, 4]), 0, 2).shape); // → [ 4, 3, 2 ]
 */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const input = toTensor('swapaxes', x);
  const first = checkAxis('swapaxes', axis1, input.ndim, input.shape);
  const second = checkAxis('swapaxes', axis2, input.ndim, input.shape);
  const order = [...input.shape.keys()].with(first, second).with(second, first);
  return asOp('swapaxes', () => transpose(input, order));
}

/** The axis or axes along which to move elements. */
export interface RollOptions {
  /** The axis, or one for each shift. By default the flattened elements are moved. */
  readonly axis?: number | readonly number[];
}

const rollOp: Composite<{ shifts: readonly number[]; axes: readonly number[] }> = {
  name: 'roll',
  compute: ([x], { shifts, axes }) =>
    axes.reduce((result, axis, i) => rollAlong(result, shifts[i] ?? shifts[0], axis), x),
};

/**
 * Returns x with elements moved by `shift` along one axis. Elements moved past the end reappear at
 * the start.
 */
const rollAlong = (x: Tensor, shift: number, axis: number): Tensor => {
  const size = x.shape[axis];
  const moved = size === 0 ? 0 : ((shift % size) + size) % size;
  if (moved === 0) return x;
  const part = (from: number, to: number): Tensor =>
    slice(x, ...x.shape.map((_, a) => (a === axis ? ([from, to] as const) : null)));
  return concatenate([part(size - moved, size), part(0, size - moved)], { axis });
};

/**
 * Returns x with elements moved by `shift` along `axis`. Elements moved past the end reappear at
 * the start.
 *
 * Without `axis`, x is flattened for the move, and its shape is restored. For several axes, `shift`
 * is a list with one number for each axis, or one number for all. Throws a RangeError for shifts
 * that are not integers, or are neither one nor as many as the axes. Mirrors numpy.roll.
 *
 * @example console.log(roll(tensor([1, 2, 3, 4]), 1).toArray()); // → [ 4, 1, 2, 3 ]
 */
export function roll(x: TensorLike, shift: number | readonly number[], options: RollOptions = {}): Tensor {
  const input = toTensor('roll', x);
  const { axis } = checkOptions('roll', options, ['axis']);
  const given: readonly unknown[] = Array.isArray(shift) ? shift : [shift];
  const checkShift = (one: unknown): number => checkInteger('roll', 'shift', one, -MAX_SIZE);
  const shifts = checkList('roll', 'shift', given, checkShift, MAX_AXES);
  const flat = axis === undefined ? asOp('roll', () => withShape(input, [input.size])) : input;
  const axes = orderedAxes('roll', axis ?? 0, flat.shape);
  if (shifts.length !== 1 && shifts.length !== axes.length)
    throw rangeError(
      'roll',
      `wrong number of shifts: expected 1 or ${axes.length}, one for each axis, got ${shifts.length}`,
    );
  const moved = bindComposite(rollOp, [flat], { shifts, axes });
  return asOp('roll', () => withShape(moved, input.shape));
}

/**
 * Returns x with each element repeated along `axis`; without `axis`, x is flattened first.
 *
 * `repeats` is a number, or a list with a number for each element along the axis. Throws a
 * RangeError for a list of another length. Mirrors numpy.repeat.
 *
 * @example
 * console.log(repeat(tensor([1, 2]), 2).toArray()); // → [ 1, 1, 2, 2 ]
 * console.log(repeat(tensor([1, 2]), [3, 1]).toArray()); // → [ 1, 1, 1, 2 ]
 */
export function repeat(x: TensorLike, repeats: number | readonly number[], options: AxisOption = {}): Tensor {
  const given = checkOptions('repeat', options, ['axis']).axis;
  const { operand, axis } = alongAxis('repeat', toTensor('repeat', x), given);
  const { shape } = operand;
  const [before, size, after] = [shape.slice(0, axis), shape[axis], shape.slice(axis + 1)];
  const checkCount = (count: unknown): number => checkInteger('repeat', 'repeats', count, 0);
  if (!Array.isArray(repeats)) {
    const count = checkCount(repeats);
    const out = checkSize('repeat', [...before, size * count, ...after]);
    return asOp('repeat', () => {
      const single = withShape(operand, [...before, size, 1, ...after]);
      return withShape(broadcastTo(single, [...before, size, count, ...after]), out);
    });
  }
  const counts = checkList('repeat', 'repeats', repeats, checkCount);
  if (counts.length !== size)
    throw rangeError(
      'repeat',
      `wrong number of repeats: expected ${size} for axis ${axis} of shape ${formatShape(shape)}, got ${counts.length}`,
    );
  const total = counts.reduce((sum, count) => sum + count, 0);
  checkSize('repeat', [...before, total, ...after]);
  const indices = new Float32Array(total);
  let start = 0;
  counts.forEach((count, index) => indices.fill(index, start, (start += count)));
  return asOp('repeat', () => take(operand, indices, { axis }));
}

/**
 * Returns x repeated `repeats` times along each axis; a number repeats the last axis. Mirrors
 * numpy.tile.
 *
 * If x or `repeats` has fewer axes than the other, its missing leading axes count as 1. Throws a
 * RangeError for numbers that are not integers ≥ 0.
 *
 * @example console.log(tile(tensor([1, 2]), 2).toArray()); // → [ 1, 2, 1, 2 ]
 */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const input = toTensor('tile', x);
  const given: readonly unknown[] = Array.isArray(repeats) ? repeats : [repeats];
  const counts = checkList(
    'tile',
    'repeats',
    given,
    (count) => checkInteger('tile', 'repeats', count, 0),
    MAX_AXES,
  );
  const ndim = Math.max(input.ndim, counts.length);
  const shape = [...new Array<number>(ndim - input.ndim).fill(1), ...input.shape];
  const all = [...new Array<number>(ndim - counts.length).fill(1), ...counts];
  const out = checkSize(
    'tile',
    shape.map((n, a) => n * all[a]),
  );
  // Each axis of size n becomes two, [repeats, n]. Sizes of 1 are omitted, because a tensor has at
  // most MAX_AXES axes.
  const parts = shape.flatMap((n, a) => [
    ...(all[a] === 1 ? [] : [[all[a], 1]]),
    ...(n === 1 ? [] : [[n, n]]),
  ]);
  const [targetShape, sourceShape] = [parts.map(([size]) => size), parts.map(([, size]) => size)];
  return asOp('tile', () => withShape(broadcastTo(withShape(input, sourceShape), targetShape), out));
}

/**
 * The order of the first two axes of the results. With 'ij', the first tensor varies along the
 * first axis; with 'xy' (default), along the second.
 */
export interface MeshgridOptions {
  /** 'xy' (the default) puts the second vector along the first axis, 'ij' the first one. */
  readonly indexing?: 'xy' | 'ij';
}

/**
 * Returns the coordinates of the points of a grid: one tensor of the shape of the grid for each 1-D
 * tensor.
 *
 * For tensors of sizes n, m, … the shape is [m, n, …] with indexing 'xy', and [n, m, …] with 'ij'.
 * Throws a RangeError for tensors with more than one axis, and for another indexing. Mirrors
 * numpy.meshgrid.
 *
 * @example
 * const [x, y] = meshgrid([tensor([1, 2, 3]), tensor([10, 20])]);
 * console.log(x.toArray()); // → [ [ 1, 2, 3 ], [ 1, 2, 3 ] ]
 * console.log(y.toArray()); // → [ [ 10, 10, 10 ], [ 20, 20, 20 ] ]
 */
export function meshgrid<const L extends readonly TensorLike[]>(
  tensors: L,
  options?: MeshgridOptions,
): { -readonly [K in keyof L]: Tensor };
export function meshgrid(tensors: readonly TensorLike[], options: MeshgridOptions = {}): Tensor[] {
  const inputs = checkList(
    'meshgrid',
    'operands',
    tensors,
    (tensor, i) => toTensor('meshgrid', tensor, `operand ${i}`),
    MAX_AXES,
  );
  const { indexing = 'xy' } = checkOptions('meshgrid', options, ['indexing']);
  checkChoice('meshgrid', 'indexing', indexing, ['xy', 'ij']);
  for (const { shape, ndim } of inputs) {
    if (ndim > 1)
      throw rangeError('meshgrid', `operand is not a vector: expected shape [n], got ${formatShape(shape)}`);
  }
  /** The axis of the grid for operand i. */
  const axisOf = (i: number): number => (indexing === 'xy' && inputs.length > 1 && i < 2 ? 1 - i : i);
  const shape: Shape = checkSize(
    'meshgrid',
    inputs.map((_, axis) => inputs[axisOf(axis)].size),
  );
  return asOp('meshgrid', () =>
    inputs.map((input, i) =>
      broadcastTo(
        withShape(
          input,
          shape.map((_, axis) => (axis === axisOf(i) ? input.size : 1)),
        ),
        shape,
      ),
    ),
  );
}

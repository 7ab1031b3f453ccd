/** Ops that take a part of a tensor, and that pad one: each is in the derivative of the other. */
import { asOp, rangeError } from '../base/errors.ts';
import { checkInteger, checkList, checkShape, toTensor, wrongType } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { describe } from '../base/describe.ts';
import { type Shape, formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { MAX_AXES } from '../base/limits.ts';
import { type Tensor, type TensorLike, isTensor } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { broadcastToPrimitive, copyLoop, squeeze } from './structure.ts';
import { flip } from './flipping.ts';

/**
 * Element i of the result along an axis is element start + i·step of the operand. Steps are
 * positive.
 */
interface SliceAttributes {
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly step: readonly number[];
}

const slicePrimitive: LoopPrimitive<SliceAttributes> = {
  name: 'slice',
  shape: (_shapes, { size }) => size,
  // A slice along the first axis alone is contiguous, so it needs no copy.
  view: (shape, { start, size, step }) =>
    (step[0] === 1 || size[0] <= 1) &&
    shape.every((n, axis) => axis === 0 || (size[axis] === n && step[axis] === 1))
      ? start[0] * sizeOf(shape.slice(1))
      : undefined,
  loops: ([shape], { start, step }, out) => {
    const strides = stridesOf(shape);
    const offset = start.reduce((sum, s, axis) => sum + s * strides[axis], 0);
    return [copyLoop(out, { input: 0, offset, strides: strides.map((s, axis) => s * step[axis]) })];
  },
  vjp: (ct, [x], _out, { start, size, step }) => [
    () => {
      const interior = step.map((s) => s - 1);
      const extent = size.map((n, axis) => (n === 0 ? 0 : (n - 1) * step[axis] + 1));
      const high = x.shape.map((n, axis) => n - start[axis] - extent[axis]);
      return padWith(ct, start, high, interior, 0);
    },
  ],
};

/** Slices x by attributes that the caller has checked. */
export const sliceRaw = (x: Tensor, { start, size, step }: SliceAttributes): Tensor => {
  const isWhole = (axis: number): boolean =>
    start[axis] === 0 && size[axis] === x.shape[axis] && step[axis] === 1;
  const isInnerWhole = size.every((_, axis) => axis === 0 || isWhole(axis));
  if (isInnerWhole && (x.ndim === 0 || isWhole(0))) return x;
  // Slice along the first axis first: that part is a view, and it is a smaller input for the rest.
  const isLeading = (step[0] === 1 || size[0] <= 1) && sizeOf(size) > 0 && !isWhole(0);
  if (isInnerWhole || !isLeading) return bind(slicePrimitive, [x], { start, size, step });
  const part = bind(slicePrimitive, [x], {
    start: start.map(() => 0).with(0, start[0]),
    size: [...x.shape].with(0, size[0]),
    step: step.map(() => 1),
  });
  return bind(slicePrimitive, [part], { start: start.with(0, 0), size, step: step.with(0, 1) });
};

/**
 * The range of `slice` for one axis: an index, which removes the axis; [start, end]; [start, end,
 * step]; or null for the whole axis. A start or end of null does not limit the range on that side.
 */
export type SliceRange = number | readonly [number | null, (number | null)?, number?] | null;

/**
 * Returns a part of x by basic indexing, with one range for each axis.
 *
 * slice(x, 1, [2, 5], null, [null, null, -1]) is x[1, 2:5, :, ::-1] in Python. Ends are exclusive,
 * negative indices count from the end, and ranges are clamped to the axis, as in Python. Axes
 * without a range are taken whole. Slices along the first axis alone share storage with x. Throws a
 * RangeError for a single index that is out of range, for a step of 0, and for more ranges than
 * axes.
 *
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(slice(x, 1).toArray()); // → [ 4, 5, 6 ]
 * console.log(slice(x, null, [0, 2]).toArray()); // → [ [ 1, 2 ], [ 4, 5 ] ]
 * console.log(slice(x, 0, [null, null, -1]).toArray()); // → [ 3, 2, 1 ]
 */
export function slice(x: TensorLike, ...ranges: readonly SliceRange[]): Tensor {
  const input = toTensor('slice', x);
  const { shape, ndim } = input;
  if (ranges.length > ndim) {
    throw rangeError(
      'slice',
      `too many ranges: expected at most ${ndim} for shape ${formatShape(shape)}, got ${ranges.length}`,
    );
  }
  const [start, size, step]: [number[], number[], number[]] = [[], [], []];
  const [dropped, backwards]: [number[], number[]] = [[], []];
  for (let axis = 0; axis < ndim; axis++) {
    const range = readRange(ranges[axis] ?? null, axis, shape);
    start.push(range.start);
    size.push(range.size);
    step.push(range.step);
    if (range.isDropped) dropped.push(axis);
    if (range.isBackwards) backwards.push(axis);
  }
  return asOp('slice', () => {
    const cut = sliceRaw(input, { start, size, step });
    return squeeze(backwards.length > 0 ? flip(cut, backwards) : cut, dropped);
  });
}

/** The elements that a range selects, in ascending order. */
interface AxisRange {
  readonly start: number;
  readonly size: number;
  readonly step: number;
  /** Whether it is a single index, whose axis the result does not have. */
  readonly isDropped: boolean;
  /** Whether the result has the elements in reverse order. */
  readonly isBackwards: boolean;
}

/** Checks a range and limits it to the axis. */
const readRange = (range: SliceRange, axis: number, shape: Shape): AxisRange => {
  const length = shape[axis];
  if (typeof range === 'number')
    return { start: checkIndex(range, axis, shape), size: 1, step: 1, isDropped: true, isBackwards: false };
  if (range === null) return { start: 0, size: length, step: 1, isDropped: false, isBackwards: false };
  if (!Array.isArray(range)) {
    const advice = isTensor(range) ? '; use take() or dynamicSlice()' : '';
    throw wrongType('slice', `range ${axis}`, 'a number, [start, end, step] or null', range, advice);
  }
  const [from, to, by = 1] = checkList('slice', 'range', range, (part) => part, 3);
  if (typeof by !== 'number') throw wrongType('slice', 'step', 'an integer other than 0', by);
  if (!Number.isInteger(by) || by === 0)
    throw rangeError('slice', `invalid step: expected an integer other than 0, got ${by}`);
  const clampBound = (bound: unknown, missing: number): number => {
    if (bound === null || bound === undefined) return missing;
    if (typeof bound !== 'number') throw wrongType('slice', 'index', 'an integer or null', bound);
    if (!Number.isInteger(bound))
      throw rangeError('slice', `invalid index: expected an integer or null, got ${bound}`);
    const fromStart = bound < 0 ? bound + length : bound;
    return by > 0 ? Math.min(Math.max(fromStart, 0), length) : Math.min(Math.max(fromStart, -1), length - 1);
  };
  const first = clampBound(from, by > 0 ? 0 : length - 1);
  const end = clampBound(to, by > 0 ? length : -1);
  const size = Math.max(0, Math.ceil((end - first) / by));
  // A range with a negative step is taken forwards; the caller reverses it.
  const start = size === 0 ? 0 : by > 0 ? first : first + (size - 1) * by;
  // Any step ≥ length selects only the first element. The limit keeps offsets small.
  const step = Math.min(Math.abs(by), Math.max(length, 1));
  return { start, size, step, isDropped: false, isBackwards: by < 0 };
};

/** Returns the index of a single element along `axis` as 0 … length - 1. */
const checkIndex = (index: number, axis: number, shape: Shape): number => {
  const length = shape[axis];
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw rangeError(
      'slice',
      `index out of range: expected an integer from ${-length} to ${length - 1} for axis ${axis} of shape ${formatShape(shape)}, got ${index}`,
    );
  }
  return index < 0 ? index + length : index;
};

/** The number of elements to insert before, after and between those of an axis. */
interface PadAttributes {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** The number of elements inserted between neighbours along each axis. */
  readonly interior: readonly number[];
}

const padPrimitive: LoopPrimitive<PadAttributes> = {
  name: 'pad',
  shape: ([shape], { low, high, interior }) =>
    shape.map((n, axis) => low[axis] + n + Math.max(0, n - 1) * interior[axis] + high[axis]),
  loops: ([shape], { low, interior }, out) => {
    const strides = stridesOf(out);
    const offset = low.reduce((sum, l, axis) => sum + l * strides[axis], 0);
    return [
      copyLoop(out, { input: 1, offset: 0, strides: out.map(() => 0) }),
      copyLoop(
        shape,
        { input: 0, offset: 0, strides: stridesOf(shape) },
        { offset, strides: strides.map((s, axis) => s * (interior[axis] + 1)) },
      ),
    ];
  },
  vjp: (ct, [x], _out, { low, interior }) => [
    () => sliceRaw(ct, { start: low, size: x.shape, step: interior.map((i) => i + 1) }),
    // The value fills only the padding: its cotangent is ct there, and 0 where x lies.
    () => {
      const zeros = bind(broadcastToPrimitive, [0], { shape: x.shape });
      const mask = padWith(
        zeros,
        low,
        ct.shape.map((n, a) => n - low[a] - dilatedSize(x.shape[a], interior[a])),
        interior,
        1,
      );
      return mul(ct, mask);
    },
  ],
};

/** Returns the size of an axis after `interior` elements are inserted between neighbours. */
const dilatedSize = (size: number, interior: number): number => size + Math.max(0, size - 1) * interior;

/** Pads x by attributes that the caller has checked. */
export const padWith = (
  x: Tensor,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[],
  value: TensorLike,
): Tensor => bind(padPrimitive, [x, value], { low, high, interior });

/**
 * Returns x moved by one along `axis`, towards the end (step 1) or the start (-1). `value` fills
 * the gap.
 */
export const shiftAlong = (x: Tensor, axis: number, step: 1 | -1, value: number): Tensor => {
  const size = x.shape[axis];
  if (size === 0) return x;
  const only = (at: number): number[] => x.shape.map((_, a) => (a === axis ? at : 0));
  const part = sliceRaw(x, {
    start: only(step > 0 ? 0 : 1),
    size: x.shape.with(axis, size - 1),
    step: x.shape.map(() => 1),
  });
  return padWith(part, only(step > 0 ? 1 : 0), only(step > 0 ? 0 : 1), only(0), value);
};

/** The number of elements to add: the same on every side, or [before, after] for each axis. */
export type PadWidth = number | readonly (readonly [number, number])[];

/**
 * Returns x with `width` elements of `value` (default 0) added around it.
 *
 * Throws a RangeError for a width that does not fit the axes of x, and for a value that is not a
 * scalar. Mirrors numpy.pad with mode 'constant'.
 *
 * @example
 * console.log(pad(tensor([1, 2]), 1).toArray()); // → [ 0, 1, 2, 0 ]
 * console.log(pad(tensor([1, 2]), [[0, 2]], -1).toArray()); // → [ 1, 2, -1, -1 ]
 */
export function pad(x: TensorLike, width: PadWidth, value: TensorLike = 0): Tensor {
  const input = toTensor('pad', x);
  const constant = toTensor('pad', value, 'value');
  if (constant.ndim !== 0)
    throw rangeError('pad', `invalid value: expected a scalar, got shape ${formatShape(constant.shape)}`);
  const wrongWidth = (): RangeError =>
    rangeError(
      'pad',
      `invalid width: expected a number, or a list with [before, after] for each axis of shape ${formatShape(input.shape)}, got ${describe(width)}`,
    );
  const checkPair = (pair: unknown): readonly number[] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrongWidth();
    return checkList('pad', 'width', pair, (side) => checkInteger('pad', 'width', side, 0), 2);
  };
  const given: readonly unknown[] = Array.isArray(width) ? width : input.shape.map(() => [width, width]);
  if (given.length !== input.ndim) throw wrongWidth();
  const pairs = checkList('pad', 'width', given, checkPair, MAX_AXES);
  const [low, high] = [pairs.map(([before]) => before), pairs.map(([, after]) => after)];
  checkShape(
    'pad',
    input.shape.map((n, axis) => n + low[axis] + high[axis]),
  );
  return padWith(
    input,
    low,
    high,
    input.shape.map(() => 0),
    constant,
  );
}

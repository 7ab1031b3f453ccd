/**
 * Views, an offset and strides into an array, as the operations of a target: reshape, slice,
 * reverse, transpose.
 */
import { sizeOf, stridesOf } from '@mini/autograd/check';
import type { Range, Shape } from './target.ts';

export interface StridedView {
  readonly offset: number;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

/** How to get the elements of a view: reshape, then slice, reverse and transpose. */
export interface ViewPlan {
  /** The shape to give the array at first. */
  readonly shape: Shape;
  readonly ranges: readonly Range[];
  readonly reversed: readonly number[];
  /** The axis of `shape` for each axis of the view along which it moves; -1 for others. */
  readonly axes: readonly number[];
}

/** The axes along which a view moves, from the longest stride to the shortest. */
const movingAxes = ({ sizes, strides }: StridedView): number[] =>
  [...sizes.keys()]
    .filter((axis) => sizes[axis] > 1 && strides[axis] !== 0)
    .sort((a, b) => Math.abs(strides[b]) - Math.abs(strides[a]));

/**
 * Plans a view of an array that is seen as an array of the given shape: each axis of the view has
 * to move along an axis of its own. Returns undefined if it does not.
 */
export const planIn = (shape: Shape, view: StridedView): ViewPlan | undefined => {
  const lengths = stridesOf(shape);
  const starts = shape.map((size, axis) => Math.floor(view.offset / lengths[axis]) % size);
  const ranges: Range[] = starts.map((start) => ({ start, end: start + 1, step: 1 }));
  const axes = view.sizes.map(() => -1);
  const reversed: number[] = [];
  const isUsed = shape.map((size) => size === 1);
  for (const moving of movingAxes(view)) {
    const distance = Math.abs(view.strides[moving]);
    const found = lengths.findIndex((length, axis) => {
      if (isUsed[axis] || distance % length !== 0) return false;
      const reach = (distance / length) * (view.sizes[moving] - 1);
      return view.strides[moving] > 0 ? starts[axis] + reach < shape[axis] : starts[axis] - reach >= 0;
    });
    if (found < 0) return undefined;
    isUsed[found] = true;
    axes[moving] = found;
    const step = distance / lengths[found];
    const reach = step * (view.sizes[moving] - 1);
    const isReversed = view.strides[moving] < 0;
    const start = starts[found] - (isReversed ? reach : 0);
    ranges[found] = { start, end: start + reach + 1, step };
    if (isReversed) reversed.push(found);
  }
  return { shape, ranges, reversed, axes };
};

/**
 * The shape whose strides are the given ones, for an array of `size` elements; undefined if there
 * is none.
 */
export const shapeWithStrides = (size: number, strides: readonly number[]): Shape | undefined => {
  const lengths = [...new Set(strides.map(Math.abs))].filter((length) => length > 0).sort((a, b) => b - a);
  if (lengths.at(-1) !== 1) lengths.push(1);
  const shape = lengths.map((length, i) => (i === 0 ? size : lengths[i - 1]) / length);
  return shape.every(Number.isInteger) ? shape : undefined;
};

/** Plans a view of an array of the given shape; undefined if it is not a regular part of it. */
export const planView = (shape: Shape, view: StridedView): ViewPlan | undefined => {
  const own = planIn(shape, view);
  if (own !== undefined) return own;
  const moving = movingAxes(view);
  const other = shapeWithStrides(
    sizeOf(shape),
    moving.map((axis) => view.strides[axis]),
  );
  return other === undefined ? undefined : planIn(other, view);
};

/** The view at one index of an axis: the axis has size 1 there. */
export const fix = (view: StridedView, axis: number, index: number): StridedView => ({
  ...view,
  offset: view.offset + index * view.strides[axis],
  sizes: view.sizes.with(axis, 1),
});

/** The most parts that a view is made of. */
const MAX_PARTS = 64;

/**
 * The axes to take apart, so that at each of their indices the view is a regular part of the array.
 * These are the ones with the fewest parts; undefined if there would be too many.
 */
export const axesToSplit = (shape: Shape, view: StridedView): readonly number[] | undefined => {
  const candidates = movingAxes(view)
    .reduce<(readonly number[])[]>((sets, axis) => [...sets, ...sets.map((set) => [...set, axis])], [[]])
    .map((axes) => ({ axes, parts: axes.reduce((product, axis) => product * view.sizes[axis], 1) }))
    .filter(({ parts }) => parts <= MAX_PARTS)
    .sort((a, b) => a.parts - b.parts);
  const isRegular = (axes: readonly number[]): boolean =>
    partsAlong(view, axes).every((part) => planView(shape, part) !== undefined);
  return candidates.find(({ axes }) => isRegular(axes))?.axes;
};

/** The view at all indices of some axes. */
const partsAlong = (view: StridedView, axes: readonly number[]): readonly StridedView[] =>
  axes.reduce<readonly StridedView[]>(
    (parts, axis) =>
      parts.flatMap((part) => Array.from({ length: part.sizes[axis] }, (_, i) => fix(part, axis, i))),
    [view],
  );

/** Whether strides are those of the whole array, perhaps with its axes in another order. */
export const isWhole = (shape: Shape, view: StridedView): boolean => {
  if (view.offset !== 0 || sizeOf(view.sizes) !== sizeOf(shape)) return false;
  const order = movingAxes(view);
  const expected = stridesOf(order.map((axis) => view.sizes[axis]));
  return order.every((axis, i) => view.strides[axis] === expected[i]);
};

/** Reads views of arrays, and puts arrays together from parts, by the operations of a target. */
import { sameShape, sizeOf, stridesOf } from '@mini/autograd/check';
import type { ElementType, Padding, Range, Shape, Target, Value } from './target.ts';
import {
  type StridedView,
  type ViewPlan,
  axesToSplit,
  fix,
  isWhole,
  planIn,
  planView,
  shapeWithStrides,
} from './views.ts';

/** An array filled with one number. */
export const full = (target: Target, type: ElementType, shape: Shape, value: number): Value =>
  target.broadcast(target.constant(type, [], [value]), shape);

const wholeRange = (size: number): Range => ({ start: 0, end: size, step: 1 });

/** A part of x, from `start` to before `end` along one axis, in steps. */
export const sliceAxis = (target: Target, x: Value, axis: number, range: Range): Value =>
  target.slice(
    x,
    x.shape.map((size, a) => (a === axis ? range : wholeRange(size))),
  );

/**
 * Puts the axes of x into an order, so that x can be reshaped. Axes that are not named have size 1,
 * and can be anywhere.
 */
const arranged = (target: Target, x: Value, axes: readonly number[]): Value => {
  if (axes.every((axis, i) => i === 0 || axes[i - 1] < axis)) return x;
  const rest = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  return target.transpose(x, [...rest, ...axes]);
};

/** Applies a plan. The result has size 1 along axes that do not move. */
const applyPlan = (target: Target, x: Value, { shape, ranges, reversed, axes }: ViewPlan): Value => {
  const result = target.reverse(target.slice(target.reshape(x, shape), ranges), reversed);
  // Axes of the plan that no axis of the view uses have size 1 by now.
  const { shape: sizes } = result;
  return target.reshape(
    arranged(
      target,
      result,
      axes.filter((axis) => axis >= 0),
    ),
    axes.map((axis) => (axis < 0 ? 1 : sizes[axis])),
  );
};

/** The positions of the elements of a view, as an array of its sizes. */
export const positionsOf = (target: Target, { offset, sizes, strides }: StridedView): Value => {
  let positions = target.constant(
    'index',
    sizes.map(() => 1),
    [offset],
  );
  sizes.forEach((size, axis) => {
    if (size === 1 || strides[axis] === 0) return;
    const along = sizes.map((_, a) => (a === axis ? size : 1));
    const steps = target.binary(
      'mul',
      target.iota(along, axis),
      target.constant('index', [], [strides[axis]]),
    );
    positions = target.binary('add', positions, steps);
  });
  return positions;
};

/** The elements of x at positions in its memory, in the shape of the positions. */
export const takeFlat = (target: Target, x: Value, positions: Value): Value =>
  target.reshape(
    target.takeRows(
      target.reshape(x, [sizeOf(x.shape), 1]),
      target.reshape(positions, [sizeOf(positions.shape)]),
    ),
    positions.shape,
  );

/** Reads a view of x. The result has size 1 along axes with stride 0. */
export const readView = (target: Target, x: Value, view: StridedView): Value => {
  const plan = planView(x.shape, view);
  if (plan !== undefined) return applyPlan(target, x, plan);
  const axes = axesToSplit(x.shape, view);
  if (axes === undefined) return takeFlat(target, x, positionsOf(target, view));
  const readParts = (part: StridedView, [axis, ...rest]: readonly number[]): Value =>
    axis === undefined
      ? applyPlan(target, x, planView(x.shape, part) as ViewPlan)
      : target.concatenate(
          Array.from({ length: part.sizes[axis] }, (_, i) => readParts(fix(part, axis, i), rest)),
          axis,
        );
  return readParts(view, axes);
};

/** Elements for the part of an array that a view describes. */
export interface Part {
  readonly value: Value;
  readonly view: StridedView;
}

/** A part as a box in the array: the first index and the sizes along each axis. */
interface Box {
  readonly value: Value;
  readonly start: readonly number[];
}

const boxIn = (target: Target, shape: Shape, { value, view }: Part): Box | undefined => {
  const plan = planIn(shape, view);
  if (plan === undefined || plan.ranges.some(({ step }) => step !== 1)) return undefined;
  const { axes, ranges, reversed } = plan;
  const order = shape.map((_, axis) => axes.indexOf(axis)).filter((axis) => axis >= 0);
  const sizes = ranges.map(({ start, end }) => end - start);
  const box = target.reshape(arranged(target, value, order), sizes);
  return {
    value: target.reverse(box, reversed),
    start: ranges.map(({ start }) => start),
  };
};

/** Puts boxes together that fill a region, by cuts from one side to the other. */
const joinBoxes = (
  target: Target,
  boxes: readonly Box[],
  start: readonly number[],
  sizes: readonly number[],
): Value | undefined => {
  if (boxes.length === 1)
    return sameShape(boxes[0].value.shape, sizes) && sameShape(boxes[0].start, start)
      ? boxes[0].value
      : undefined;
  for (let axis = 0; axis < sizes.length; axis++) {
    const endOf = (box: Box): number => box.start[axis] + box.value.shape[axis];
    const cuts = [...new Set(boxes.map((box) => box.start[axis]))]
      .sort((a, b) => a - b)
      .filter((cut) => boxes.every((box) => box.start[axis] >= cut || endOf(box) <= cut));
    if (cuts.length < 2 || cuts[0] !== start[axis]) continue;
    const pieces: Value[] = [];
    for (const [i, cut] of cuts.entries()) {
      const end = cuts[i + 1] ?? start[axis] + sizes[axis];
      const own = boxes.filter((box) => box.start[axis] >= cut && box.start[axis] < end);
      const piece = joinBoxes(target, own, start.with(axis, cut), sizes.with(axis, end - cut));
      if (piece === undefined) return undefined;
      pieces.push(piece);
    }
    return target.concatenate(pieces, axis);
  }
  return undefined;
};

/** Makes an array of the given shape from parts that together fill it. */
export const assemble = (target: Target, shape: Shape, parts: readonly Part[]): Value => {
  const [first] = parts;
  if (parts.length === 1 && isWhole(shape, first.view)) {
    const { sizes, strides } = first.view;
    const moving = [...sizes.keys()].filter((axis) => sizes[axis] > 1);
    const order = moving.sort((a, b) => strides[b] - strides[a]);
    return target.reshape(arranged(target, first.value, order), shape);
  }
  const size = sizeOf(shape);
  const total = parts.reduce((sum, { view }) => sum + sizeOf(view.sizes), 0);
  const strides = parts.flatMap(({ view }) => view.strides.filter((_, axis) => view.sizes[axis] > 1));
  for (const candidate of [shape, shapeWithStrides(size, strides)]) {
    if (candidate === undefined || total !== size) continue;
    const boxes = parts.map((part) => boxIn(target, candidate, part));
    if (boxes.includes(undefined)) continue;
    const joined = joinBoxes(
      target,
      boxes as Box[],
      candidate.map(() => 0),
      candidate,
    );
    if (joined !== undefined) return target.reshape(joined, shape);
  }
  let result = full(target, first.value.type, [size, 1], 0);
  for (const { value, view } of parts) {
    const count = sizeOf(view.sizes);
    const positions = target.reshape(target.broadcast(positionsOf(target, view), view.sizes), [count]);
    result = target.scatterRows('set', result, positions, target.reshape(value, [count, 1]));
  }
  return target.reshape(result, shape);
};

/** Adds zeros to one axis, or removes elements where a number is negative. */
export const padAxis = (target: Target, x: Value, axis: number, given: Padding): Value => {
  const { low, high, between } = given;
  const length = x.shape[axis];
  const cropped = sliceAxis(target, x, axis, {
    start: Math.max(0, -low),
    end: length - Math.max(0, -high),
    step: 1,
  });
  const paddings = x.shape.map((_, a) =>
    a === axis
      ? { low: Math.max(0, low), high: Math.max(0, high), between }
      : { low: 0, high: 0, between: 0 },
  );
  return target.pad(cropped, paddings);
};

/**
 * Rows of a matrix: those at `offsets`, in units of a row, from an array of `size` elements each.
 */
export const matrices = (target: Target, x: Value, size: number, offsets: readonly number[]): Value => {
  const count = sizeOf(x.shape) / size;
  const rows = target.reshape(x, [count, size]);
  const indices = offsets.map((offset) => offset / size);
  if (indices.length === count && indices.every((index, i) => index === i)) return rows;
  if (indices.every((index) => index === indices[0]))
    return sliceAxis(target, rows, 0, { start: indices[0], end: indices[0] + 1, step: 1 });
  return target.takeRows(rows, target.constant('index', [indices.length], indices));
};

/** Strides of an array of this shape that repeats along axes of size 1. */
export const repeatingStrides = (shape: Shape): number[] =>
  stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));

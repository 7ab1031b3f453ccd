/** Shapes, axes, strides and broadcasting: pure functions. Those that check something name the op in their errors. */

import { checkInteger, describe, MAXIMUM_SIZE } from './describe.ts';

export type Shape = readonly number[];

/** The number of elements of a tensor of `shape`. */
export const sizeOf = (shape: Shape): number => {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
};

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
};

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** As in NumPy. */
export const MAXIMUM_AXES = 64;

/** float32 holds every integer up to here, and not the next one. */
export const EXACT_INTEGERS: number = 2 ** 24;

/** Throws for an axis whose indices float32 does not hold. */
export const checkIndexable = (op: string, shape: Shape, axis: number): void => {
  if (shape[axis] > EXACT_INTEGERS)
    throw new RangeError(
      `${op}: axes longer than ${EXACT_INTEGERS} cannot be indexed: shape ${formatShape(shape)}`,
    );
};

/** Throws unless a tensor of this shape can be made. For shapes that follow from those of operands. */
export const checkSize = (op: string, shape: Shape): Shape => {
  if (shape.length > MAXIMUM_AXES)
    throw new RangeError(`${op}: too many axes: ${shape.length}, more than ${MAXIMUM_AXES}`);
  if (!(sizeOf(shape) <= MAXIMUM_SIZE))
    throw new RangeError(`${op}: too many elements: shape ${formatShape(shape)}`);
  return shape;
};

/** A copy of `shape`, if it is an array of whole numbers ≥ 0 whose product can be allocated. */
export const checkShape = (op: string, shape: unknown): Shape => {
  if (!Array.isArray(shape)) {
    throw new TypeError(`${op}: shape must be an array of sizes: ${describe(shape)}`);
  }
  const sizes: number[] = [];
  const ndim = checkInteger(op, 'the number of axes', shape.length, 0, MAXIMUM_AXES);
  for (let axis = 0; axis < ndim; axis++) {
    const size: unknown = shape[axis];
    if (!Number.isInteger(size) || (size as number) < 0)
      checkInteger(op, `size ${axis} of shape ${describe(shape)}`, size, 0, Infinity);
    // -0 becomes 0.
    sizes.push((size as number) + 0);
  }
  return checkSize(op, sizes);
};

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
};

/** The common shape of operands under NumPy's broadcasting rules (https://numpy.org/doc/stable/user/basics.broadcasting.html); errors show `shown`. */
export const broadcastShapes = (
  op: string,
  shapes: readonly Shape[],
  shown: readonly Shape[] = shapes,
): Shape => {
  let result = shapes[0] ?? [];
  for (let i = 1; i < shapes.length; i++) {
    const shape = shapes[i];
    if (sameShape(result, shape)) continue;
    const ndim = Math.max(result.length, shape.length);
    const merged: number[] = [];
    for (let axis = -ndim; axis < 0; axis++) {
      const a = result[result.length + axis] ?? 1;
      const b = shape[shape.length + axis] ?? 1;
      if (a !== b && a !== 1 && b !== 1) {
        throw new RangeError(`${op}: shapes do not broadcast: ${shown.map(formatShape).join(' and ')}`);
      }
      merged.push(a === 1 ? b : a);
    }
    result = checkSize(op, merged);
  }
  return result;
};

/** `axis` as 0 … ndim - 1; negative ones count from the end. */
export const checkAxis = (op: string, axis: unknown, ndim: number, shape?: Shape): number => {
  if (typeof axis !== 'number') throw new TypeError(`${op}: axis must be a number: ${describe(axis)}`);
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    const of = shape === undefined ? `${ndim} axes` : `shape ${formatShape(shape)}`;
    throw new RangeError(`${op}: axis out of range: ${axis} for ${of}`);
  }
  return axis < 0 ? axis + ndim : axis + 0;
};

/** One axis or several, without repetition, in the order in which they are given. */
export const orderedAxes = (op: string, axis: unknown, shape: Shape): number[] => {
  const given: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  const count = checkInteger(op, 'the number of axes', given.length, 0, MAXIMUM_AXES);
  const axes: number[] = [];
  for (let i = 0; i < count; i++) axes.push(checkAxis(op, given[i], shape.length, shape));
  if (new Set(axes).size !== axes.length)
    throw new RangeError(`${op}: an axis is named twice: ${describe(axis)}`);
  return axes;
};

/** One axis, several or (undefined) all of them, as ascending numbers without repetition. */
export const checkAxes = (op: string, axis: unknown, shape: Shape): readonly number[] => {
  if (axis === undefined || axis === null) return shape.map((_, a) => a);
  return orderedAxes(op, axis, shape).sort((a, b) => a - b);
};

/** Strides that walk a contiguous tensor of `shape` as if broadcast to `target`: 0 along repeated axes. */
export const broadcastStrides = (shape: Shape, target: Shape): number[] => {
  const strides = stridesOf(shape);
  const added = target.length - shape.length;
  return target.map((_, axis) => (axis < added || shape[axis - added] === 1 ? 0 : strides[axis - added]));
};

/** [outer, size, inner]: the sizes before `axis` together, its own, and those after it together. */
export const around = (shape: Shape, axis: number): readonly [number, number, number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis],
  sizeOf(shape.slice(axis + 1)),
];

/** A shape with the given axes removed, or set to 1 if `keepdims`. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepdims: boolean): Shape =>
  keepdims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));

/** Shapes, strides and broadcasting: pure functions. */

export type Shape = readonly number[];

/** Returns the number of elements of a tensor of `shape`. */
export const sizeOf = (shape: Shape): number => {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis];
  return size;
};

/** Returns the row-major strides of `shape`, in elements. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
};

/** Returns the indices of an element, such as [1, 2], from its position in row-major order. */
export const unravelIndex = (position: number, shape: Shape): number[] => {
  const indices: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return indices;
};

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
};

export const allSame = (shapes: readonly Shape[]): boolean => {
  for (let i = 1; i < shapes.length; i++) if (!sameShape(shapes[i], shapes[0])) return false;
  return true;
};

/**
 * Returns the common shape of operands by NumPy's broadcasting rules; undefined if there is none.
 *
 * https://numpy.org/doc/stable/user/basics.broadcasting.html
 */
export const broadcastShapes = (shapes: readonly Shape[]): Shape | undefined => {
  let result = shapes[0] ?? [];
  for (let i = 1; i < shapes.length; i++) {
    const shape = shapes[i];
    if (sameShape(result, shape)) continue;
    const ndim = Math.max(result.length, shape.length);
    const merged: number[] = [];
    for (let axis = -ndim; axis < 0; axis++) {
      const a = result[result.length + axis] ?? 1;
      const b = shape[shape.length + axis] ?? 1;
      if (a !== b && a !== 1 && b !== 1) return undefined;
      merged.push(a === 1 ? b : a);
    }
    result = merged;
  }
  return result;
};

/**
 * Returns the strides of a contiguous tensor of `shape` that is broadcast to `target`.
 *
 * Strides are 0 along repeated axes.
 */
export const broadcastStrides = (shape: Shape, target: Shape): number[] => {
  const strides = stridesOf(shape);
  const added = target.length - shape.length;
  return target.map((_, axis) => (axis < added || shape[axis - added] === 1 ? 0 : strides[axis - added]));
};

/**
 * Returns [outer, size, inner]: the product of the sizes before `axis`, its size, and the product
 * of the sizes after it.
 */
export const around = (shape: Shape, axis: number): readonly [number, number, number] => {
  let [outer, inner] = [1, 1];
  for (let a = 0; a < axis; a++) outer *= shape[a];
  for (let a = axis + 1; a < shape.length; a++) inner *= shape[a];
  return [outer, shape[axis], inner];
};

/** Returns a shape without the given axes, or with size 1 along them if `keepdims`. */
export const reducedShape = (shape: Shape, axes: readonly number[], keepdims: boolean): Shape =>
  keepdims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));

/** Ops that rearrange or repeat the elements of a tensor without computing new ones. */
import { asOp, rangeError } from '../base/errors.ts';
import {
  type AxisArgument,
  checkAxes,
  checkBroadcast,
  checkInteger,
  checkList,
  checkShape,
  orderedAxes,
  readAxis,
  toTensor,
} from '../core/check.ts';
import { identity } from '../kernels/algebra.ts';
import type { MapLoop } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive, ViewPrimitive } from '../core/primitive.ts';
import { describe } from '../base/describe.ts';
import { type Shape, broadcastStrides, formatShape, sameShape, sizeOf, stridesOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { MAX_AXES } from '../base/limits.ts';
import { Tensor, type TensorLike } from '../core/tensor.ts';

/**
 * Returns a loop over `shape` that copies elements from the view `from` of an input to the view
 * `to` of the result; by default, the result is contiguous.
 */
export const copyLoop = (
  shape: Shape,
  from: { input: number; offset: number; strides: readonly number[] },
  to: { offset: number; strides: readonly number[] } = { offset: 0, strides: stridesOf(shape) },
): MapLoop => ({ kind: 'map', rule: identity, sizes: shape, operands: [from], out: to });

const reshapePrimitive: ViewPrimitive<{ shape: Shape }> = {
  name: 'reshape',
  shape: (_shapes, { shape }) => shape,
  view: () => 0,
  vjp: (ct, [x]) => [() => withShape(ct, x.shape)],
};

/** Reshapes x to a shape with the same number of elements. The caller has checked the number. */
export const withShape = (x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x;
  const { source, record } = x;
  // If the elements are known and not differentiated, no op is needed: the result shares them.
  if (record === undefined && source instanceof Float32Array && source.length > 0)
    return new Tensor(frozen(shape), source);
  return bind(reshapePrimitive, [x], { shape });
};

/**
 * Returns the same elements in row-major order in another shape. Mirrors numpy.reshape.
 *
 * One size can be -1: it is computed from the others. The result shares storage with x. Throws a
 * RangeError for a shape with another number of elements.
 *
 * @example console.log(reshape(arange(6), [2, -1]).toArray()); // → [ [ 0, 1, 2 ], [ 3, 4, 5 ] ]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('reshape', x);
  if (!Array.isArray(shape)) checkShape('reshape', shape);
  let inferredAxis = -1;
  const sizes = checkList('reshape', 'shape', shape, (size, axis) => {
    if (size !== -1) return size;
    if (inferredAxis >= 0)
      throw rangeError('reshape', `invalid shape: expected -1 at most once, got ${describe(shape)}`);
    inferredAxis = axis;
    return 1;
  });
  const known = checkShape('reshape', sizes);
  // If the known sizes do not divide the number of elements, the target has too few, and the check
  // below throws.
  const missing = Math.floor(input.size / sizeOf(known)) || 0;
  const target = inferredAxis < 0 ? known : known.with(inferredAxis, missing);
  if (sizeOf(target) !== input.size) {
    const shown = formatShape(inferredAxis < 0 ? target : target.with(inferredAxis, -1));
    throw rangeError(
      'reshape',
      `sizes do not match: expected ${input.size} elements, as in ${formatShape(input.shape)}, got ${shown}`,
    );
  }
  return withShape(input, target);
}

const transposePrimitive: LoopPrimitive<{ axes: readonly number[] }> = {
  name: 'transpose',
  shape: ([shape], { axes }) => axes.map((axis) => shape[axis]),
  loops: ([shape], { axes }, out) => {
    const strides = stridesOf(shape);
    return [copyLoop(out, { input: 0, offset: 0, strides: axes.map((axis) => strides[axis]) })];
  },
  vjp: (ct, _inputs, _out, { axes }) => [
    () =>
      transpose(
        ct,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  ],
};

/**
 * Permutes the axes: axis i of the result is axis axes[i] of x. Without `axes`, reverses their
 * order.
 *
 * Throws a RangeError unless `axes` contains each axis once. Mirrors numpy.transpose.
 *
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(transpose(x).toArray()); // → [ [ 1, 4 ], [ 2, 5 ], [ 3, 6 ] ]
 * console.log(transpose(zeros([2, 3, 4]), [0, 2, 1]).shape); // → [ 2, 4, 3 ]
 */
export function transpose(x: TensorLike, axes?: readonly number[]): Tensor {
  const input = toTensor('transpose', x);
  const { ndim, shape } = input;
  if (axes === undefined) {
    return transpose(
      input,
      shape.map((_, axis) => ndim - 1 - axis),
    );
  }
  if (!Array.isArray(axes) || axes.length !== ndim) {
    throw rangeError(
      'transpose',
      `invalid axes: expected each axis of shape ${formatShape(shape)} once, got ${describe(axes)}`,
    );
  }
  const order = orderedAxes('transpose', axes, shape);
  if (order.length !== ndim) {
    throw rangeError(
      'transpose',
      `invalid axes: expected each axis of shape ${formatShape(shape)} once, got ${describe(order)}`,
    );
  }
  return order.every((axis, i) => axis === i) ? input : bind(transposePrimitive, [input], { axes: order });
}

export const broadcastToPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'broadcastTo',
  shape: (_shapes, { shape }) => shape,
  loops: ([shape], _attrs, out) => [
    copyLoop(out, { input: 0, offset: 0, strides: broadcastStrides(shape, out) }),
  ],
  vjp: (ct) => [() => ct],
};

/**
 * Repeats x along new leading axes and along axes of size 1, to `shape`. Mirrors
 * numpy.broadcast_to.
 *
 * Throws a RangeError for a shape that x does not broadcast to.
 *
 * @example console.log(broadcastTo(tensor([1, 2]), [2, 2]).toArray()); // → [ [ 1, 2 ], [ 1, 2 ] ]
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('broadcastTo', x);
  const target = checkShape('broadcastTo', shape);
  if (sameShape(input.shape, target)) return input;
  if (!sameShape(checkBroadcast('broadcastTo', [input.shape, target]), target)) {
    throw rangeError(
      'broadcastTo',
      `shapes do not broadcast: expected a shape that broadcasts to ${formatShape(target)}, got ${formatShape(input.shape)}`,
    );
  }
  return bind(broadcastToPrimitive, [input], { shape: target });
}

/**
 * Removes the axes of size 1, or only the given ones. Mirrors numpy.squeeze.
 *
 * `axis` is one axis or several, alone or as an option. The result shares storage with x. Throws a
 * RangeError for a given axis of another size.
 *
 * @example
 * const x = zeros([1, 3, 1]);
 * console.log(squeeze(x).shape, squeeze(x, { axis: 0 }).shape); // → [ 3 ] [ 3, 1 ]
 */
export function squeeze(x: TensorLike, axis?: AxisArgument): Tensor {
  const input = toTensor('squeeze', x);
  const given = readAxis('squeeze', axis);
  const { shape } = input;
  const axes =
    given === undefined ? shape.flatMap((s, a) => (s === 1 ? [a] : [])) : checkAxes('squeeze', given, shape);
  for (const a of axes) {
    if (shape[a] !== 1)
      throw rangeError(
        'squeeze',
        `axis ${a} cannot be removed: expected size 1, got ${shape[a]} in shape ${formatShape(shape)}`,
      );
  }
  const left = shape.filter((_, a) => !axes.includes(a));
  return asOp('squeeze', () => withShape(input, left));
}

/**
 * Inserts axes of size 1. Mirrors numpy.expand_dims.
 *
 * `axis` holds the indices of the new axes in the result, alone or as an option. The result shares
 * storage with x.
 *
 * @example console.log(expandDims(zeros([3]), { axis: 0 }).shape); // → [ 1, 3 ]
 */
export function expandDims(x: TensorLike, axis: AxisArgument): Tensor {
  const input = toTensor('expandDims', x);
  const given = readAxis('expandDims', axis);
  const added = checkList('expandDims', 'axis', Array.isArray(given) ? given : [given], (a) => a, MAX_AXES);
  const ndim = input.ndim + added.length;
  checkInteger('expandDims', 'number of axes', ndim, 0, MAX_AXES);
  const axes = checkAxes('expandDims', added, new Array<number>(ndim).fill(1));
  const rest = input.shape[Symbol.iterator]();
  const shape = Array.from({ length: ndim }, (_, a) => (axes.includes(a) ? 1 : (rest.next().value ?? 1)));
  return asOp('expandDims', () => withShape(input, shape));
}

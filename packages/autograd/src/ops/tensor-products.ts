/** Products of tensors, composed of matrix products and elementwise ones. */
import { asOp, rangeError } from '../base/errors.ts';
import {
  checkAxis,
  checkInteger,
  checkOptions,
  checkSize,
  orderedAxes,
  toTensor,
  wrongType,
} from '../core/check.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul, sub } from './arithmetic.ts';
import type { AxisOption } from './axis-option.ts';
import { dot, matmul } from './linalg.ts';
import { roll } from './rearranging.ts';
import { transpose, withShape } from './structure.ts';

/** The axes to sum over: their number (default 2), or the axes of a and the axes of b. */
export interface TensordotOptions {
  /** How many axes to sum over, last of a and first of b; or the axes of a and b. Default 2. */
  readonly axes?: number | readonly [number | readonly number[], number | readonly number[]];
}

/** Returns the axes of both operands that `tensordot` sums over. */
const contractedAxes = (axes: unknown, a: Shape, b: Shape): [number[], number[]] => {
  if (typeof axes === 'number') {
    const count = checkInteger('tensordot', 'axes', axes, 0, Math.min(a.length, b.length));
    const first = Array.from({ length: count }, (_, i) => i);
    return [first.map((i) => a.length - count + i), first];
  }
  if (!Array.isArray(axes) || axes.length !== 2)
    throw wrongType('tensordot', 'axes', 'a number, or the axes of a and those of b', axes);
  return [orderedAxes('tensordot', axes[0], a), orderedAxes('tensordot', axes[1], b)];
};

/**
 * Returns the sums of products of a and b over the given axes of both.
 *
 * The result has the other axes of a, then the other axes of b. A number n of axes means the last n
 * axes of a and the first n axes of b. Throws a RangeError if the sizes of the axes differ. Mirrors
 * numpy.tensordot.
 *
 * @example
 * const a = ones([2, 3, 4]);
 * console.log(tensordot(a, ones([3, 4, 5])).shape); // → [ 2, 5 ]
 * console.log(tensordot(a, ones([5, 3]), { axes: [1, 1] }).shape); // → [ 2, 4, 5 ]
 */
export function tensordot(a: TensorLike, b: TensorLike, options: TensordotOptions = {}): Tensor {
  const [left, right] = [toTensor('tensordot', a), toTensor('tensordot', b)];
  const { axes = 2 } = checkOptions('tensordot', options, ['axes']);
  const [axesA, axesB] = contractedAxes(axes, left.shape, right.shape);
  const depthShape = axesA.map((axis) => left.shape[axis]);
  if (
    !sameShape(
      depthShape,
      axesB.map((axis) => right.shape[axis]),
    )
  )
    throw rangeError(
      'tensordot',
      `sizes differ: expected equal sizes along axes ${formatShape(axesA)} and ${formatShape(axesB)}, got shapes ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  const rest = (x: Tensor, used: readonly number[]): number[] =>
    [...x.shape.keys()].filter((axis) => !used.includes(axis));
  const [restA, restB] = [rest(left, axesA), rest(right, axesB)];
  const rows = restA.map((axis) => left.shape[axis]);
  const columns = restB.map((axis) => right.shape[axis]);
  const shape = checkSize('tensordot', [...rows, ...columns]);
  const depth = sizeOf(depthShape);
  return asOp('tensordot', () => {
    const first = withShape(transpose(left, [...restA, ...axesA]), [sizeOf(rows), depth]);
    const second = withShape(transpose(right, [...axesB, ...restB]), [depth, sizeOf(columns)]);
    return withShape(matmul(first, second), shape);
  });
}

/**
 * Returns the sums of products over the last axes of a and b; their product if either is a scalar.
 *
 * For a [..., k] and b [..., k], the result has the other axes of a, then the other axes of b.
 * Throws a RangeError if the sizes of the last axes differ. Mirrors numpy.inner.
 *
 * @example console.log(inner(tensor([1, 2]), tensor([3, 4])).item()); // → 11
 */
export function inner(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = [toTensor('inner', a), toTensor('inner', b)];
  return asOp('inner', () =>
    left.ndim === 0 || right.ndim === 0 ? mul(left, right) : tensordot(left, right, { axes: [-1, -1] }),
  );
}

/**
 * Returns the sum of products of all elements of a and b, which are flattened.
 *
 * Throws a RangeError if the numbers of elements differ. Mirrors numpy.vdot.
 *
 * @example console.log(vdot(tensor([[1, 2], [3, 4]]), tensor([1, 0, 0, 1])).item()); // → 5
 */
export function vdot(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = [toTensor('vdot', a), toTensor('vdot', b)];
  return asOp('vdot', () => dot(withShape(left, [left.size]), withShape(right, [right.size])));
}

/**
 * Returns the Kronecker product: every element of a times all of b, in blocks.
 *
 * Each size of the result is the product of the sizes of a and b. If one of them has fewer axes,
 * its missing leading axes count as size 1. Mirrors numpy.kron.
 *
 * @example console.log(kron(tensor([1, 10]), tensor([1, 2])).toArray()); // → [ 1, 2, 10, 20 ]
 */
export function kron(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = [toTensor('kron', a), toTensor('kron', b)];
  const ndim = Math.max(left.ndim, right.ndim);
  const padded = ({ shape }: Tensor): number[] => [
    ...new Array<number>(ndim - shape.length).fill(1),
    ...shape,
  ];
  const [outer, block] = [padded(left), padded(right)];
  const shape = checkSize(
    'kron',
    outer.map((size, axis) => size * block[axis]),
  );
  return asOp('kron', () => {
    const blocks = withShape(
      left,
      outer.flatMap((size) => [size, 1]),
    );
    const elements = withShape(
      right,
      block.flatMap((size) => [1, size]),
    );
    return withShape(mul(blocks, elements), shape);
  });
}

/**
 * Returns the cross product of the vectors of 3 elements along `axis` (default -1).
 *
 * The shapes broadcast. Throws a RangeError if the axis does not have size 3. Mirrors numpy.cross.
 *
 * @example console.log(cross(tensor([1, 0, 0]), tensor([0, 1, 0])).toArray()); // → [ 0, 0, 1 ]
 */
export function cross(a: TensorLike, b: TensorLike, options: AxisOption = {}): Tensor {
  const { axis = -1 } = checkOptions('cross', options, ['axis']);
  const [left, right] = [a, b].map((operand) => {
    const x = toTensor('cross', operand);
    if (x.shape[checkAxis('cross', axis, x.ndim, x.shape)] !== 3)
      throw rangeError(
        'cross',
        `vectors do not have 3 elements: expected size 3 along axis ${axis}, got shape ${formatShape(x.shape)}`,
      );
    return x;
  });
  // Element i is a[i + 1]·b[i + 2] - a[i + 2]·b[i + 1], with indices modulo 3.
  const next = (x: Tensor, shift: number): Tensor => roll(x, -shift, { axis });
  return asOp('cross', () => sub(mul(next(left, 1), next(right, 2)), mul(next(left, 2), next(right, 1))));
}

/** Triangles and diagonals of matrices. */
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, checkSize, toTensor } from '../core/check.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import { formatShape } from '../base/shape.ts';
import { MAX_SIZE } from '../base/limits.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { sub } from './arithmetic.ts';
import { greaterEqual, lessEqual } from './compare.ts';
import { arange } from './creation.ts';
import { moveaxis } from './rearranging.ts';
import { sum } from './reduce.ts';
import { where } from './select.ts';
import { padWith, slice } from './slicing.ts';
import { withShape } from './structure.ts';

/** The index of a diagonal. 0 (default) is the main diagonal; positive indices are above it. */
export interface DiagonalOption {
  readonly k?: number;
}

const checkK = (op: string, name: 'k' | 'offset', value: unknown): number =>
  checkInteger(op, name, value, -MAX_SIZE);

/** Returns a matrix with the element column - row. */
const columnMinusRow = (rows: number, columns: number): Tensor =>
  sub(arange(columns), withShape(arange(rows), [rows, 1]));

/** Keeps the elements of the last two axes for which `keep` holds, given column - row and k. */
/* @__NO_SIDE_EFFECTS__ */
const keepWhere = (name: string, keep: (difference: Tensor, k: number) => Tensor): Composite<number> => ({
  name,
  compute: ([x], k) => {
    const [rows, columns] = x.shape.slice(-2);
    return where(keep(columnMinusRow(rows, columns), k), x, 0);
  },
});

const bindTriangle = (triangle: Composite<number>, x: TensorLike, options: DiagonalOption): Tensor => {
  const { name } = triangle;
  const k = checkK(name, 'k', checkOptions(name, options, ['k']).k ?? 0);
  const input = toTensor(name, x);
  if (input.ndim < 2)
    throw rangeError(name, `too few axes: expected at least 2, got shape ${formatShape(input.shape)}`);
  for (const axis of [input.ndim - 2, input.ndim - 1]) checkIndexable(name, input.shape, axis);
  return bindComposite(triangle, [input], k);
};

const trilOp = keepWhere('tril', lessEqual);
const triuOp = keepWhere('triu', greaterEqual);

/**
 * Returns x [..., m, n] with zeros above diagonal k (default 0).
 *
 * The derivative is 1 for the elements that are kept, else 0. Throws a RangeError if x has fewer
 * than two axes. Mirrors numpy.tril.
 *
 * @example console.log(tril(ones([2, 3])).toArray()); // → [ [ 1, 0, 0 ], [ 1, 1, 0 ] ]
 */
export function tril(x: TensorLike, options: DiagonalOption = {}): Tensor {
  return bindTriangle(trilOp, x, options);
}

/**
 * Returns x [..., m, n] with zeros below diagonal k (default 0).
 *
 * The derivative is 1 for the elements that are kept, else 0. Throws a RangeError if x has fewer
 * than two axes. Mirrors numpy.triu.
 *
 * @example console.log(triu(ones([2, 3]), { k: 1 }).toArray()); // → [ [ 0, 1, 1 ], [ 0, 0, 1 ] ]
 */
export function triu(x: TensorLike, options: DiagonalOption = {}): Tensor {
  return bindTriangle(triuOp, x, options);
}

/**
 * Which diagonal to read (default: the main one), and the axes of the matrices (default: 0 and 1).
 */
export interface DiagonalOptions {
  /** The diagonal: 0 is the main one, positive numbers are above it. Default 0. */
  readonly offset?: number;
  /** The axis of the rows. Default 0. */
  readonly axis1?: number;
  /** The axis of the columns. Default 1. */
  readonly axis2?: number;
}

/** Returns the diagonals of x as its last axis. The other axes keep their order. */
const readDiagonal = (op: string, x: TensorLike, options: DiagonalOptions): Tensor => {
  const input = toTensor(op, x);
  const { offset: given = 0, axis1 = 0, axis2 = 1 } = checkOptions(op, options, ['offset', 'axis1', 'axis2']);
  const offset = checkK(op, 'offset', given);
  if (input.ndim < 2)
    throw rangeError(op, `too few axes: expected at least 2, got shape ${formatShape(input.shape)}`);
  const first = checkAxis(op, axis1, input.ndim, input.shape);
  const second = checkAxis(op, axis2, input.ndim, input.shape);
  if (first === second)
    throw rangeError(op, `repeated axis: expected axis1 ≠ axis2, got ${axis1} and ${axis2}`);
  return asOp(op, () => {
    const matrices = moveaxis(input, [first, second], [-2, -1]);
    const batch = matrices.shape.slice(0, -2);
    const [rows, columns] = matrices.shape.slice(-2);
    const [row, column] = [Math.max(0, -offset), Math.max(0, offset)];
    const length = Math.max(0, Math.min(rows - row, columns - column));
    // In row-major order, the elements of a diagonal are columns + 1 apart.
    const flat = withShape(matrices, [...batch, rows * columns]);
    if (length === 0) return slice(flat, ...batch.map(() => null), [0, 0]);
    const start = row * columns + column;
    const end = start + (length - 1) * (columns + 1) + 1;
    return slice(flat, ...batch.map(() => null), [start, end, columns + 1]);
  });
};

/**
 * Returns the diagonals of x: the elements whose indices along axis1 and axis2 differ by `offset`.
 *
 * The result has the axes of x without these two, then an axis for the diagonal. Throws a
 * RangeError if x has fewer than two axes, or if axis1 = axis2. Mirrors numpy.diagonal.
 *
 * @example console.log(diagonal(tensor([[1, 2], [3, 4]])).toArray()); // → [ 1, 4 ]
 */
export function diagonal(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  return readDiagonal('diagonal', x, options);
}

/**
 * Returns the sum of the diagonal of x. Mirrors numpy.trace.
 *
 * The result has the axes of x without these two. Throws a RangeError if x has fewer than two axes.
 *
 * @example console.log(trace(tensor([[1, 2], [3, 4]])).item()); // → 5
 */
export function trace(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  const elements = readDiagonal('trace', x, options);
  return asOp('trace', () => sum(elements, { axis: -1 }));
}

/**
 * Returns a matrix with the vector x on diagonal k (default 0), or diagonal k of a matrix x.
 *
 * Throws a RangeError for any other number of axes. Mirrors numpy.diag.
 *
 * @example console.log(diag(tensor([1, 2])).toArray()); // → [ [ 1, 0 ], [ 0, 2 ] ]
 */
export function diag(x: TensorLike, options: DiagonalOption = {}): Tensor {
  const input = toTensor('diag', x);
  const k = checkK('diag', 'k', checkOptions('diag', options, ['k']).k ?? 0);
  if (input.ndim === 2) return asOp('diag', () => readDiagonal('diag', input, { offset: k }));
  if (input.ndim !== 1)
    throw rangeError(
      'diag',
      `invalid number of axes: expected 1 or 2, got shape ${formatShape(input.shape)}`,
    );
  const { size } = input;
  const side = size + Math.abs(k);
  checkSize('diag', [side, side]);
  // In row-major order, the elements of the diagonal are side + 1 apart.
  const low = k < 0 ? -k * side : k;
  const extent = size === 0 ? 0 : (size - 1) * (side + 1) + 1;
  return asOp('diag', () =>
    withShape(padWith(input, [low], [side * side - low - extent], [side], 0), [side, side]),
  );
}

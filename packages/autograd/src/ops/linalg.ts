/** Products of vectors and matrices. */
import { asOp, rangeError } from '../base/errors.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import { sum } from '../kernels/reductions.ts';
import { bind } from '../core/bind.ts';
import { checkBroadcast, checkSize, toTensor } from '../core/check.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, broadcastStrides, formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { transpose, withShape } from './structure.ts';

/** Whether to read an operand with its last two axes swapped. This avoids a transposed copy. */
interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * Returns the last two sizes or strides of a matrix operand as [rows, columns], after the
 * transposition.
 */
const matrixSizes = (shape: Shape, transposed: boolean): readonly [number, number] => {
  const [first, second] = [shape[shape.length - 2], shape[shape.length - 1]];
  return transposed ? [second, first] : [first, second];
};

/**
 * Returns, for each batch axis, the number of elements from one matrix of a broadcast batch to the
 * next.
 */
const batchStrides = (shape: Shape, batch: Shape): number[] =>
  broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * sizeOf(shape.slice(-2)));

/** Returns the offset in elements of each matrix of a broadcast batch. */
const batchOffsets = (shape: Shape, batch: Shape): number[] => {
  const strides = batchStrides(shape, batch);
  return batch.reduce<number[]>(
    (offsets, size, axis) =>
      offsets.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * strides[axis])),
    [0],
  );
};

/**
 * Returns the strides of a matrix operand: those of its batch, of its rows and of its columns, as
 * the product reads them.
 */
const matrixStrides = (
  shape: Shape,
  batch: Shape,
  transposed: boolean,
): readonly [readonly number[], number, number] => [
  batchStrides(shape, batch),
  ...matrixSizes(stridesOf(shape), transposed),
];

/**
 * Whether rows of a product have the same bits in a product of more rows. A single element has
 * others: it is summed in double precision.
 */
export const isJoinable = (rows: number, columns: number): boolean => rows > 1 || columns > 1;

const mulRule: ScalarRule = (s, a, b) => s.mul(a, b);

const matmulPrimitive: LoopPrimitive<MatmulAttributes> = {
  name: 'matmul',
  shape: ([a, b], { transposeA, transposeB }) => {
    const [rows] = matrixSizes(a, transposeA);
    const [, columns] = matrixSizes(b, transposeB);
    return [...checkBroadcast('matmul', [a.slice(0, -2), b.slice(0, -2)], [a, b]), rows, columns];
  },
  loops: ([a, b], { transposeA, transposeB }, out) => {
    const [rows, depth] = matrixSizes(a, transposeA);
    const columns = out[out.length - 1];
    const batch = out.slice(0, -2);
    // Single elements, and columns of batches, are sums of products (0 for depth 0), which can be
    // fused. At depth 1 there is nothing to sum, so a map suffices.
    if (depth <= 1 || (columns === 1 && (rows === 1 || batch.length > 0))) {
      const sizes = [...batch, rows, columns, depth];
      const [batchA, rowA, depthA] = matrixStrides(a, batch, transposeA);
      const [batchB, depthB, columnB] = matrixStrides(b, batch, transposeB);
      const operands = [
        { input: 0, offset: 0, strides: [...batchA, rowA, 0, depthA] },
        { input: 1, offset: 0, strides: [...batchB, 0, columnB, depthB] },
      ];
      const loop = { rule: mulRule, sizes, operands, out: { offset: 0, strides: [...stridesOf(out), 0] } };
      return [
        depth === 1 ? { kind: 'map', ...loop } : { kind: 'reduce', ...loop, reduction: sum, reducedAxes: 1 },
      ];
    }
    const offsetsA = batchOffsets(a, batch);
    const offsetsB = batchOffsets(b, batch);
    return [{ kind: 'matmul', rows, depth, columns, transposeA, transposeB, offsetsA, offsetsB }];
  },
  rowOperand: ([a, b], { transposeA, transposeB }) =>
    a.length === 2 && b.length === 2 && !transposeA && isJoinable(a[0], matrixSizes(b, transposeB)[1])
      ? 0
      : undefined,
  // For C = A·B: dA = dC·Bᵀ and dB = Aᵀ·dC. If an operand is read transposed, its cotangent is
  // transposed as well.
  vjp: (ct, [a, b], _out, { transposeA, transposeB }) => [
    () => (transposeA ? multiply(b, ct, transposeB, true) : multiply(ct, b, false, !transposeB)),
    () => (transposeB ? multiply(ct, a, true, transposeA) : multiply(a, ct, !transposeA, false)),
  ],
};

/** Returns the product of two matrices, each read as it is or transposed. */
export const multiply = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
  bind(matmulPrimitive, [a, b], { transposeA, transposeB });

/** Returns the product of matrices, or of batches of them. */
const multiplyMatrices = (a: Tensor, b: Tensor): Tensor => {
  if (a.ndim === 2 || b.ndim > 2) return multiply(a, b, false, false);
  // A batch times one matrix is a single product of all its rows.
  const batch = a.shape.slice(0, -1);
  const rows = withShape(a, [sizeOf(batch), b.shape[0]]);
  return withShape(multiply(rows, b, false, false), [...batch, b.shape[1]]);
};

/**
 * Returns the matrix product of a [..., m, k] and b [..., k, n], with the shape [..., m, n].
 *
 * Leading axes broadcast. A 1-D operand counts as a row (a) or as a column (b), and the result
 * lacks that axis. With C = a·b and its cotangent dC, the derivatives are dC·bᵀ and aᵀ·dC. Throws a
 * RangeError for scalars, for inner sizes that differ, and for leading axes that do not broadcast.
 * Mirrors numpy.matmul.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * console.log(matmul(a, tensor([[0, 1], [1, 0]])).toArray()); // → [ [ 2, 1 ], [ 4, 3 ] ]
 * console.log(matmul(a, tensor([1, 10])).toArray()); // → [ 21, 43 ]
 */
export function matmul(a: TensorLike, b: TensorLike): Tensor {
  const left = toTensor('matmul', a);
  const right = toTensor('matmul', b);
  if (left.ndim === 0 || right.ndim === 0) {
    throw rangeError(
      'matmul',
      `too few axes: expected at least 1 for each operand, got shapes ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  }
  const depth = left.shape[left.ndim - 1];
  if (depth !== right.shape[Math.max(0, right.ndim - 2)]) {
    throw rangeError(
      'matmul',
      `inner dimensions differ: expected equal ones, got shapes ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  }
  if (right.ndim === 1) {
    // The product of the vector, as a row, and the transposed matrix: `vmap` joins such rows.
    const row = withShape(right, [1, depth]);
    // Small products: copies of shapes would take a fifth of their time.
    if (left.ndim === 2) return withShape(multiply(row, left, false, true), [left.shape[0]]);
    const sizes = left.shape.slice(0, -1);
    const rows = withShape(left, [sizeOf(sizes), depth]);
    return withShape(multiply(row, rows, false, true), sizes);
  }
  if (left.ndim > 1) return multiplyMatrices(left, right);
  const product = multiplyMatrices(withShape(left, [1, depth]), right);
  const columns = right.shape[right.ndim - 1];
  return withShape(product, right.ndim === 2 ? [columns] : [...right.shape.slice(0, -2), columns]);
}

/**
 * Returns the sum of products over the last axis of a and the second-to-last axis of b.
 *
 * If b is 1-D, the sum is over its only axis. For a [..., k] and b [..., k, n], the shape is the
 * other axes of a, then the other axes of b. If either is a scalar, this is `mul`. Throws a
 * RangeError for inner sizes that differ. Mirrors numpy.dot.
 *
 * @example console.log(dot(tensor([1, 2]), tensor([3, 4])).item()); // → 11
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const left = toTensor('dot', a);
  const right = toTensor('dot', b);
  if (left.ndim === 0 || right.ndim === 0) return asOp('dot', () => mul(left, right));
  checkSize('dot', [
    ...left.shape.slice(0, -1),
    ...right.shape.slice(0, -2),
    ...right.shape.slice(Math.max(1, right.ndim - 1)),
  ]);
  const innerB = right.shape[Math.max(0, right.ndim - 2)];
  if (left.shape[left.ndim - 1] !== innerB) {
    throw rangeError(
      'dot',
      `inner dimensions differ: expected equal ones, got shapes ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  }
  return asOp('dot', () => {
    if (right.ndim <= 2) return matmul(left, right);
    // [..., k] · [batch, k, n]: multiply every row on the left by every matrix on the right.
    const rows = withShape(left, [sizeOf(left.shape.slice(0, -1)), left.shape[left.ndim - 1]]);
    const [batch, columns] = [right.shape.slice(0, -2), right.shape[right.ndim - 1]];
    const matrices = withShape(right, [sizeOf(batch), innerB, columns]);
    const all = matmul(rows, matrices);
    return withShape(transpose(all, [1, 0, 2]), [...left.shape.slice(0, -1), ...batch, columns]);
  });
}

/**
 * Returns all products of an element of a with one of b, with the shape [a.size, b.size].
 *
 * Operands of other shapes are flattened. Mirrors numpy.outer.
 *
 * @example
 * console.log(outer(tensor([1, 2]), tensor([3, 4])).toArray()); // → [ [ 3, 4 ], [ 6, 8 ] ]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const left = toTensor('outer', a);
  const right = toTensor('outer', b);
  checkSize('outer', [left.size, right.size]);
  return asOp('outer', () =>
    mul(withShape(left, [sizeOf(left.shape), 1]), withShape(right, [1, sizeOf(right.shape)])),
  );
}

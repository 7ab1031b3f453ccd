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

/** Whether the last two axes of an operand are to be read the other way round, so that nothing needs to be copied. */
interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The last two of a matrix's sizes or strides, for [rows, columns] as the product sees them. */
const matrixSizes = (shape: Shape, transposed: boolean): readonly [number, number] => {
  const [first, second] = shape.slice(-2);
  return transposed ? [second, first] : [first, second];
};

/** How far apart the matrices of a broadcast batch lie along each of its axes, in elements. */
const batchStrides = (shape: Shape, batch: Shape): number[] =>
  broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * sizeOf(shape.slice(-2)));

/** Where each matrix of a broadcast batch starts. */
const batchOffsets = (shape: Shape, batch: Shape): number[] => {
  const strides = batchStrides(shape, batch);
  return batch.reduce<number[]>(
    (offsets, size, axis) =>
      offsets.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * strides[axis])),
    [0],
  );
};

/** The strides of a matrix operand: those of its batch, then of its rows and columns as the product sees them. */
const matrixStrides = (
  shape: Shape,
  batch: Shape,
  transposed: boolean,
): readonly [readonly number[], number, number] => [
  batchStrides(shape, batch),
  ...matrixSizes(stridesOf(shape), transposed),
];

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
    // Packing panels does not pay for vectors: their products are sums of products (of nothing, 0), and those of depth 1 just products.
    if (depth <= 1 || rows === 1 || columns === 1) {
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
  // For C = A·B: dA = dC·Bᵀ and dB = Aᵀ·dC; where an operand is read transposed, its cotangent comes out transposed as well.
  vjp: (ct, [a, b], _out, { transposeA, transposeB }) => [
    () => (transposeA ? multiply(b, ct, transposeB, true) : multiply(ct, b, false, !transposeB)),
    () => (transposeB ? multiply(ct, a, true, transposeA) : multiply(a, ct, !transposeA, false)),
  ],
};

const multiply = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
  bind(matmulPrimitive, [a, b], { transposeA, transposeB });

/**
 * Matrix product of a [..., m, k] and b [..., k, n]: [..., m, n]. Leading axes broadcast; a 1-D operand is a row (a) or a column (b) whose axis
 * is absent from the result. Mirrors numpy.matmul; scalars are an error.
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
  const innerB = right.shape[Math.max(0, right.ndim - 2)];
  if (left.shape[left.ndim - 1] !== innerB) {
    throw rangeError(
      'matmul',
      `inner dimensions differ: expected equal ones, got shapes ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  }
  // Vectors become a row and a column, whose axes go away again.
  const [depth, columns = 1] = right.shape.slice(-2);
  const first = left.ndim === 1 ? withShape(left, [1, depth]) : left;
  const second = right.ndim === 1 ? withShape(right, [depth, 1]) : right;
  // A batch times one matrix is one product of a taller matrix.
  const isTall = first.ndim > 2 && second.ndim === 2;
  const rows = sizeOf(first.shape.slice(0, -1));
  const product = multiply(isTall ? withShape(first, [rows, depth]) : first, second, false, false);
  const batch = isTall ? first.shape.slice(0, -2) : product.shape.slice(0, -2);
  return withShape(product, [
    ...batch,
    ...(left.ndim === 1 ? [] : first.shape.slice(-2, -1)),
    ...(right.ndim === 1 ? [] : [columns]),
  ]);
}

/** Sum over the last axis of a and the second-to-last of b (its only one if 1-D); a plain product if either is a scalar. Mirrors numpy.dot. */
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
    // [..., k] · [batch, k, n]: every row of the left operand meets every matrix of the right.
    const rows = withShape(left, [sizeOf(left.shape.slice(0, -1)), left.shape[left.ndim - 1]]);
    const [batch, columns] = [right.shape.slice(0, -2), right.shape[right.ndim - 1]];
    const matrices = withShape(right, [sizeOf(batch), innerB, columns]);
    const all = matmul(rows, matrices);
    return withShape(transpose(all, [1, 0, 2]), [...left.shape.slice(0, -1), ...batch, columns]);
  });
}

/** All products of an element of a with one of b: shape [a.size, b.size]. Mirrors numpy.outer. */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const left = toTensor('outer', a);
  const right = toTensor('outer', b);
  checkSize('outer', [left.size, right.size]);
  return asOp('outer', () =>
    mul(withShape(left, [sizeOf(left.shape), 1]), withShape(right, [1, sizeOf(right.shape)])),
  );
}

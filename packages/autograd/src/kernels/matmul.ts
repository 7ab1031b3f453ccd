/**
 * Matrix multiplication C = A·B on packed panels, after Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (https://doi.org/10.1145/1356052.1356053).
 *
 * A is packed into panels of 4 rows, stored k-major: for each k the 4 elements of a column are
 * neighbours. B is packed into panels of 8 columns: for each k the 8 elements of a row. The kernel
 * walks one panel of each from front to back and keeps a 4×8 tile of C in eight f32x4 registers.
 * Panels at the edge are filled up with any numbers: those lanes reach only elements outside of C,
 * which are not stored.
 *
 * Every element of C is the sum over k in ascending order, in blocks of DEPTH that are added up in
 * order. So the bits do not depend on the sizes of A and B, or on how rows and columns are cut into
 * blocks.
 */
import { FunctionBuilder, doWhile, when } from '../wasm/assembler.ts';
import { copyColumns, interleaveRows } from './packing.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { type MultiplyAdd, multiplyRow } from './row-products.ts';
import { type Kernel, type Space, lazy } from './kernel.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

const TILE_ROWS = 4;
const TILE_COLUMNS = 8;
/** A panel of B (8 KB) stays in the first-level cache, a block of A (128 KB) in the second. */
const DEPTH = 256;
const BLOCK_ROWS = 128;
const BLOCK_COLUMNS = 512;

/** A matrix in memory, as the lines that a product combines: rows of A, columns of B. */
export interface MatrixOperand {
  readonly address: number;
  /**
   * In bytes: from one line to the next if the elements of a line are neighbours, otherwise from
   * one element of a line to the next.
   */
  readonly stride: number;
  /** Whether the elements of a line are neighbours; otherwise the lines are. */
  readonly lengthwise: boolean;
}

/** Bytes that a product needs for its packed panels. */
export const MATMUL_SCRATCH: number = 4 * (BLOCK_ROWS * DEPTH + BLOCK_COLUMNS * DEPTH);

/** Several products at equal distances. Their results follow one another. */
export interface ProductBatch {
  readonly count: number;
  /** The bytes from one matrix to the next. */
  readonly stepA: number;
  readonly stepB: number;
}

const ONE_PRODUCT: ProductBatch = { count: 1, stepA: 0, stepB: 0 };

/** Receives a kernel and its arguments. */
export type Emit = (kernel: Kernel, args: readonly number[]) => void;

/** Receives a block of C that is complete, and still in the cache. */
export type OnBlock = (row: number, column: number, rows: number, columns: number) => void;

/**
 * Emits the calls that compute C [rows, columns] = A [rows, depth] · B [depth, columns], all in
 * memory, for depth ≥ 1. The rows of C are `c.stride` bytes apart; `scratch` is the address of
 * MATMUL_SCRATCH bytes. Calls `emit` for each kernel call, in order, and `onBlock` after the last
 * call of each block. With one row or one column, it computes all products of a `batch`.
 */
export const matmulCalls = (
  a: MatrixOperand,
  b: MatrixOperand,
  c: { readonly address: number; readonly stride: number },
  [rows, columns, depth]: readonly [number, number, number],
  scratch: number,
  emit: Emit,
  onBlock?: OnBlock,
  { count, stepA, stepB }: ProductBatch = ONE_PRODUCT,
): void => {
  /** Emits the calls for the product of a row and a matrix. */
  const emitRow = (row: MatrixOperand, matrix: MatrixOperand, steps: readonly [number, number]): void => {
    const [acrossRows, alongColumns] = kernels.multiplyRow;
    const kernel = (matrix.lengthwise ? alongColumns : acrossRows)();
    // If rows are apart, each call computes one block, so that it visits few pages of the memory.
    const maxDepth = matrix.lengthwise ? depth : DEPTH;
    for (let k = 0; k < depth; k += maxDepth) {
      const pointers = [row.address + 4 * k, matrix.address + k * matrix.stride, c.address];
      // The result is a row or a column: rows * columns is its length.
      const args = [matrix.stride, rows * columns, Math.min(maxDepth, depth - k), k, count];
      emit(kernel, [...pointers, ...args, ...steps]);
    }
    onBlock?.(0, 0, rows, columns);
  };
  const isContiguous = ({ lengthwise, stride }: MatrixOperand): boolean => lengthwise || stride === 4;
  if (rows === 1 && isContiguous(a)) return emitRow(a, b, [stepA, stepB]);
  if (columns === 1 && isContiguous(b) && c.stride === 4) return emitRow(b, a, [stepB, stepA]);
  const { packA, packB, multiply } = kernels;
  const packedB = scratch + 4 * BLOCK_ROWS * DEPTH;
  for (let j = 0; j < columns; j += BLOCK_COLUMNS) {
    const blockColumns = Math.min(BLOCK_COLUMNS, columns - j);
    for (let k = 0; k < depth; k += DEPTH) {
      const blockDepth = Math.min(DEPTH, depth - k);
      const pack = (
        { address, stride, lengthwise }: MatrixOperand,
        [copy, interleave]: MatmulKernels['packA'],
        target: number,
        line: number,
        lines: number,
      ): void => {
        const start = address + (lengthwise ? line * stride + 4 * k : k * stride + 4 * line);
        emit((lengthwise ? interleave : copy)(), [target, start, stride, lines, blockDepth]);
      };
      pack(b, packB, packedB, j, blockColumns);
      for (let i = 0; i < rows; i += BLOCK_ROWS) {
        const blockRows = Math.min(BLOCK_ROWS, rows - i);
        pack(a, packA, scratch, i, blockRows);
        const target = c.address + i * c.stride + 4 * j;
        emit(multiply(), [scratch, packedB, target, c.stride, blockRows, blockColumns, blockDepth, k]);
        if (k + blockDepth === depth) onBlock?.(i, j, blockRows, blockColumns);
      }
    }
  }
};

/** Whether the engine has relaxed SIMD. */
export const hasRelaxedSimd = (): boolean => {
  const f = new FunctionBuilder();
  const x = f.vector();
  return (
    typeof WebAssembly !== 'undefined' &&
    WebAssembly.validate(f.module(x.set(f32x4.relaxedMultiplyAdd(x.get, x.get, x.get))))
  );
};

/** The kernels that pack lines into panels of `width`. */
const packKernels = (width: number): readonly [() => Kernel, () => Kernel] => {
  const pack = (bytesFor: (width: number) => Kernel['bytes']): (() => Kernel) =>
    lazy(() => ({ name: 'pack', bytes: bytesFor(width), pointers: ['scratch', 'arena'] }));
  return [pack(copyColumns), pack(interleaveRows)];
};

const multiplyKernel = (name: string, bytes: () => Kernel['bytes'], operands: Space): (() => Kernel) =>
  lazy(() => ({ name, bytes: bytes(), pointers: [operands, operands, 'arena'] }));

const rowKernel = (multiplyAdd: MultiplyAdd, lengthwise: boolean): (() => Kernel) =>
  multiplyKernel('multiplyRow', () => multiplyRow(multiplyAdd, DEPTH, lengthwise), 'arena');

/** Pairs are for lines whose elements are apart, and for lines whose elements are neighbours. */
interface MatmulKernels {
  readonly packA: readonly [() => Kernel, () => Kernel];
  readonly packB: readonly [() => Kernel, () => Kernel];
  readonly multiply: () => Kernel;
  readonly multiplyRow: readonly [() => Kernel, () => Kernel];
}

/* @__NO_SIDE_EFFECTS__ */
const kernelsWith = (multiplyAdd: MultiplyAdd): MatmulKernels => ({
  packA: packKernels(TILE_ROWS),
  packB: packKernels(TILE_COLUMNS),
  multiply: multiplyKernel('multiply', () => multiplyPanels(multiplyAdd), 'scratch'),
  multiplyRow: [rowKernel(multiplyAdd, false), rowKernel(multiplyAdd, true)],
});

const rounding = /* @__PURE__ */ kernelsWith((x, y, z) => f32x4.add(z, f32x4.mul(x, y)));
const fused = /* @__PURE__ */ kernelsWith(f32x4.relaxedMultiplyAdd);
let kernels = rounding;

/** Selects fused multiply-add for the products that are emitted from now on. */
export const useFusedMultiplyAdd = (use: boolean): void => {
  kernels = use ? fused : rounding;
};

/** Whether products are emitted with fused multiply-add now. */
export const fusesMultiplyAdd = (): boolean => kernels === fused;

/** Multiplies packed blocks of A and B into C, tile by tile; adds to C if `accumulate` is not 0. */
const multiplyPanels = (multiplyAdd: MultiplyAdd): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [packedA, packedB, c, strideC, rows, columnsLeft, depth, accumulate] = f.parameters(8);
  const [a, b, endB, pointer, rowsLeft, rightLeft] = f.ints(6);
  const [left, right, splat] = f.vectors(3);
  const tile = Array.from({ length: TILE_ROWS }, () => f.vectors(2));

  // One k per iteration: unrolled, V8 runs out of registers and spills the tile.
  const multiplyTile = [
    tile.map(([low, high]) => [low.set(f32x4.const(0)), high.set(f32x4.const(0))]),
    b.set(packedB.get),
    endB.set(i32.add(b.get, i32.mul(depth.get, i32.const(4 * TILE_COLUMNS)))),
    doWhile(
      [
        left.set(v128.load(b.get)),
        right.set(v128.load(b.get, 16)),
        tile.map(([low, high], index) => [
          splat.set(v128.load32Splat(a.get, 4 * index)),
          low.set(multiplyAdd(splat.get, left.get, low.get)),
          high.set(multiplyAdd(splat.get, right.get, high.get)),
        ]),
        advance(a, i32.const(4 * TILE_ROWS)),
        advance(b, i32.const(4 * TILE_COLUMNS)),
      ],
      i32.less(b.get, endB.get),
    ),
  ];
  // The elements of the tile that are inside of C.
  const storeTile = tile.map(([low, high], index) =>
    when(i32.less(i32.const(index), rowsLeft.get), [
      when(accumulate.get, [
        low.set(f32x4.add(v128.load(pointer.get), low.get)),
        high.set(f32x4.add(v128.load(pointer.get, 16), high.get)),
      ]),
      storeRemaining(pointer, low.get, columnsLeft),
      when(i32.less(i32.const(0), rightLeft.get), storeRemaining(pointer, high.get, rightLeft, 16)),
      advance(pointer, strideC.get),
    ]),
  );
  return f.module(
    doWhile(
      [
        a.set(packedA.get),
        pointer.set(c.get),
        rowsLeft.set(rows.get),
        rightLeft.set(i32.sub(columnsLeft.get, i32.const(4))),
        doWhile(
          [multiplyTile, storeTile, rowsLeft.set(i32.sub(rowsLeft.get, i32.const(TILE_ROWS)))],
          i32.less(i32.const(0), rowsLeft.get),
        ),
        packedB.set(endB.get),
        advance(c, i32.const(4 * TILE_COLUMNS)),
        columnsLeft.set(i32.sub(columnsLeft.get, i32.const(TILE_COLUMNS))),
      ],
      i32.less(i32.const(0), columnsLeft.get),
    ),
  );
};

/**
 * Matrix multiplication C = A·B on packed panels, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (https://doi.org/10.1145/1356052.1356053).
 *
 * A is packed into panels of 4 rows, stored k-major: for each k the 4 elements of a column lie side by side. B is packed into
 * panels of 8 columns: for each k 8 elements of a row. The micro-kernel then walks one panel of each front to back and keeps a
 * 4×8 tile of C in eight f32x4 registers. Panels at the edge are filled up with whatever memory holds: those lanes reach only
 * elements outside of C, which are not stored.
 *
 * Every element of C is the sum over k in ascending order, in blocks of DEPTH that are added up in order, so the bits do
 * not depend on the sizes of A and B or on how rows and columns are cut into blocks.
 */
import { doWhile, FunctionBuilder, type Local, ValueType, when } from './assembler.ts';
import type { Code } from './instructions/encoding.ts';
import * as f32 from './instructions/f32.ts';
import * as f32x4 from './instructions/f32x4.ts';
import * as i32 from './instructions/i32.ts';
import * as v128 from './instructions/v128.ts';
import { instantiate, type Kernel } from './runtime.ts';

const TILE_ROWS = 4;
const TILE_COLUMNS = 8;
/** A 256-deep panel of B (8 KB) stays in the first-level cache, a block of A (128 KB) in the second. */
const DEPTH = 256;
const BLOCK_ROWS = 128;
const BLOCK_COLUMNS = 512;

/** A matrix in memory: element (i, j) lies at `address + i * stride + j * 4`, or with i and j exchanged if transposed. */
export interface MatrixOperand {
  readonly address: number;
  readonly stride: number;
  readonly transposed: boolean;
}

/** Bytes that a product needs for its packed panels. */
export const MATMUL_WORKSPACE: number =
  4 * (BLOCK_ROWS * DEPTH + BLOCK_COLUMNS * DEPTH + TILE_ROWS * TILE_COLUMNS);

/** A kernel and what to call it with. */
export interface Call {
  readonly kernel: Kernel;
  readonly args: readonly number[];
}

/** A part of C that is complete: what comes after it may run while it is in the cache. */
export type OnBlock = (row: number, column: number, rows: number, columns: number) => void;

/**
 * The calls that compute C [rows, columns] = A [rows, depth] · B [depth, columns], all in memory, for depth ≥ 1. C is contiguous rows, `workspace` is the
 * address of MATMUL_WORKSPACE free bytes. `emit` gets the calls in order, `onBlock` what they have completed in between.
 */
export const matmulCalls = (
  a: MatrixOperand,
  b: MatrixOperand,
  c: number,
  [rows, columns, depth]: readonly [number, number, number],
  workspace: number,
  emit: (kernel: Kernel, ...args: number[]) => void,
  onBlock?: OnBlock,
): void => {
  const kernels = (compiled ??= compile());
  const packedA = workspace;
  const packedB = packedA + 4 * BLOCK_ROWS * DEPTH;
  const edgeTile = packedB + 4 * BLOCK_COLUMNS * DEPTH;
  const packA = a.transposed ? kernels.copyColumns4 : kernels.interleaveRows4;
  const packB = b.transposed ? kernels.interleaveRows8 : kernels.copyColumns8;
  for (let j = 0; j < columns; j += BLOCK_COLUMNS) {
    const blockColumns = Math.min(BLOCK_COLUMNS, columns - j);
    for (let k = 0; k < depth; k += DEPTH) {
      const blockDepth = Math.min(DEPTH, depth - k);
      const startB = b.address + (b.transposed ? j * b.stride + 4 * k : k * b.stride + 4 * j);
      emit(packB, packedB, startB, b.stride, blockColumns, blockDepth);
      for (let i = 0; i < rows; i += BLOCK_ROWS) {
        const blockRows = Math.min(BLOCK_ROWS, rows - i);
        const startA = a.address + (a.transposed ? k * a.stride + 4 * i : i * a.stride + 4 * k);
        emit(packA, packedA, startA, a.stride, blockRows, blockDepth);
        const startC = c + 4 * (i * columns + j);
        const accumulate = k === 0 ? 0 : 1;
        emit(
          kernels.multiplyPanels,
          packedA,
          packedB,
          startC,
          4 * columns,
          blockRows,
          blockColumns,
          blockDepth,
          accumulate,
          edgeTile,
        );
        if (k + blockDepth === depth) onBlock?.(i, j, blockRows, blockColumns);
      }
    }
  }
};

interface Kernels {
  readonly interleaveRows4: Kernel;
  readonly interleaveRows8: Kernel;
  readonly copyColumns4: Kernel;
  readonly copyColumns8: Kernel;
  readonly multiplyPanels: Kernel;
}

let compiled: Kernels | undefined;
let fused = false;

/** Whether the engine has relaxed SIMD. */
export const hasRelaxedSimd = (): boolean => {
  const f = new FunctionBuilder();
  const x = f.local(ValueType.v128);
  return WebAssembly.validate(f.module(x.set(f32x4.relaxedMultiplyAdd(x.get, x.get, x.get))));
};

/** Whether products from now on use fused multiply-add; compiled functions keep what they were compiled with. */
export const useFusedMultiplyAdd = (use: boolean): void => {
  if (use !== fused) compiled = undefined;
  fused = use;
};

const compile = (): Kernels => ({
  interleaveRows4: instantiate(interleaveRows(TILE_ROWS)),
  interleaveRows8: instantiate(interleaveRows(TILE_COLUMNS)),
  copyColumns4: instantiate(copyColumns(TILE_ROWS)),
  copyColumns8: instantiate(copyColumns(TILE_COLUMNS)),
  multiplyPanels: instantiate(multiplyPanels()),
});

const advance = (pointer: Local, bytes: number | Local): Code =>
  pointer.set(i32.add(pointer.get, typeof bytes === 'number' ? i32.const(bytes) : bytes.get));

/** Packs panels of `width` lines that lie crosswise in the source: element (line, k) at source + k·stride + 4·line. */
const copyColumns = (width: number): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [target, source, stride, lines, depth] = [
    f.parameter(),
    f.parameter(),
    f.parameter(),
    f.parameter(),
    f.parameter(),
  ];
  const from = f.local(ValueType.i32);
  const k = f.local(ValueType.i32);
  const vectors = Array.from({ length: width / 4 }, (_, index) => 16 * index);
  return f.module(
    doWhile(
      [
        from.set(source.get),
        k.set(depth.get),
        doWhile(
          [
            vectors.map((offset) => v128.store(target.get, v128.load(from.get, offset), offset)),
            advance(target, 4 * width),
            advance(from, stride),
          ],
          k.tee(i32.sub(k.get, i32.const(1))),
        ),
        advance(source, 4 * width),
        lines.set(i32.sub(lines.get, i32.const(width))),
      ],
      i32.less(i32.const(0), lines.get),
    ),
  );
};

/** Packs panels of `width` lines that lie lengthwise in the source: element (line, k) at source + line·stride + 4·k. */
const interleaveRows = (width: number): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [target, source, stride, lines, depth] = [
    f.parameter(),
    f.parameter(),
    f.parameter(),
    f.parameter(),
    f.parameter(),
  ];
  const k = f.local(ValueType.i32);
  const rows = Array.from({ length: width }, () => f.local(ValueType.i32));
  const loaded = Array.from({ length: 4 }, () => f.local(ValueType.v128));
  const mixed = Array.from({ length: 4 }, () => f.local(ValueType.v128));

  // A line past the last is read from the last one's place.
  const startRows = rows.map((row, index) =>
    index === 0
      ? row.set(source.get)
      : [row.set(rows[index - 1].get), when(i32.less(i32.const(index), lines.get), advance(row, stride))],
  );
  const transpose4x4 = (group: readonly Local[], offset: number): Code => {
    const [a, b, c, d] = loaded as [Local, Local, Local, Local];
    const [p, q, r, s] = mixed as [Local, Local, Local, Local];
    return [
      group.map((row, index) => loaded[index].set(v128.load(row.get))),
      p.set(v128.shuffle32(a.get, b.get, [0, 4, 1, 5])),
      q.set(v128.shuffle32(c.get, d.get, [0, 4, 1, 5])),
      r.set(v128.shuffle32(a.get, b.get, [2, 6, 3, 7])),
      s.set(v128.shuffle32(c.get, d.get, [2, 6, 3, 7])),
      v128.store(target.get, v128.shuffle32(p.get, q.get, [0, 1, 4, 5]), offset),
      v128.store(target.get, v128.shuffle32(p.get, q.get, [2, 3, 6, 7]), offset + 4 * width),
      v128.store(target.get, v128.shuffle32(r.get, s.get, [0, 1, 4, 5]), offset + 8 * width),
      v128.store(target.get, v128.shuffle32(r.get, s.get, [2, 3, 6, 7]), offset + 12 * width),
    ];
  };
  const groups = Array.from({ length: width / 4 }, (_, index) => rows.slice(4 * index, 4 * index + 4));
  const fourSteps = [
    groups.map((group, index) => transpose4x4(group, 16 * index)),
    rows.map((row) => advance(row, 16)),
    advance(target, 16 * width),
  ];
  const oneStep = [
    rows.map((row, index) => f32.store(target.get, f32.load(row.get), 4 * index)),
    rows.map((row) => advance(row, 4)),
    advance(target, 4 * width),
  ];
  return f.module(
    doWhile(
      [
        startRows,
        k.set(depth.get),
        when(
          i32.less(i32.const(3), k.get),
          doWhile([fourSteps, k.set(i32.sub(k.get, i32.const(4)))], i32.less(i32.const(3), k.get)),
        ),
        when(k.get, doWhile(oneStep, k.tee(i32.sub(k.get, i32.const(1))))),
        source.set(i32.add(source.get, i32.mul(stride.get, i32.const(width)))),
        lines.set(i32.sub(lines.get, i32.const(width))),
      ],
      i32.less(i32.const(0), lines.get),
    ),
  );
};

/** Multiplies a packed block of A by a packed block of B into C, tile by tile; adds to C if `accumulate` is not zero. */
const multiplyPanels = (): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [packedA, packedB, c, strideC, rows, columns, depth, accumulate, edgeTile] = Array.from(
    { length: 9 },
    () => f.parameter(),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const int = (): Local => f.local(ValueType.i32);
  const [a, b, endB, i, j, tileC, pointer, row, column] = [
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
  ];
  const vector = (): Local => f.local(ValueType.v128);
  const [left, right, splat] = [vector(), vector(), vector()];
  const tile = Array.from({ length: TILE_ROWS }, () => [vector(), vector()] as const);
  const edge = f.local(ValueType.f32);

  const multiplyAdd = (x: Code, y: Code, z: Code): Code =>
    fused ? f32x4.relaxedMultiplyAdd(x, y, z) : f32x4.add(z, f32x4.mul(x, y));
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
        advance(a, 4 * TILE_ROWS),
        advance(b, 4 * TILE_COLUMNS),
      ],
      i32.less(b.get, endB.get),
    ),
  ];
  const storeWholeTile = [
    pointer.set(tileC.get),
    when(
      accumulate.get,
      tile.map(([low, high]) => [
        low.set(f32x4.add(v128.load(pointer.get), low.get)),
        high.set(f32x4.add(v128.load(pointer.get, 16), high.get)),
        advance(pointer, strideC),
      ]),
    ),
    pointer.set(tileC.get),
    tile.map(([low, high]) => [
      v128.store(pointer.get, low.get),
      v128.store(pointer.get, high.get, 16),
      advance(pointer, strideC),
    ]),
  ];
  // The tile goes to memory first, then only its elements inside of C are copied.
  const storeEdgeTile = [
    tile.map(([low, high], index) => [
      v128.store(edgeTile.get, low.get, 4 * TILE_COLUMNS * index),
      v128.store(edgeTile.get, high.get, 4 * TILE_COLUMNS * index + 16),
    ]),
    pointer.set(tileC.get),
    row.set(i32.const(0)),
    doWhile(
      [
        column.set(i32.const(0)),
        doWhile(
          [
            edge.set(
              f32.load(
                i32.add(
                  edgeTile.get,
                  i32.add(
                    i32.mul(row.get, i32.const(4 * TILE_COLUMNS)),
                    i32.shiftLeft(column.get, i32.const(2)),
                  ),
                ),
              ),
            ),
            when(accumulate.get, edge.set(f32.add(f32.load(pointer.get), edge.get))),
            f32.store(pointer.get, edge.get),
            advance(pointer, 4),
            column.set(i32.add(column.get, i32.const(1))),
          ],
          i32.and(
            i32.less(column.get, i32.const(TILE_COLUMNS)),
            i32.less(column.get, i32.sub(columns.get, j.get)),
          ),
        ),
        row.set(i32.add(row.get, i32.const(1))),
        pointer.set(i32.add(tileC.get, i32.mul(row.get, strideC.get))),
      ],
      i32.and(i32.less(row.get, i32.const(TILE_ROWS)), i32.less(row.get, i32.sub(rows.get, i.get))),
    ),
  ];
  const fits = i32.and(
    i32.less(i32.add(i.get, i32.const(TILE_ROWS - 1)), rows.get),
    i32.less(i32.add(j.get, i32.const(TILE_COLUMNS - 1)), columns.get),
  );
  return f.module([
    doWhile(
      [
        a.set(packedA.get),
        i.set(i32.const(0)),
        tileC.set(c.get),
        doWhile(
          [
            multiplyTile,
            when(fits, storeWholeTile, storeEdgeTile),
            tileC.set(i32.add(tileC.get, i32.mul(strideC.get, i32.const(TILE_ROWS)))),
            i.set(i32.add(i.get, i32.const(TILE_ROWS))),
          ],
          i32.less(i.get, rows.get),
        ),
        packedB.set(endB.get),
        advance(c, 4 * TILE_COLUMNS),
        j.set(i32.add(j.get, i32.const(TILE_COLUMNS))),
      ],
      i32.less(j.get, columns.get),
    ),
  ]);
};

/** Products of rows and matrices, without packing. */
import { FunctionBuilder, type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { transpose4x4 } from './packing.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/** x·y + z. */
export type MultiplyAdd = (x: Code, y: Code, z: Code) => Code;

/** The variables that the steps of a kernel work on. */
interface Variables {
  /** The addresses of the next element of the row, and of its products' other factors. */
  readonly a: Local;
  readonly b: Local;
  /** The number of elements of the row that are left in a block. */
  readonly k: Local;
  /** The bytes between rows of the matrix, or between its columns where they lie lengthwise. */
  readonly stride: Local;
  readonly columnsLeft: Local;
  /** Each holds the sums of four columns. */
  readonly sums: readonly Local[];
}

/** How a kernel adds products of the row and four columns for each of `sums`. */
interface Steps {
  /** Runs before the first columns of a product. */
  readonly start: Code;
  /** Runs before the sums of new columns. */
  readonly begin: Code;
  /** Adds products to the sums of a block, while `k` elements of it are left. */
  readonly addBlock: Code;
  /** The bytes from one column to the next. */
  readonly distance: Code;
}

/** Goes on by `done` elements of the row, and by `bytes` in the matrix. */
const next = ({ a, b, k }: Variables, done: number, bytes: Code): Code => [
  advance(a, i32.const(4 * done)),
  advance(b, bytes),
  k.set(i32.sub(k.get, i32.const(done))),
];

/** Steps from row to row of the matrix. */
const acrossRows = (f: FunctionBuilder, variables: Variables, multiplyAdd: MultiplyAdd): Steps => {
  const { a, b, k, stride, sums } = variables;
  const splat = f.vector();
  return {
    start: [],
    begin: [],
    addBlock: doWhile(
      [
        splat.set(v128.load32Splat(a.get)),
        sums.map((sum, i) => sum.set(multiplyAdd(splat.get, v128.load(b.get, 16 * i), sum.get))),
        next(variables, 1, stride.get),
      ],
      k.get,
    ),
    distance: i32.const(4),
  };
};

/** Loads four elements of each of four columns, and transposes them: each lane sums a column. */
const alongColumns = (f: FunctionBuilder, variables: Variables, multiplyAdd: MultiplyAdd): Steps => {
  const { a, b, k, stride, columnsLeft, sums } = variables;
  const pointer = f.int();
  const width = 4 * sums.length;
  const splats = f.vectors(4);
  const distances = f.ints(width);
  const [four, ...loaded] = f.vectors(5);
  const halves = f.vectors(4);
  const { code, columns } = transpose4x4(loaded, halves);
  /** Adds four products to each sum, or those that are left. It loads four elements anyway. */
  const addFour = (isRest: boolean): Code => [
    // One load and four shuffles: with four loads, V8 runs out of registers.
    four.set(v128.load(a.get)),
    splats.map((splat, i) => splat.set(v128.shuffle32(four.get, four.get, [i, i, i, i]))),
    pointer.set(b.get),
    sums.map((sum, group) => [
      loaded.map((local, i) => [
        local.set(v128.load(pointer.get)),
        advance(pointer, distances[4 * group + i].get),
      ]),
      code,
      columns.map((value, i) => {
        const add = sum.set(multiplyAdd(splats[i].get, value, sum.get));
        return isRest ? when(i32.less(i32.const(i), k.get), add) : add;
      }),
    ]),
  ];
  const hasFour = i32.less(i32.const(3), k.get);
  return {
    start: distances.map((distance) => distance.set(stride.get)),
    // Columns past the last one read the elements of the last one.
    begin: when(
      i32.less(columnsLeft.get, i32.const(width)),
      distances.map((distance, i) =>
        distance.set(i32.mul(stride.get, i32.less(i32.const(i + 1), columnsLeft.get))),
      ),
    ),
    addBlock: [
      when(hasFour, doWhile([addFour(false), next(variables, 4, i32.const(16))], hasFour)),
      when(k.get, addFour(true)),
    ],
    distance: stride.get,
  };
};

/**
 * Multiplies a row by a matrix whose rows, or whose columns if it is `lengthwise`, are `stride`
 * bytes apart, with their elements side by side; or `count` rows, `rowStep` bytes apart, each by a
 * matrix of its own, `matrixStep` bytes apart. The results follow one another. Adds to them if
 * `accumulate` is not 0.
 *
 * Each element of the result is summed in blocks of `block` products, which are added up, as
 * multiplyPanels does (matmul.ts). So it has the same bits as in a product of many rows.
 */
export const multiplyRow = (
  multiplyAdd: MultiplyAdd,
  block: number,
  lengthwise: boolean,
): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [row, matrices, results, stride, columns, depth, accumulate, count, rowStep, matrixStep] =
    f.parameters(10);
  const [matrix, c, columnsLeft, a, b, left, k] = f.ints(7);
  const [sums, totals] = [f.vectors(lengthwise ? 2 : 4), f.vectors(lengthwise ? 2 : 4)];
  const variables = { a, b, k, stride, columnsLeft, sums };
  const makeSteps = lengthwise ? alongColumns : acrossRows;
  const { start, begin, addBlock, distance } = makeSteps(f, variables, multiplyAdd);
  const sumColumns = [
    begin,
    a.set(row.get),
    b.set(matrix.get),
    left.set(depth.get),
    totals.map((total, i) => [
      // -0 plus a sum is the sum, also if that is -0.
      total.set(f32x4.const(-0)),
      when(accumulate.get, total.set(v128.load(c.get, 16 * i))),
    ]),
    doWhile(
      [
        k.set(left.get),
        when(i32.less(i32.const(block), k.get), k.set(i32.const(block))),
        left.set(i32.sub(left.get, k.get)),
        sums.map((sum) => sum.set(f32x4.const(0))),
        addBlock,
        totals.map((total, i) => total.set(f32x4.add(total.get, sums[i].get))),
      ],
      left.get,
    ),
    advance(matrix, i32.mul(distance, i32.const(4 * sums.length))),
  ];
  const storeColumns = totals.map((total) => [
    when(i32.less(i32.const(0), columnsLeft.get), storeRemaining(c, total.get, columnsLeft)),
    advance(c, i32.const(16)),
    columnsLeft.set(i32.sub(columnsLeft.get, i32.const(4))),
  ]);
  return f.module(
    doWhile(
      [
        matrix.set(matrices.get),
        c.set(results.get),
        columnsLeft.set(columns.get),
        start,
        doWhile([sumColumns, storeColumns], i32.less(i32.const(0), columnsLeft.get)),
        advance(row, rowStep.get),
        advance(matrices, matrixStep.get),
        advance(results, i32.mul(columns.get, i32.const(4))),
      ],
      count.tee(i32.sub(count.get, i32.const(1))),
    ),
  );
};

/**
 * Kernels that pack a block of a matrix into panels of `width` lines, stored k by k.
 *
 * Their arguments are the addresses of target and source, the stride of the source in bytes, the
 * number of lines, and the depth.
 */
import { FunctionBuilder, type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance } from '../wasm/pointers.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/**
 * Packs lines that lie crosswise in the source.
 *
 * Element (line, k) is at source + k·stride + 4·line.
 */
export const copyColumns = (width: number): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [target, source, stride, lines, depth] = f.parameters(5);
  const [from, k] = f.ints(2);
  const vectors = Array.from({ length: width / 4 }, (_, index) => 16 * index);
  return f.module(
    doWhile(
      [
        from.set(source.get),
        k.set(depth.get),
        doWhile(
          [
            vectors.map((offset) => v128.store(target.get, v128.load(from.get, offset), offset)),
            advance(target, i32.const(4 * width)),
            advance(from, stride.get),
          ],
          k.tee(i32.sub(k.get, i32.const(1))),
        ),
        advance(source, i32.const(4 * width)),
        lines.set(i32.sub(lines.get, i32.const(width))),
      ],
      i32.less(i32.const(0), lines.get),
    ),
  );
};

/**
 * Transposes four rows of four elements: `code` has to run before `columns` are read.
 *
 * It interleaves two pairs of rows, in `halves`, and then joins halves of the results.
 */
export const transpose4x4 = (
  rows: readonly Local[],
  halves: readonly Local[],
): { readonly code: Code; readonly columns: readonly Code[] } => ({
  code: halves.map((half, index) => {
    const [x, y] = rows.slice(index & 1 ? 2 : 0);
    return half.set(v128.shuffle32(x.get, y.get, index & 2 ? [2, 6, 3, 7] : [0, 4, 1, 5]));
  }),
  columns: rows.map((_, index) => {
    const [x, y] = halves.slice(index & 2);
    return v128.shuffle32(x.get, y.get, index & 1 ? [2, 3, 6, 7] : [0, 1, 4, 5]);
  }),
});

/**
 * Packs lines that lie lengthwise in the source.
 *
 * Element (line, k) is at source + line·stride + 4·k.
 */
export const interleaveRows = (width: number): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [target, source, stride, lines, depth] = f.parameters(5);
  const k = f.int();
  const rows = f.ints(width);
  const loaded = f.vectors(4);
  const interleaved = f.vectors(4);
  const hasFour = i32.less(i32.const(3), k.get);

  // Lines past the last one read the elements of the last one.
  const startRows = rows.map((row, index) =>
    index === 0
      ? row.set(source.get)
      : [row.set(rows[index - 1].get), when(i32.less(i32.const(index), lines.get), advance(row, stride.get))],
  );
  /** Transposes and stores four elements of each of four rows. */
  const interleaveFour = (group: readonly Local[], offset: number): Code => {
    const { code, columns } = transpose4x4(loaded, interleaved);
    return [
      group.map((row, index) => loaded[index].set(v128.load(row.get))),
      code,
      columns.map((column, index) => v128.store(target.get, column, offset + 4 * width * index)),
    ];
  };
  const steps = (count: number): Code => [
    rows.map((row) => advance(row, i32.const(4 * count))),
    advance(target, i32.const(4 * count * width)),
    k.set(i32.sub(k.get, i32.const(count))),
  ];
  const groups = Array.from({ length: width / 4 }, (_, index) => rows.slice(4 * index, 4 * index + 4));
  const fourSteps = [groups.map((group, index) => interleaveFour(group, 16 * index)), steps(4)];
  const oneStep = [rows.map((row, index) => i32.store(target.get, i32.load(row.get), 4 * index)), steps(1)];
  return f.module(
    doWhile(
      [
        startRows,
        k.set(depth.get),
        when(hasFour, doWhile(fourSteps, hasFour)),
        when(k.get, doWhile(oneStep, k.get)),
        advance(source, i32.mul(stride.get, i32.const(width))),
        lines.set(i32.sub(lines.get, i32.const(width))),
      ],
      i32.less(i32.const(0), lines.get),
    ),
  );
};

/**
 * Lines: the elements along one axis, with all other indices fixed.
 *
 * Ops that process lines use these functions.
 */
import { asOp } from '../base/errors.ts';
import type { Values } from '../compiler/loops.ts';
import { checkAxis } from '../core/check.ts';
import { type Shape, around, sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { withShape } from './structure.ts';

/**
 * Calls `visit` for each line along `axis`, with the number of the line, the offset of its first
 * element, and the stride between its elements.
 */
export const forEachLine = (
  shape: Shape,
  axis: number,
  visit: (line: number, start: number, step: number) => void,
): void => {
  const [outer, size, inner] = around(shape, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) visit(o * inner + i, o * size * inner + i, inner);
};

/** How many lines are copied at once: this many numbers are read from memory at once. */
const LINES = 16;

/** Copies an element of each of several lines: the lines are adjacent in `to`, with `size` each. */
const copyLines = (
  to: Values,
  from: Values,
  start: number,
  size: number,
  step: number,
  lines: number,
): void => {
  for (let j = 0, source = start; j < size; j++, source += step)
    for (let line = 0; line < lines; line++) to[line * size + j] = from[source + line];
};

/** The reverse of `copyLines`. */
const copyLinesBack = (
  to: Values,
  from: Values,
  start: number,
  size: number,
  step: number,
  lines: number,
): void => {
  for (let j = 0, target = start; j < size; j++, target += step)
    for (let line = 0; line < lines; line++) to[target + line] = from[line * size + j];
};

/**
 * Computes each line of `out` along `axis` from the same line of each input. All have the same
 * shape. The elements of the lines that `compute` gets are adjacent.
 */
export const mapLines = (
  out: Values,
  inputs: readonly Values[],
  shape: Shape,
  axis: number,
  compute: (result: Values, ...lines: readonly Values[]) => void,
): void => {
  const [outer, size, inner] = around(shape, axis);
  const run = (result: Values, lines: readonly Values[], start: number): void => {
    const end = start + size;
    compute(result.subarray(start, end), ...lines.map((line) => line.subarray(start, end)));
  };
  if (inner === 1) {
    for (let o = 0; o < outer; o++) run(out, inputs, o * size);
    return;
  }
  const length = Math.min(LINES, inner) * size;
  const copies = inputs.map((x) => x.slice(0, length));
  const results = out.slice(0, length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i += LINES) {
      const lines = Math.min(LINES, inner - i);
      const start = o * size * inner + i;
      inputs.forEach((x, n) => copyLines(copies[n], x, start, size, inner, lines));
      for (let line = 0; line < lines; line++) run(results, copies, line * size);
      copyLinesBack(out, results, start, size, inner, lines);
    }
  }
};

/** Returns the operand and the axis to process: x and `axis`, or without an axis, x flattened. */
export const alongAxis = (
  op: string,
  input: Tensor,
  axis: number | undefined,
): { operand: Tensor; axis: number } =>
  axis === undefined
    ? { operand: asOp(op, () => withShape(input, [sizeOf(input.shape)])), axis: 0 }
    : { operand: input, axis: checkAxis(op, axis, input.ndim, input.shape) };

/**
 * Lines: the elements along one axis, with all other indices fixed.
 *
 * Ops that process lines use these functions.
 */
import { asOp } from '../base/errors.ts';
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

/** Returns the operand and the axis to process: x and `axis`, or without an axis, x flattened. */
export const alongAxis = (
  op: string,
  input: Tensor,
  axis: number | undefined,
): { operand: Tensor; axis: number } =>
  axis === undefined
    ? { operand: asOp(op, () => withShape(input, [sizeOf(input.shape)])), axis: 0 }
    : { operand: input, axis: checkAxis(op, axis, input.ndim, input.shape) };

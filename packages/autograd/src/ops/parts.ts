/** Several tensors as one, which has their elements one after another. */
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { concatenate } from './joining.ts';
import { slice } from './slicing.ts';
import { withShape } from './structure.ts';

/** Joins tensors of any shapes to a vector. */
export const joinParts = (parts: readonly Tensor[]): Tensor =>
  concatenate(parts.map((part) => withShape(part, [part.size])));

/** Splits a vector into tensors of these shapes. */
export const splitParts = (all: Tensor, shapes: readonly Shape[]): Tensor[] => {
  let offset = 0;
  return shapes.map((shape) => {
    const end = offset + sizeOf(shape);
    const part = withShape(slice(all, [offset, end]), shape);
    offset = end;
    return part;
  });
};

/** Ops that join tensors, or split one into several. */
import { asOp, rangeError } from '../base/errors.ts';
import type { KnownCount, ListOf } from '../base/list-of.ts';
import {
  checkAxis,
  checkInteger,
  checkList,
  checkOptions,
  checkSize,
  toTensor,
  wrongType,
} from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { formatShape, sameShape, stridesOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { sliceRaw } from './slicing.ts';
import type { AxisOption } from './axis-option.ts';
import { copyLoop, withShape } from './structure.ts';

const concatenatePrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'concatenate',
  shape: (shapes, { axis }) => {
    const [first] = shapes;
    for (const shape of shapes) {
      if (shape.length !== first.length || !shape.every((n, a) => a === axis || n === first[a])) {
        throw rangeError(
          'concatenate',
          `shapes differ outside of axis ${axis}: expected equal sizes, got ${formatShape(first)} and ${formatShape(shape)}`,
        );
      }
    }
    return first.map((n, a) => (a === axis ? shapes.reduce((sum, shape) => sum + shape[axis], 0) : n));
  },
  loops: (shapes, { axis }, out) => {
    const strides = stridesOf(out);
    let position = 0;
    return shapes.map((shape, input) => {
      const to = { offset: position * strides[axis], strides };
      position += shape[axis];
      return copyLoop(shape, { input, offset: 0, strides: stridesOf(shape) }, to);
    });
  },
  vjp: (ct, inputs, _out, { axis }) => {
    let position = 0;
    return inputs.map((input) => {
      const start = input.shape.map((_, a) => (a === axis ? position : 0));
      position += input.shape[axis];
      return () => sliceRaw(ct, { start, size: input.shape, step: start.map(() => 1) });
    });
  },
};

/**
 * Joins tensors along an existing axis (default 0). Mirrors numpy.concatenate.
 *
 * Throws a RangeError for shapes that differ along another axis, and for an empty list.
 *
 * @example
 * const a = tensor([[1, 2]]);
 * console.log(concatenate([a, tensor([[3, 4]])]).toArray()); // → [ [ 1, 2 ], [ 3, 4 ] ]
 * console.log(concatenate([a, a], { axis: 1 }).toArray()); // → [ [ 1, 2, 1, 2 ] ]
 */
export function concatenate(tensors: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const inputs = checkTensors('concatenate', tensors);
  const { axis: given = 0 } = checkOptions('concatenate', options, ['axis']);
  const axis = checkAxis('concatenate', given, inputs[0].ndim, inputs[0].shape);
  return inputs.length === 1 ? inputs[0] : bind(concatenatePrimitive, inputs, { axis });
}

/** Returns the operands as tensors; throws for a value that is not a non-empty array. */
const checkTensors = (op: string, tensors: unknown): readonly Tensor[] => {
  if (!Array.isArray(tensors)) throw wrongType(op, 'operands', 'an array of tensors', tensors);
  const inputs = checkList(op, 'operands', tensors, (tensor, i) => toTensor(op, tensor, `operand ${i}`));
  if (inputs.length === 0) throw rangeError(op, 'no operands: expected at least one tensor, got []');
  return inputs;
};

/**
 * Joins tensors of one shape along a new axis. Mirrors numpy.stack.
 *
 * `axis` (default 0) is the index of the new axis in the result. Throws a RangeError for shapes
 * that differ, and for an empty list.
 *
 * @example
 * const columns = [tensor([1, 2]), tensor([3, 4])];
 * console.log(stack(columns, { axis: 1 }).toArray()); // → [ [ 1, 3 ], [ 2, 4 ] ]
 */
export function stack(tensors: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const inputs = checkTensors('stack', tensors);
  const [{ shape, ndim }] = inputs;
  for (const input of inputs) {
    if (!sameShape(input.shape, shape)) {
      throw rangeError(
        'stack',
        `shapes differ: expected equal ones, got ${formatShape(shape)} and ${formatShape(input.shape)}`,
      );
    }
  }
  const { axis: given = 0 } = checkOptions('stack', options, ['axis']);
  const axis = checkAxis('stack', given, ndim + 1);
  checkSize('stack', [inputs.length, ...shape]);
  const expanded = frozen(shape.toSpliced(axis, 0, 1));
  return asOp('stack', () =>
    concatenate(
      inputs.map((input) => withShape(input, expanded)),
      { axis },
    ),
  );
}

/**
 * Splits x along an axis (default 0) into `sections` equal parts, or before each of the given
 * indices.
 *
 * Throws a RangeError for a number that does not divide the size of the axis; `arraySplit` allows
 * it. Mirrors numpy.split.
 *
 * @example
 * const [head, tail] = split(arange(5), [2]);
 * console.log(head.toArray(), tail.toArray()); // → [ 0, 1 ] [ 2, 3, 4 ]
 */
export function split<const N extends KnownCount>(
  x: TensorLike,
  sections: N,
  options?: AxisOption,
): ListOf<Tensor, N>;
export function split(x: TensorLike, sections: number | readonly number[], options?: AxisOption): Tensor[];
export function split(
  x: TensorLike,
  sections: number | readonly number[],
  options: AxisOption = {},
): Tensor[] {
  const input = toTensor('split', x);
  const { axis: given = 0 } = checkOptions('split', options, ['axis']);
  const axis = checkAxis('split', given, input.ndim, input.shape);
  if (typeof sections === 'number' && input.shape[axis] % sections !== 0) {
    throw rangeError(
      'split',
      `parts are not equal: expected a divisor of the size of axis ${axis} of shape ${formatShape(input.shape)}, got ${sections}; arraySplit allows unequal parts`,
    );
  }
  return splitAt('split', input, sections, axis);
}

/**
 * Splits x like `split`, but also into a number of parts that does not divide the size of the axis.
 *
 * In that case the first parts are larger by one. Mirrors numpy.array_split.
 *
 * @example
 * const [first, second] = arraySplit(arange(5), 2);
 * console.log(first.toArray(), second.toArray()); // → [ 0, 1, 2 ] [ 3, 4 ]
 */
export function arraySplit<const N extends KnownCount>(
  x: TensorLike,
  sections: N,
  options?: AxisOption,
): ListOf<Tensor, N>;
export function arraySplit(
  x: TensorLike,
  sections: number | readonly number[],
  options?: AxisOption,
): Tensor[];
export function arraySplit(
  x: TensorLike,
  sections: number | readonly number[],
  options: AxisOption = {},
): Tensor[] {
  const input = toTensor('arraySplit', x);
  const { axis: given = 0 } = checkOptions('arraySplit', options, ['axis']);
  const axis = checkAxis('arraySplit', given, input.ndim, input.shape);
  return splitAt('arraySplit', input, sections, axis);
}

/**
 * The most sections that a shorter axis can be split into. The sections beyond its size are empty,
 * so a larger number is a mistake.
 */
const MAX_EMPTY_SECTIONS = 2 ** 16;

const splitAt = (op: string, x: Tensor, sections: number | readonly number[], axis: number): Tensor[] => {
  const length = x.shape[axis];
  let cuts: number[];
  if (Array.isArray(sections)) {
    cuts = checkList(op, 'indices', sections, (cut) => checkInteger(op, 'index', cut, 0));
  } else {
    const count = checkInteger(op, 'sections', sections, 1, Math.max(length, MAX_EMPTY_SECTIONS));
    const small = Math.floor(length / count);
    const larger = length % count;
    cuts = Array.from({ length: count - 1 }, (_, i) => (i + 1) * small + Math.min(i + 1, larger));
  }
  const slicePart = (from: number, i: number): Tensor => {
    const start = Math.min(from, length);
    const end = Math.max(start, Math.min(cuts[i] ?? length, length));
    return sliceRaw(x, {
      start: x.shape.map((_, a) => (a === axis ? start : 0)),
      size: x.shape.map((n, a) => (a === axis ? end - start : n)),
      step: x.shape.map(() => 1),
    });
  };
  return asOp(op, () => [0, ...cuts].map(slicePart));
};

/** Ops that put tensors together, or cut one into several. */
import { asOp, rangeError } from '../base/errors.ts';
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
import { MAX_AXES } from '../base/limits.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { sliceRaw } from './slicing.ts';
import { broadcastTo, copyLoop, expandDims, withShape } from './structure.ts';

const concatenatePrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'concatenate',
  shape: (shapes, { axis }) => {
    const [first] = shapes;
    for (const shape of shapes) {
      if (shape.length !== first.length || !shape.every((n, a) => a === axis || n === first[a])) {
        throw rangeError(
          'concatenate',
          `shapes differ outside of axis ${axis}: expected equal sizes, got ${shapes.map(formatShape).join(' and ')}`,
        );
      }
    }
    return first.map((n, a) => (a === axis ? shapes.reduce((sum, shape) => sum + shape[axis], 0) : n));
  },
  loops: (shapes, { axis }, out) => {
    const strides = stridesOf(out);
    let place = 0;
    return shapes.map((shape, input) => {
      const to = { offset: place * strides[axis], strides };
      place += shape[axis];
      return copyLoop(shape, { input, offset: 0, strides: stridesOf(shape) }, to);
    });
  },
  vjp: (ct, inputs, _out, { axis }) => {
    let place = 0;
    return inputs.map((input) => {
      const start = input.shape.map((_, a) => (a === axis ? place : 0));
      place += input.shape[axis];
      return () => sliceRaw(ct, { start, size: input.shape, step: start.map(() => 1) });
    });
  },
};

/** The axis along which tensors are joined or cut; default 0. */
export interface AxisOption {
  readonly axis?: number;
}

/** Joins tensors along an existing axis (default 0). Mirrors numpy.concatenate. */
export function concatenate(tensors: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const inputs = checkTensors('concatenate', tensors);
  const { axis: given = 0 } = checkOptions('concatenate', options, ['axis']);
  const axis = checkAxis('concatenate', given, inputs[0].ndim, inputs[0].shape);
  return inputs.length === 1 ? inputs[0] : bind(concatenatePrimitive, inputs, { axis });
}

const checkTensors = (op: string, tensors: unknown): readonly Tensor[] => {
  if (!Array.isArray(tensors)) throw wrongType(op, 'operands', 'an array of tensors', tensors);
  const inputs = checkList(op, 'the operands', tensors, (tensor, i) => toTensor(op, tensor, `operand ${i}`));
  if (inputs.length === 0) throw rangeError(op, 'no operands: expected at least one tensor, got []');
  return inputs;
};

/** Joins tensors of one shape along a new axis (default 0), counted in the result. Mirrors numpy.stack. */
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
  return asOp('stack', () =>
    concatenate(
      inputs.map((input) => expandDims(input, axis)),
      { axis },
    ),
  );
}

/**
 * Cuts x along an axis (default 0) into `sections` equal parts, or at the given places. Mirrors numpy.split: a number that does
 * not divide the axis is an error; see `arraySplit`.
 */
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

/** Like `split`, but the first parts are larger by one where the axis does not divide evenly. Mirrors numpy.array_split. */
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

/** More sections than the axis is long are empty; so many of them are a mistake. */
const MAX_EMPTY_SECTIONS = 2 ** 16;

const splitAt = (op: string, x: Tensor, sections: number | readonly number[], axis: number): Tensor[] => {
  const length = x.shape[axis];
  let places: number[];
  if (Array.isArray(sections)) {
    places = checkList(op, 'the places', sections, (place) => checkInteger(op, 'place', place, 0));
  } else {
    const count = checkInteger(op, 'sections', sections, 1, Math.max(length, MAX_EMPTY_SECTIONS));
    const small = Math.floor(length / count);
    const larger = length % count;
    places = Array.from({ length: count - 1 }, (_, i) => (i + 1) * small + Math.min(i + 1, larger));
  }
  const part = (from: number, i: number): Tensor => {
    const start = Math.min(from, length);
    const end = Math.max(start, Math.min(places[i] ?? length, length));
    return sliceRaw(x, {
      start: x.shape.map((_, a) => (a === axis ? start : 0)),
      size: x.shape.map((n, a) => (a === axis ? end - start : n)),
      step: x.shape.map(() => 1),
    });
  };
  return asOp(op, () => [0, ...places].map(part));
};

/** x repeated `repeats` times along each axis (a number: along the last). Mirrors numpy.tile. */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const input = toTensor('tile', x);
  const given: readonly unknown[] = Array.isArray(repeats) ? repeats : [repeats];
  const counts = checkList(
    'tile',
    'repeats',
    given,
    (count) => checkInteger('tile', 'repeats', count, 0),
    MAX_AXES,
  );
  const ndim = Math.max(input.ndim, counts.length);
  const shape = [...new Array<number>(ndim - input.ndim).fill(1), ...input.shape];
  const all = [...new Array<number>(ndim - counts.length).fill(1), ...counts];
  const out = checkSize(
    'tile',
    shape.map((n, a) => n * all[a]),
  );
  // Axes of size 1 need no place of their own, of which there are only so many.
  const parts = shape.flatMap((n, a) => [
    ...(all[a] === 1 ? [] : [[all[a], 1]]),
    ...(n === 1 ? [] : [[n, n]]),
  ]);
  const [sizes, own] = [parts.map(([size]) => size), parts.map(([, size]) => size)];
  return asOp('tile', () => withShape(broadcastTo(withShape(input, own), sizes), out));
}

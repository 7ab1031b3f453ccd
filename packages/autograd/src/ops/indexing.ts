/** Ops that select elements by index. */
import { asOp, callerOr, rangeError, typeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, checkSize, toTensor } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape, sameShape } from '../base/shape.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { type Tensor, type TensorLike, isTensor } from '../core/tensor.ts';
import { equal } from './compare.ts';
import { arange, readTensor } from './creation.ts';
import { gatherLoop, gathering } from './gathering.ts';
import { scatterAddLoop } from './scattering.ts';
import { withShape } from './structure.ts';

/** Integers that index an axis: a number, nested arrays, an integer typed array, or a tensor. */
export type Indices = number | readonly Indices[] | ArrayLike<number> | Tensor;

/** What to write instead of a list of true and false, by the name of the list. */
const ADVICE_FOR_BOOLEANS: Readonly<Record<string, string>> = {
  indices: 'to set the other elements to 0, write where(mask, x, 0)',
  rows: 'for a mask, write (cells, row) => mask[row]',
};

/**
 * `readTensor` for indices or labels: throws a RangeError for numbers that float32 does not hold
 * exactly, because rounding would select another element, and a TypeError for true and false, which
 * would select elements 1 and 0.
 */
export const readIndices = (op: string, data: unknown, what: string): Tensor => {
  const result = readTensor(op, data, what);
  const check = (part: unknown): void => {
    if (typeof part === 'boolean')
      throw typeError(
        op,
        `invalid ${what}: expected integers, got ${part}; ${ADVICE_FOR_BOOLEANS[what] ?? 'write 1 or 0'}`,
      );
    if (typeof part === 'number') {
      if (Math.fround(part) !== part && part === part)
        throw rangeError(op, `invalid ${what}: expected numbers that float32 can hold, got ${part}`);
    } else if (typeof part === 'object') {
      const list = part as ArrayLike<unknown>;
      for (let i = 0; i < list.length; i++) check(list[i]);
    }
  };
  if (!isTensor(data)) check(data);
  return result;
};

/** Returns the op `take` or, with an index for each element, `takeAlongAxis`. */
/* @__NO_SIDE_EFFECTS__ */
const gatherPrimitive = (name: string, perElement: boolean): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([x, indices], { axis }) =>
    perElement ? indices : [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)],
  loops: ([x, indices], { axis }) => [
    gatherLoop(gathering(x, indices, axis, perElement), { op: callerOr(name), fromEnd: true }),
  ],
  vjp: (ct, [x, indices], _out, { axis }) => [
    () => bind(gatherAdjointPrimitive, [ct, indices], { axis, perElement, shape: x.shape }),
  ],
});

/** The adjoint of gathering: sums ct at the indices, which gathering has checked. */
const gatherAdjointPrimitive: LoopPrimitive<{ axis: number; perElement: boolean; shape: Shape }> = {
  name: 'gatherAdjoint',
  shape: (_shapes, { shape }) => shape,
  loops: ([, indices], { axis, perElement, shape }) => [
    scatterAddLoop(gathering(shape, indices, axis, perElement)),
  ],
  vjp: (ct, [, indices], _out, { axis, perElement }) => [
    () => bind(perElement ? takeAlongAxisPrimitive : takePrimitive, [ct, indices], { axis }),
  ],
};

const takePrimitive = gatherPrimitive('take', false);
const takeAlongAxisPrimitive = gatherPrimitive('takeAlongAxis', true);

/** Returns the derivative of `takeAlongAxis` by an operand of `shape`, for the cotangent ct. */
export const adjointOfTakeAlongAxis = (ct: Tensor, indices: Tensor, shape: Shape, axis: number): Tensor =>
  bind(gatherAdjointPrimitive, [ct, indices], { axis, perElement: true, shape });

/** Op that returns labels: gathering them from 0, 1, … checks them when it runs. */
const labelsPrimitive: LoopPrimitive<undefined> = {
  name: 'oneHot',
  shape: ([, labels]) => labels,
  loops: ([numbers, labels]) => [
    gatherLoop(gathering(numbers, labels, 0, false), { op: callerOr('oneHot'), fromEnd: false }),
  ],
};

/**
 * Returns the slices of x at `indices` along `axis` (default 0).
 *
 * The shape is x.shape with that axis replaced by the indices' shape. Negative indices count from
 * the end. Throws a RangeError for indices that are out of range or not integers; a compiled
 * function throws when it runs. The derivative adds the cotangents of repeated indices. Mirrors
 * numpy.take.
 *
 * @example console.log(take(tensor([10, 20, 30]), [2, 0, -1]).toArray()); // → [ 30, 10, 30 ]
 */
export function take(x: TensorLike, indices: Indices, options: { readonly axis?: number } = {}): Tensor {
  const input = toTensor('take', x);
  const { axis = 0 } = checkOptions('take', options, ['axis']);
  const checked = checkAxis('take', axis, input.ndim, input.shape);
  checkIndexable('take', input.shape, checked);
  return bind(takePrimitive, [input, readIndices('take', indices, 'indices')], { axis: checked });
}

/**
 * Returns out[i, …] = x[…, indices[i, …], …]: one index along `axis` for each element of the
 * result.
 *
 * The result has the shape of the indices. Throws a RangeError if the sizes of x and
 * indices differ along another axis, and for indices that are out of range or not integers.
 * Mirrors numpy.take_along_axis.
 *
 * @example
 * const x = tensor([[10, 20], [30, 40]]);
 * console.log(takeAlongAxis(x, [[1], [0]], { axis: 1 }).toArray()); // → [ [ 20 ], [ 30 ] ]
 */
export function takeAlongAxis(x: TensorLike, indices: Indices, options: { readonly axis: number }): Tensor {
  const input = toTensor('takeAlongAxis', x);
  const { axis } = checkOptions('takeAlongAxis', options, ['axis']);
  const indexTensor = readIndices('takeAlongAxis', indices, 'indices');
  const checked = checkAxis('takeAlongAxis', axis, input.ndim, input.shape);
  checkIndexable('takeAlongAxis', input.shape, checked);
  const expected = input.shape.map((size, a) => (a === checked ? indexTensor.shape[a] : size));
  if (indexTensor.ndim !== input.ndim || !sameShape(indexTensor.shape, expected)) {
    throw rangeError(
      'takeAlongAxis',
      `shapes differ outside of axis ${checked}: expected equal sizes, got ${formatShape(input.shape)} and ${formatShape(indexTensor.shape)}`,
    );
  }
  return bind(takeAlongAxisPrimitive, [input, indexTensor], { axis: checked });
}

/**
 * Returns labels, which must be integers from 0 to classes - 1. Throws a RangeError of the calling
 * op when it runs, for any other label.
 */
export const checkedLabels = (labels: Tensor, classes: number): Tensor =>
  bind(labelsPrimitive, [arange(classes), labels], undefined);

/**
 * Returns each label as a row of `classes` numbers: 1 at the label and 0 elsewhere.
 *
 * The shape is [...labels.shape, classes]. Throws a RangeError for labels that are not integers
 * from 0 to classes - 1, where JAX returns a row of zeros; a compiled function throws when it runs.
 * Mirrors jax.nn.one_hot.
 *
 * @example console.log(oneHot([2, 0], 3).toArray()); // → [ [ 0, 0, 1 ], [ 1, 0, 0 ] ]
 */
export function oneHot(labels: Indices, classes: number): Tensor {
  const count = checkInteger('oneHot', 'classes', classes, 1, MAX_EXACT_INTEGER);
  const labelTensor = readIndices('oneHot', labels, 'labels');
  checkSize('oneHot', [...labelTensor.shape, count]);
  return asOp('oneHot', () => {
    const checked = checkedLabels(labelTensor, count);
    return equal(withShape(checked, [...checked.shape, 1]), arange(count));
  });
}

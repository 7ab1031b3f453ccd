/** Choosing elements by their place. */
import { checkOptions } from '../check.ts';
import { scatterAddKernel } from '../compiler/custom.ts';
import { bind, isTraced, type LoopPrimitive, toTensor } from '../primitive.ts';
import {
  checkAxis,
  checkInteger,
  checkSize,
  describe,
  formatShape,
  sameShape,
  type Shape,
  sizeOf,
} from '../shape.ts';
import { Tensor, type TensorLike } from '../tensor.ts';
import { equal } from './compare.ts';
import { arange, tensor } from './creation.ts';
import { expandDims } from './structure.ts';

/** Whole numbers that name places on an axis: a number, nested arrays, an integer typed array, or a tensor. */
export type Indices = number | readonly Indices[] | ArrayLike<number> | Tensor;

/** float32 holds every whole number up to here. */
const MAXIMUM_INDEX = 2 ** 24;

const toIndices = (op: string, indices: Indices): Tensor => {
  if (indices instanceof Tensor) return indices;
  try {
    return tensor(indices);
  } catch (error) {
    if (error instanceof TypeError)
      throw new TypeError(`${op}: indices must be whole numbers: ${describe(indices)}`, { cause: error });
    if (error instanceof RangeError)
      throw new RangeError(`${op}: ${error.message.replace(/^tensor: /, '')}`, { cause: error });
    throw error;
  }
};

interface GatherAttributes {
  readonly axis: number;
  /** One index for each element of the result, rather than for each place along the axis. */
  readonly perElement: boolean;
}

const around = (shape: Shape, axis: number): { outer: number; axisSize: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  axisSize: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
});

const gatherPrimitive = (
  name: string,
  perElement: boolean,
  fromEnd: boolean = true,
): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([x, indices], { axis }) =>
    perElement ? indices : [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)],
  loops: ([x, indices], { axis }) => [
    {
      kind: 'gather',
      ...around(x, axis),
      count: perElement ? indices[axis] : sizeOf(indices),
      indexPerElement: perElement,
      fromEnd,
    },
  ],
  vjp: (ct, [x, indices], _out, { axis }) => [
    () => bind(scatterAddPrimitive, [ct, indices], { axis, perElement, shape: x.shape }),
  ],
});

/** The adjoint of gathering: adds every element of the cotangent to the place that it came from. */
const scatterAddPrimitive: LoopPrimitive<GatherAttributes & { readonly shape: Shape }> = {
  name: 'scatterAdd',
  shape: (_shapes, { shape }) => shape,
  loops: ([, indices], { axis, perElement, shape }) => {
    const { outer, axisSize, inner } = around(shape, axis);
    const count = perElement ? indices[axis] : sizeOf(indices);
    const sizes = [outer, axisSize, inner, count, perElement ? 1 : 0];
    return [{ kind: 'custom', kernel: scatterAddKernel, sizes }];
  },
  vjp: (ct, [, indices], _out, { axis, perElement }) => [
    () => bind(perElement ? takeAlongAxisPrimitive : takePrimitive, [ct, indices], { axis }),
  ],
};

const takePrimitive = gatherPrimitive('take', false);
const takeAlongAxisPrimitive = gatherPrimitive('takeAlongAxis', true);
/** The labels themselves, from 0, 1, …: checks them when it runs. */
const oneHotPrimitive = gatherPrimitive('oneHot', false, false);

const checkAxisSize = (op: string, shape: Shape, axis: number): void => {
  if (shape[axis] > MAXIMUM_INDEX) {
    throw new RangeError(
      `${op}: axes longer than ${MAXIMUM_INDEX} cannot be indexed: shape ${formatShape(shape)}`,
    );
  }
};

/**
 * The slices of x at `indices` along `axis` (default 0): shape x.shape with that axis replaced by the indices' shape. Negative indices
 * count from the end; others out of range are a RangeError. Mirrors numpy.take.
 */
export function take(x: TensorLike, indices: Indices, options: { readonly axis?: number } = {}): Tensor {
  const input = toTensor('take', x);
  const { axis = 0 } = checkOptions('take', options, ['axis']);
  const checked = checkAxis('take', axis, input.ndim, input.shape);
  checkAxisSize('take', input.shape, checked);
  return bind(takePrimitive, [input, toIndices('take', indices)], { axis: checked });
}

/**
 * out[i, …] = x[…, indices[i, …], …]: one index along `axis` for each element of the result, whose shape is that of the indices. The other
 * axes of x and indices must agree. Mirrors numpy.take_along_axis.
 */
export function takeAlongAxis(x: TensorLike, indices: Indices, options: { readonly axis: number }): Tensor {
  const input = toTensor('takeAlongAxis', x);
  const { axis } = checkOptions('takeAlongAxis', options, ['axis']);
  const places = toIndices('takeAlongAxis', indices);
  const checked = checkAxis('takeAlongAxis', axis, input.ndim, input.shape);
  checkAxisSize('takeAlongAxis', input.shape, checked);
  const expected = input.shape.map((size, a) => (a === checked ? places.shape[a] : size));
  if (places.ndim !== input.ndim || !sameShape(places.shape, expected)) {
    throw new RangeError(
      `takeAlongAxis: shapes differ outside of axis ${checked}: ${formatShape(input.shape)} and ${formatShape(places.shape)}`,
    );
  }
  return bind(takeAlongAxisPrimitive, [input, places], { axis: checked });
}

/**
 * Each label as a row of `classes` numbers, 1 at the label and 0 elsewhere: shape [...labels.shape, classes]. Throws a RangeError for
 * labels that are no whole numbers from 0 to classes - 1. Mirrors jax.nn.one_hot.
 */
export function oneHot(labels: Indices, classes: number): Tensor {
  const count = checkInteger('oneHot', 'classes', classes, 1, MAXIMUM_INDEX);
  const places = toIndices('oneHot', labels);
  checkSize('oneHot', [...places.shape, count]);
  // In a function that is being compiled, labels are not known until it runs.
  if (!isTraced(places)) checkLabels('oneHot', places, count);
  const known = isTraced(places) ? bind(oneHotPrimitive, [arange(count), places], { axis: 0 }) : places;
  return equal(expandDims(known, known.ndim), arange(count));
}

/** Throws a RangeError unless every element is a whole number from 0 to classes - 1. */
const checkLabels = (op: string, labels: Tensor, classes: number): void => {
  labels.data.forEach((label, position) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `${op}: label out of range: ${label} at position ${position}, for ${classes} classes`,
      );
    }
  });
};

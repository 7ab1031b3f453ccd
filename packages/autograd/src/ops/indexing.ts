/** Ops that select elements by index. */
import { asOp, callerOr, rangeError } from '../base/errors.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, checkSize, toTensor } from '../core/check.ts';
import type { DirectLoop } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, around, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { type Tensor, type TensorLike, isTensor } from '../core/tensor.ts';
import { equal } from './compare.ts';
import { arange, readTensor } from './creation.ts';
import { withShape } from './structure.ts';

/** Integers that index an axis: a number, nested arrays, an integer typed array, or a tensor. */
export type Indices = number | readonly Indices[] | ArrayLike<number> | Tensor;

/**
 * `readTensor` for indices or labels: throws a RangeError for numbers that float32 does not hold
 * exactly, because rounding would select another element.
 */
export const readIndices = (op: string, data: unknown, what: string): Tensor => {
  const result = readTensor(op, data, what);
  const check = (part: unknown): void => {
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

/** How to gather elements of x, seen as an array [outer, size, inner]. */
interface Gathering {
  /** The shape of x. */
  readonly shape: Shape;
  readonly axis: number;
  /** The size of the result along the axis: the number of indices that select along it. */
  readonly count: number;
  /** Whether each element of the result has its own index. */
  readonly perElement: boolean;
}

const gathering = (shape: Shape, indices: Shape, axis: number, perElement: boolean): Gathering => ({
  shape,
  axis,
  count: perElement ? indices[axis] : sizeOf(indices),
  perElement,
});

/**
 * Returns the loop for out[o, j, i] = x[o, index, i].
 *
 * `index` is indices[o, j, i] if `perElement`, else indices[j]. With `fromEnd`, negative indices
 * count from the end. Throws a RangeError for an index that is not an integer in [lowest, size).
 */
const gatherLoop = (
  name: string,
  { shape, axis, count, perElement }: Gathering,
  fromEnd: boolean,
): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  compute: (out, x, indices) => {
    const [outer, size, inner] = around(shape, axis);
    const lowest = fromEnd ? -size : 0;
    const readIndex = (position: number): number => {
      const index = indices[position];
      if (!Number.isInteger(index) || index < lowest || index >= size) {
        const problem = Number.isInteger(index) ? 'index out of range' : 'index is not an integer';
        throw rangeError(
          name,
          `${problem}: expected an integer from ${lowest} to ${size - 1} for an axis of size ${size}, got ${index} at position ${position}`,
        );
      }
      return index < 0 ? index + size : index;
    };
    if (perElement) {
      for (let o = 0; o < outer; o++) {
        for (let target = o * count * inner; target < (o + 1) * count * inner; target++)
          out[target] = x[(o * size + readIndex(target)) * inner + (target % inner)];
      }
      return;
    }
    for (let j = 0; j < count; j++) {
      const index = readIndex(j);
      for (let o = 0; o < outer; o++) {
        const source = (o * size + index) * inner;
        const target = (o * count + j) * inner;
        if (inner < 16) for (let i = 0; i < inner; i++) out[target + i] = x[source + i];
        else out.set(x.subarray(source, source + inner), target);
      }
    }
  },
});

/**
 * Returns the loop for out[o, index, i] = Σ ct[o, j, i], summed in double precision.
 *
 * This is the adjoint of gathering. It does not check the indices: gathering checked them.
 */
const scatterAddLoop = ({ shape, axis, count, perElement }: Gathering): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, ct, indices) => {
    const [outer, size, inner] = around(shape, axis);
    const readIndex = (position: number): number => {
      const index = indices[position];
      return index < 0 ? index + size : index;
    };
    // The indices to sum for: all of them, or only those that occur if these are fewer.
    const isSparse = !perElement && count < size;
    const lines = isSparse ? [...new Set(Array.from({ length: count }, (_, j) => readIndex(j)))] : undefined;
    const slots = new Int32Array(size).map((_, line) => line);
    lines?.forEach((line, slot) => (slots[line] = slot));
    const sums = new Float64Array((lines?.length ?? size) * inner);
    let source = 0;
    for (let o = 0; o < outer; o++) {
      sums.fill(0);
      for (let j = 0; j < count; j++) {
        let target = perElement ? 0 : slots[readIndex(j)] * inner;
        for (let i = 0; i < inner; i++) {
          if (perElement) target = readIndex(source) * inner;
          sums[target + i] += ct[source++];
        }
      }
      const start = o * size * inner;
      if (lines === undefined) out.set(sums, start);
      else {
        out.fill(0, start, start + size * inner);
        lines.forEach((line, slot) =>
          out.set(sums.subarray(slot * inner, (slot + 1) * inner), start + line * inner),
        );
      }
    }
  },
});

/** Returns the op `take` or, with an index for each element, `takeAlongAxis`. */
/* @__NO_SIDE_EFFECTS__ */
const gatherPrimitive = (name: string, perElement: boolean): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([x, indices], { axis }) =>
    perElement ? indices : [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)],
  loops: ([x, indices], { axis }) => [
    gatherLoop(callerOr(name), gathering(x, indices, axis, perElement), true),
  ],
  vjp: (ct, [x, indices], _out, { axis }) => [
    () => bind(scatterAddPrimitive, [ct, indices], { axis, perElement, shape: x.shape }),
  ],
});

const scatterAddPrimitive: LoopPrimitive<{ axis: number; perElement: boolean; shape: Shape }> = {
  name: 'scatterAdd',
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

/** Op that returns the labels: gathering them from 0, 1, … checks them when it runs. */
const oneHotPrimitive: LoopPrimitive<undefined> = {
  name: 'oneHot',
  shape: ([, labels]) => labels,
  loops: ([numbers, labels]) => [gatherLoop(callerOr('oneHot'), gathering(numbers, labels, 0, false), false)],
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
    const numbers = arange(count);
    const checked = bind(oneHotPrimitive, [numbers, labelTensor], undefined);
    return equal(withShape(checked, [...checked.shape, 1]), numbers);
  });
}

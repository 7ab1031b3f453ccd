/** Reductions along axes. `axis` is one axis, several or (left out) all; `keepdims` leaves them in with size 1. */
import { checkBoolean, checkNumber, checkOptions } from '../check.ts';
import { identity } from '../compiler/algebra.ts';
import type { DirectLoop } from '../compiler/loops.ts';
import * as reductions from '../compiler/reductions.ts';
import { bind, type LoopPrimitive, toTensor } from '../primitive.ts';
import {
  around,
  checkAxes,
  checkAxis,
  formatShape,
  reducedShape,
  type Shape,
  sizeOf,
  stridesOf,
} from '../shape.ts';
import { type Tensor, type TensorLike } from '../tensor.ts';
import { div, mul, sub } from './arithmetic.ts';
import { equal } from './compare.ts';
import { sqrt, square } from './math.ts';
import { concatenate } from './joining.ts';
import { slice } from './slicing.ts';
import { broadcastTo, reshape, transpose } from './structure.ts';

/** The axes to reduce, and whether they stay with size 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[];
  readonly keepdims?: boolean;
}

interface ReduceAttributes {
  readonly axes: readonly number[];
}

const reduceLoops =
  (reduction: reductions.Reduction): LoopPrimitive<ReduceAttributes>['loops'] =>
  ([shape], { axes }) => {
    const order = [...shape.keys()].filter((a) => !axes.includes(a)).concat(axes);
    const strides = stridesOf(shape);
    return [
      {
        kind: 'reduce',
        rule: identity,
        reduction,
        sizes: order.map((a) => shape[a]),
        reducedAxes: axes.length,
        operands: [{ input: 0, offset: 0, strides: order.map((a) => strides[a]) }],
      },
    ];
  };

const without = ([shape]: readonly Shape[], { axes }: ReduceAttributes): Shape =>
  reducedShape(shape, axes, false);

/** y, which lacks the axes of x that were reduced, repeated along them. */
const spreadOver = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  broadcastTo(reshape(y, reducedShape(x.shape, axes, true)), x.shape);

const sumPrimitive: LoopPrimitive<ReduceAttributes> = {
  name: 'sum',
  shape: without,
  loops: reduceLoops(reductions.sum),
  vjp: (ct, [x], _out, { axes }) => [() => spreadOver(ct, x, axes)],
};

/** What a reduction `op` is given, checked. */
export interface Reduction {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepdims: boolean;
  /** How many elements each result is made of. */
  readonly count: number;
}

export const checkReduction = (op: string, x: TensorLike, options: ReduceOptions): Reduction => {
  const input = toTensor(op, x);
  const { axis, keepdims = false } = checkOptions(op, options, ['axis', 'keepdims']);
  const axes = checkAxes(op, axis, input.shape);
  const count = axes.reduce((product, a) => product * input.shape[a], 1);
  return { input, axes, keepdims: checkBoolean(op, 'keepdims', keepdims), count };
};

const reduceWith = (
  primitive: LoopPrimitive<ReduceAttributes>,
  x: TensorLike,
  options: ReduceOptions,
): Tensor => {
  const { input, axes, keepdims } = checkReduction(primitive.name, x, options);
  const reduced = axes.length === 0 ? input : bind(primitive, [input], { axes });
  return keepdims ? reshape(reduced, reducedShape(input.shape, axes, true)) : reduced;
};

/** Sum of the elements, accumulated in double precision and rounded once; 0 for none. */
export function sum(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(sumPrimitive, x, options);
}

/** Arithmetic mean; NaN for no elements, as in NumPy. */
export function mean(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes, keepdims, count } = checkReduction('mean', x, options);
  return div(sum(input, { axis: axes, keepdims }), count);
}

/** `ddof` is subtracted from the count that squares are divided by: 0 (default) for the population, 1 for a sample. */
export interface VarianceOptions extends ReduceOptions {
  readonly ddof?: number;
}

/** Mean squared deviation from the mean. Mirrors numpy.var. */
export function variance(x: TensorLike, options: VarianceOptions = {}): Tensor {
  return varianceFor('variance', x, options);
}

const varianceFor = (op: string, x: TensorLike, options: VarianceOptions): Tensor => {
  const { ddof = 0, ...rest } = checkOptions(op, options, ['axis', 'keepdims', 'ddof']);
  checkNumber(op, 'ddof', ddof);
  const { input, axes: axis, keepdims, count } = checkReduction(op, x, rest);
  const deviation = sub(input, mean(input, { axis, keepdims: true }));
  return div(sum(square(deviation), { axis, keepdims }), Math.max(0, count - ddof));
};

/** Standard deviation, √variance. Mirrors numpy.std. */
export function std(x: TensorLike, options: VarianceOptions = {}): Tensor {
  return sqrt(varianceFor('std', x, options));
}

/* @__NO_SIDE_EFFECTS__ */
const extremum = (reduction: reductions.Reduction): LoopPrimitive<ReduceAttributes> => ({
  name: reduction.name,
  shape: ([shape], attrs) => {
    const out = without([shape], attrs);
    if (sizeOf(out) > 0 && sizeOf(shape) === 0) {
      throw new RangeError(
        `${reduction.name}: no elements to choose from: shape ${formatShape(shape)}, axes ${formatShape(attrs.axes)}`,
      );
    }
    return out;
  },
  loops: reduceLoops(reduction),
  vjp: (ct, [x], out, { axes }) => [
    () => {
      const best = equal(x, spreadOver(out, x, axes));
      const ties = sum(best, { axis: axes, keepdims: true });
      return mul(spreadOver(ct, x, axes), div(best, ties));
    },
  ],
});

const maxPrimitive = extremum(reductions.max);

/** The largest element, NaN if there is one; a RangeError for no elements. Ties share the derivative evenly, as in JAX. */
export function max(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(maxPrimitive, x, options);
}

const minPrimitive = extremum(reductions.min);

/** The smallest element, NaN if there is one; a RangeError for no elements. Ties share the derivative evenly, as in JAX. */
export function min(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(minPrimitive, x, options);
}

/**
 * Product of the elements; 1 for none. Halves are multiplied with each other until one element is left, so the derivative is
 * right where elements are 0, too.
 */
export function prod(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes, keepdims, count } = checkReduction('prod', x, options);
  const rest = [...input.shape.keys()].filter((a) => !axes.includes(a));
  const shape = reducedShape(input.shape, axes, keepdims);
  let left = reshape(transpose(input, [...axes, ...rest]), [count, sizeOf(rest.map((a) => input.shape[a]))]);
  if (count === 0) return broadcastTo(1, shape);
  while (left.shape[0] > 1) {
    const half = Math.floor(left.shape[0] / 2);
    const pairs = mul(slice(left, [0, half]), slice(left, [half, 2 * half]));
    left = left.shape[0] % 2 === 0 ? pairs : concatenate([pairs, slice(left, [2 * half, null])]);
  }
  return reshape(left, shape);
}

/** Calls `visit` for each line of elements along `axis`: with its number, where it starts and how far apart its elements lie. */
const forEachLine = (
  shape: Shape,
  axis: number,
  visit: (line: number, start: number, step: number) => void,
): void => {
  const [outer, size, inner] = around(shape, axis);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) visit(o * inner + i, o * size * inner + i, inner);
};

/** The place of the best element of each line; the first of equals, NaN first. */
const argLoop = (shape: Shape, axis: number, isBetter: (x: number, best: number) => boolean): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) =>
    forEachLine(shape, axis, (line, start, step) => {
      let place = 0;
      let best = x[start];
      for (let j = 1; j < shape[axis]; j++) {
        const value = x[start + j * step];
        if (isBetter(value, best) || (value !== value && best === best)) {
          best = value;
          place = j;
        }
      }
      out[line] = place;
    }),
});

/* @__NO_SIDE_EFFECTS__ */
const argPrimitive = (
  name: string,
  isBetter: (x: number, best: number) => boolean,
): LoopPrimitive<{ axis: number }> => ({
  name,
  shape: ([shape], { axis }) => {
    if (shape[axis] === 0)
      throw new RangeError(`${name}: no elements to choose from: shape ${formatShape(shape)}`);
    return reducedShape(shape, [axis], false);
  },
  loops: ([shape], { axis }) => [argLoop(shape, axis, isBetter)],
});

/** The axis to search, and whether it stays with size 1. */
export interface ArgOptions {
  readonly axis?: number;
  readonly keepdims?: boolean;
}

const argReduce = (
  primitive: LoopPrimitive<{ axis: number }>,
  x: TensorLike,
  options: ArgOptions,
): Tensor => {
  const input = toTensor(primitive.name, x);
  const { axis, keepdims = false } = checkOptions(primitive.name, options, ['axis', 'keepdims']);
  checkBoolean(primitive.name, 'keepdims', keepdims);
  if (axis === undefined) {
    const flat = bind(primitive, [reshape(input, [sizeOf(input.shape)])], { axis: 0 });
    return keepdims
      ? reshape(
          flat,
          input.shape.map(() => 1),
        )
      : flat;
  }
  const checked = checkAxis(primitive.name, axis, input.ndim, input.shape);
  const places = bind(primitive, [input], { axis: checked });
  return keepdims ? reshape(places, reducedShape(input.shape, [checked], true)) : places;
};

const argmaxPrimitive = argPrimitive('argmax', (x, best) => x > best);

/** The place of the largest element along `axis` (left out: in the flattened tensor). The first of equals; NaN counts as largest. */
export function argmax(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argmaxPrimitive, x, options);
}

const argminPrimitive = argPrimitive('argmin', (x, best) => x < best);

/** The place of the smallest element along `axis` (left out: in the flattened tensor). The first of equals; NaN counts as smallest. */
export function argmin(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argminPrimitive, x, options);
}

/** Running sums along each line, accumulated in double precision. */
const sumLoop = (shape: Shape, axis: number, reverse: boolean): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) =>
    forEachLine(shape, axis, (_line, start, step) => {
      const size = shape[axis];
      let sum = 0;
      for (let j = 0; j < size; j++) {
        const place = start + (reverse ? size - 1 - j : j) * step;
        sum += x[place];
        out[place] = sum;
      }
    }),
});

const cumsumPrimitive: LoopPrimitive<{ axis: number; reverse: boolean }> = {
  name: 'cumsum',
  shape: ([shape]) => shape,
  loops: ([shape], { axis, reverse }) => [sumLoop(shape, axis, reverse)],
  vjp: (ct, _inputs, _out, { axis, reverse }) => [
    () => bind(cumsumPrimitive, [ct], { axis, reverse: !reverse }),
  ],
};

/** Running sums along `axis` (left out: of the flattened tensor), accumulated in double precision. Mirrors numpy.cumsum. */
export function cumsum(x: TensorLike, options: { readonly axis?: number } = {}): Tensor {
  const input = toTensor('cumsum', x);
  const { axis } = checkOptions('cumsum', options, ['axis']);
  if (axis === undefined)
    return bind(cumsumPrimitive, [reshape(input, [sizeOf(input.shape)])], { axis: 0, reverse: false });
  return bind(cumsumPrimitive, [input], {
    axis: checkAxis('cumsum', axis, input.ndim, input.shape),
    reverse: false,
  });
}

/** Euclidean norm √Σx² over the axes. Mirrors numpy.linalg.norm with ord 2 on the flattened axes. The derivative at 0 is NaN. */
export function norm(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('norm', x, options);
  return sqrt(sum(square(input), { axis, keepdims }));
}

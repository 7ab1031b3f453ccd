/** Ops that walk the lines of elements along one axis: places of extremes, running sums. */
import { asOp, rangeError } from '../base/errors.ts';
import { checkAxis, checkBoolean, checkIndexable, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, around, formatShape, reducedShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { withShape } from './structure.ts';

/** Calls `visit` for each line of elements along `axis`: with its number, where it starts and how far apart its elements lie. */
export const forEachLine = (
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
      throw rangeError(
        name,
        `no elements to choose from: expected axis ${axis} to have some, got shape ${formatShape(shape)}`,
      );
    return reducedShape(shape, [axis], false);
  },
  loops: ([shape], { axis }) => [argLoop(shape, axis, isBetter)],
});

/** The axis to search, and whether it stays with size 1. */
export interface ArgOptions {
  readonly axis?: number;
  readonly keepdims?: boolean;
}

/** What to walk: the input along `axis`, or if none is given flattened. */
const alongAxis = (op: string, input: Tensor, axis: number | undefined): { walked: Tensor; axis: number } =>
  axis === undefined
    ? { walked: asOp(op, () => withShape(input, [sizeOf(input.shape)])), axis: 0 }
    : { walked: input, axis: checkAxis(op, axis, input.ndim, input.shape) };

const argReduce = (
  primitive: LoopPrimitive<{ axis: number }>,
  x: TensorLike,
  options: ArgOptions,
): Tensor => {
  const { name } = primitive;
  const input = toTensor(name, x);
  const { axis: given, keepdims = false } = checkOptions(name, options, ['axis', 'keepdims']);
  checkBoolean(name, 'keepdims', keepdims);
  const { walked, axis } = alongAxis(name, input, given);
  checkIndexable(name, walked.shape, axis);
  const places = bind(primitive, [walked], { axis });
  if (!keepdims) return places;
  const axes = given === undefined ? [...input.shape.keys()] : [axis];
  return withShape(places, reducedShape(input.shape, axes, true));
};

const argmaxPrimitive = argPrimitive('argmax', (x, best) => x > best);

/**
 * The place of the largest element along `axis` (left out: in the flattened tensor). The first of
 * equals; NaN counts as largest. Throws a RangeError for more than 2²⁴ elements.
 */
export function argmax(x: TensorLike, options: ArgOptions = {}): Tensor {
  return argReduce(argmaxPrimitive, x, options);
}

const argminPrimitive = argPrimitive('argmin', (x, best) => x < best);

/**
 * The place of the smallest element along `axis` (left out: in the flattened tensor). The first of
 * equals; NaN counts as smallest. Throws a RangeError for more than 2²⁴ elements.
 */
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
  const given = checkOptions('cumsum', options, ['axis']).axis;
  const { walked, axis } = alongAxis('cumsum', toTensor('cumsum', x), given);
  return bind(cumsumPrimitive, [walked], { axis, reverse: false });
}

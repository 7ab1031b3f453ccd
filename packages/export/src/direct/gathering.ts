/** Ops that take elements by their indices. */
import { sizeOf, stridesOf } from '@mini/autograd/check';
import { positionsOf, repeatingStrides, takeFlat } from '../arrays.ts';
import { type Shape, type Target, type Value, broadcastShape } from '../target.ts';
import { type Rule, axisIn } from './call.ts';

/** Integers along an axis of size `size` from numbers that can count from its end. */
export const wrapped = (target: Target, numbers: Value, size: number): Value => {
  const indices = target.convert(numbers, 'index');
  const zero = target.constant('index', [], [0]);
  const fromEnd = target.binary('add', indices, target.constant('index', [], [size]));
  return target.select(target.compare('less', indices, zero), fromEnd, indices);
};

/** The positions of the elements of an array of `sizes`, without those along axes with stride 0. */
export const positionsIn = (target: Target, sizes: Shape, strides: readonly number[]): Value =>
  positionsOf(target, { offset: 0, sizes, strides });

/** Gathers x along an axis, with one index for each element of the result. */
export const gatherElements = (target: Target, x: Value, indices: Value, axis: number): Value => {
  const shape = broadcastShape(
    x.shape.map((size, a) => (a === axis ? 1 : size)),
    indices.shape,
  );
  const strides = repeatingStrides(x.shape).with(axis, 0);
  const step = target.constant('index', [], [stridesOf(x.shape)[axis]]);
  const along = target.binary('mul', wrapped(target, indices, x.shape[axis]), step);
  const positions = target.binary('add', positionsIn(target, shape, strides), along);
  return takeFlat(target, x, target.broadcast(positions, shape));
};

/** Gathers x along an axis, with the same indices for each line. */
export const take: Rule = ({ target, inputs: [x, indices], count, shape, params }) => {
  const axis = axisIn(params);
  const own = indices.shape.slice(1);
  const moved = [axis, ...[...x.shape.keys()].filter((a) => a !== axis)];
  if (x.shape[0] === 1 && indices.shape[0] === 1) {
    const rows = target.transpose(x, moved);
    const [size, ...rest] = rows.shape;
    const flat = target.reshape(wrapped(target, indices, size), [sizeOf(own)]);
    const taken = target.takeRows(target.reshape(rows, [size, sizeOf(rest)]), flat);
    const back = target.transpose(
      target.reshape(taken, [sizeOf(own), ...rest]),
      [...x.shape.keys()].map((a) => moved.indexOf(a)),
    );
    return target.reshape(back, [1, ...shape]);
  }
  // One index for each element: [count, before, indices, after].
  const size = x.shape[axis];
  const [before, after] = [sizeOf(x.shape.slice(1, axis)), sizeOf(x.shape.slice(axis + 1))];
  const lines = target.reshape(x, [x.shape[0], before, size, after]);
  const each = target.reshape(indices, [indices.shape[0], 1, sizeOf(own), 1]);
  return target.reshape(gatherElements(target, lines, each, 2), [count, ...shape]);
};

export const takeAlongAxis: Rule = ({ target, inputs: [x, indices], count, shape, params }) =>
  target.reshape(gatherElements(target, x, indices, axisIn(params)), [count, ...shape]);

/** Ops that change elements at their indices. */
import { sizeOf, stridesOf } from '@mini/autograd/check';
import { full } from '../arrays.ts';
import type { Target, Value } from '../target.ts';
import { type Call, type Rule, asLines, axisIn } from './call.ts';
import { positionsIn, wrapped } from './gathering.ts';

/** How updates change what is at their indices. */
type Change = 'add' | 'set';

/**
 * Adds updates to x, or replaces parts of it. `positions` has, for each update, its position in
 * the memory of x. Of several updates at one position, the last replaces the others.
 */
export const scatterFlat = (
  target: Target,
  how: Change,
  x: Value,
  updates: Value,
  positions: Value,
): Value => {
  const [size, count] = [sizeOf(x.shape), sizeOf(updates.shape)];
  if (count === 0) return x;
  const at = target.reshape(positions, [count]);
  const flat = target.reshape(x, [size, 1]);
  const rows = target.reshape(updates, [count, 1]);
  if (how === 'add') return target.reshape(target.scatterRows('add', flat, at, rows), x.shape);
  const none = full(target, 'float', [size, 1], -1);
  const numbers = target.convert(target.iota([count, 1], 0), 'float');
  const last = target.scatterRows('max', none, at, numbers);
  const zero = target.constant('float', [], [0]);
  const chosen = target.convert(target.reshape(target.binary('max', last, zero), [size]), 'index');
  const replaced = target.compare('lessEqual', zero, last);
  return target.reshape(target.select(replaced, target.takeRows(rows, chosen), flat), x.shape);
};

/** Scatters updates [...before, ...indices, ...after] along an axis of x. */
const scatter = (
  how: Change,
  { target, count }: Call,
  x: Value,
  updates: Value,
  indices: Value,
  axis: number,
): Value => {
  const shape = [count, ...x.shape.slice(1)];
  const whole = target.broadcast(x, shape);
  const lines = asLines(target, whole, count, axis);
  const [outer, size, inner] = lines.shape;
  const number = sizeOf(indices.shape.slice(1));
  const before = outer / count;
  const positions = positionsIn(
    target,
    [count, before, number, inner],
    [before * size * inner, size * inner, 0, 1],
  );
  const each = target.reshape(wrapped(target, indices, size), [indices.shape[0], 1, number, 1]);
  const along = target.binary('mul', each, target.constant('index', [], [inner]));
  const at = target.broadcast(target.binary('add', positions, along), [count, before, number, inner]);
  const all = target.broadcast(updates, [count, ...updates.shape.slice(1)]);
  return target.reshape(scatterFlat(target, how, lines, all, at), shape);
};

/** The adjoint of `take` or `takeAlongAxis`: adds cotangents at their indices. */
export const gatherAdjoint: Rule = (call) => {
  const {
    target,
    inputs: [ct, indices],
    count,
    shape,
    params,
  } = call;
  const zeros = full(target, 'float', [count, ...shape], 0);
  const axis = axisIn(params);
  if (params['perElement'] !== true) return scatter('add', call, zeros, ct, indices, axis);
  const strides = stridesOf(zeros.shape);
  const all = [count, ...ct.shape.slice(1)];
  const along = target.binary(
    'mul',
    wrapped(target, indices, shape[axis - 1]),
    target.constant('index', [], [strides[axis]]),
  );
  const positions = target.binary('add', positionsIn(target, all, strides.with(axis, 0)), along);
  return scatterFlat(target, 'add', zeros, target.broadcast(ct, all), target.broadcast(positions, all));
};

export const scatterAlong =
  (how: Change): Rule =>
  (call) => {
    const [updates, indices, x] = call.inputs;
    return scatter(how, call, x, updates, indices, axisIn(call.params));
  };

export const segmentSum: Rule = (call) => {
  const [x, segments] = call.inputs;
  const zeros = full(call.target, 'float', [1, ...call.shape], 0);
  return scatter('add', call, zeros, x, segments, 1);
};

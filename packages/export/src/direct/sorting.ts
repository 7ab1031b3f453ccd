/** Ops that sort, and that search in sorted numbers. */
import { sizeOf } from '@mini/autograd/check';
import { full, sliceAxis } from '../arrays.ts';
import type { Target, Value } from '../target.ts';
import { type Rule, asLines, axisIn } from './call.ts';
import { gatherElements } from './gathering.ts';

export const argsort: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, axisIn(params));
  const order = target.argsort(lines, 1, false);
  return target.reshape(target.convert(order, 'float'), [count, ...shape]);
};

export const topK: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, x.shape.length - 1);
  const order = target.argsort(lines, 1, true);
  const first = sliceAxis(target, order, 1, { start: 0, end: params['k'] as number, step: 1 });
  return target.reshape(target.convert(first, 'float'), [count, ...shape]);
};

/**
 * The order [count, n] that sorts words: first by their lower 16 bits, then by the upper 16, since
 * float32 does not hold all words.
 */
const orderOf = (target: Target, words: Value): Value => {
  const digits = (turned: Value): Value => target.convert(target.remainder(turned, 2 ** 16), 'float');
  const sorted = (keys: Value): Value => target.convert(target.argsort(keys, 1, false), 'float');
  const first = sorted(digits(words));
  const upper = gatherElements(target, digits(target.rotateLeft(words, 16)), first, 1);
  return gatherElements(target, first, sorted(upper), 1);
};

/**
 * Sorts 0 … n - 1 by the words of each operand in turn. Word i is the sort key of the element that
 * is then at index i.
 */
export const permutation: Rule = ({ target, inputs, count, shape: [n] }) =>
  inputs
    .map((input) => orderOf(target, target.broadcast(input, [count, n])))
    .reduce((before, next) => gatherElements(target, before, next, 1));

/**
 * Counts for each number the running sums that are 0 or smaller than the number, except the last
 * one.
 */
export const searchRunningSums: Rule = ({ target, inputs: [sums, numbers], count, shape }) => {
  const others = sums.shape[1] - 1;
  const size = sizeOf(shape);
  if (others === 0) return full(target, 'float', [count, ...shape], 0);
  const row = sliceAxis(target, sums, 1, { start: 0, end: others, step: 1 });
  const all = [count, size, others];
  const before = target.broadcast(target.reshape(row, [row.shape[0], 1, others]), all);
  const each = target.broadcast(target.reshape(numbers, [numbers.shape[0], size, 1]), all);
  const [zero, one] = [0, 1].map((value) => target.constant('float', [], [value]));
  const isZero = target.compare('equal', before, zero);
  const counted = target.select(target.compare('less', before, each), one, target.select(isZero, one, zero));
  return target.reshape(target.reduce('sum', counted, [2]), [count, ...shape]);
};

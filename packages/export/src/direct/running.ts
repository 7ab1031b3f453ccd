/** Ops that combine each element of a line with those before it. */
import { full, padAxis } from '../arrays.ts';
import type { Target, Value } from '../target.ts';
import { type Rule, asLines, axisIn } from './call.ts';

/** Values that a running computation combines: the earlier ones, and those of an element. */
type Combine = (before: readonly Value[], own: readonly Value[]) => readonly Value[];

/**
 * Combines each element of lines [lines, size, after] with all before it, in log₂(size) steps.
 * `fill` has the value of nothing, for each of the arrays.
 */
const accumulate = (
  target: Target,
  given: readonly Value[],
  reverse: boolean,
  fill: readonly number[],
  combine: Combine,
): readonly Value[] => {
  const [, size] = given[0].shape;
  let values = given;
  for (let shift = 1; shift < size; shift *= 2) {
    const before = values.map((x, i) => {
      const [lines, , after] = x.shape;
      const rest = target.slice(x, [
        { start: 0, end: lines, step: 1 },
        reverse ? { start: shift, end: size, step: 1 } : { start: 0, end: size - shift, step: 1 },
        { start: 0, end: after, step: 1 },
      ]);
      const nothing = full(target, x.type, [lines, shift, after], fill[i]);
      return target.concatenate(reverse ? [rest, nothing] : [nothing, rest], 1);
    });
    values = combine(before, values);
  }
  return values;
};

/** Combines each element with all before it, by an operation with a neutral number. */
export const running =
  (operation: 'add' | 'max' | 'mul', neutral: number): Rule =>
  ({ target, inputs: [x], count, shape, params }) => {
    const lines = asLines(target, x, count, axisIn(params));
    const reverse = params['reverse'] === true;
    const [results] = accumulate(target, [lines], reverse, [neutral], ([before], [own]) => [
      target.binary(operation, before, own),
    ]);
    return target.reshape(results, [count, ...shape]);
  };

/** y[i] = a[i]·y[i - 1] + b[i]. */
export const linearRecurrence: Rule = ({ target, inputs, count, shape, params }) => {
  const [a, b] = inputs.map((x) => asLines(target, x, count, axisIn(params)));
  const reverse = params['reverse'] === true;
  const [, terms] = accumulate(target, [a, b], reverse, [1, 0], ([a1, b1], [a2, b2]) => [
    target.binary('mul', a1, a2),
    target.binary('add', target.binary('mul', a2, b1), b2),
  ]);
  return target.reshape(terms, [count, ...shape]);
};

const isNaN = (target: Target, x: Value): Value => target.unary('not', target.compare('equal', x, x));

/** The index of the largest element so far. */
export const runningArgmax: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, axisIn(params));
  const indices = target.convert(target.iota(lines.shape, 1), 'float');
  const [, found] = accumulate(
    target,
    [lines, indices],
    false,
    [-Infinity, Infinity],
    ([value, index], [own, ownIndex]) => {
      // Nothing has the index Infinity: it loses also against -Infinity.
      const isSome = target.compare('less', index, target.constant('float', [], [Infinity]));
      const isBest = target.binary('or', target.compare('lessEqual', own, value), isNaN(target, value));
      const stays = target.binary('and', isSome, isBest);
      return [target.select(stays, value, own), target.select(stays, index, ownIndex)];
    },
  );
  return target.reshape(found, [count, ...shape]);
};

/** The first index of the largest or smallest element, or of NaN. */
export const argExtremum =
  (name: 'max' | 'min'): Rule =>
  ({ target, inputs: [x], count, shape, params }) => {
    const lines = asLines(target, x, count, axisIn(params));
    const [outer, size, inner] = lines.shape;
    const best = target.reshape(target.reduce(name, lines, [1]), [outer, 1, inner]);
    const isBest = target.binary('or', target.compare('equal', lines, best), isNaN(target, lines));
    // NaN comes before numbers, which cannot be the best then.
    const hasNaN = target.reduce(
      'max',
      target.select(isNaN(target, lines), full(target, 'float', [], 1), full(target, 'float', [], 0)),
      [1],
    );
    const onlyNaN = target.compare(
      'less',
      full(target, 'float', [], 0),
      target.reshape(hasNaN, [outer, 1, inner]),
    );
    const isChosen = target.binary(
      'and',
      isBest,
      target.binary('or', target.unary('not', onlyNaN), isNaN(target, lines)),
    );
    const indices = target.convert(target.iota([1, size, 1], 1), 'float');
    const found = target.reduce(
      'min',
      target.select(isChosen, indices, target.constant('float', [], [size])),
      [1],
    );
    return target.reshape(found, [count, ...shape]);
  };

/**
 * For each element of a row, the product of all others; with directions, its derivatives along
 * them. Products are polynomials in one variable for each direction, without their squares: one
 * coefficient for each set of variables.
 */
export const otherProducts: Rule = ({ target, inputs, count, shape }) => {
  const [x, ...directions] = inputs.map((input) => asLines(target, input, count, 2));
  const sets = 2 ** directions.length;
  const zero = full(target, 'float', x.shape, 0);
  const factors = Array.from({ length: sets }, (_, set) => {
    if (set === 0) return x;
    return directions.find((_direction, d) => set === 2 ** d) ?? zero;
  });
  const sum = (terms: readonly Value[]): Value => terms.reduce((a, b) => target.binary('add', a, b));
  const multiply: Combine = (a, b) =>
    Array.from({ length: sets }, (_, set) =>
      sum(
        Array.from({ length: sets }, (_unused, part) => part)
          .filter((part) => (part & set) === part)
          .map((part) => target.binary('mul', a[part], b[set ^ part])),
      ),
    );
  const one = Array.from({ length: sets }, (_, set) => (set === 0 ? 1 : 0));
  /** The products of all elements before each, or of all after it. */
  const productsBeside = (reverse: boolean): readonly Value[] => {
    const all = accumulate(target, factors, reverse, one, multiply);
    return all.map((product, set) => {
      const [lines, size, after] = product.shape;
      const edge = full(target, 'float', [lines, 1, after], one[set]);
      const rest = padAxis(
        target,
        product,
        1,
        reverse ? { low: -1, high: 0, between: 0 } : { low: 0, high: -1, between: 0 },
      );
      return size === 1 ? edge : target.concatenate(reverse ? [rest, edge] : [edge, rest], 1);
    });
  };
  const [before, after] = [productsBeside(false), productsBeside(true)];
  const products = before.map((product, set) => target.binary('mul', product, after[sets - 1 - set]));
  return target.reshape(sum(products), [count, ...shape]);
};

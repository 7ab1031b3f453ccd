/** Splits examples into folds for cross-validation. */
import { random, type tree } from '@mini/autograd';
import { asOp, checkInteger, checkOptions, describe, rangeError } from '@mini/autograd/check';
import type { SplitOptions } from './split.ts';
import { positionsByClass, readClasses, readData } from './strata.ts';
import type { Table } from './table.ts';

export interface KFoldOptions extends Pick<SplitOptions, 'stratify'> {
  /** The number of folds, from 2 to the number of examples: 5 by default. */
  readonly folds?: number;
}

/**
 * Returns the positions of an order in which the folds take turns. Those of a class follow one
 * another, so that each fold gets its share of it.
 */
const turns = (
  op: string,
  order: Float32Array,
  classes: ArrayLike<unknown>,
  folds: number,
): readonly number[] => {
  const groups = positionsByClass(order, classes);
  for (const [name, { length }] of groups)
    if (length < folds)
      throw rangeError(
        op,
        `a class has fewer examples than there are folds: expected at least ${folds}, got ${length} of class ${describe(name)}`,
      );
  return [...groups.values()].flat();
};

/**
 * Splits examples into folds at random. Each is the test set once, and the others are then the
 * training set.
 *
 * `data` is a tree of tensors with the same first axis, such as { x, labels }, or a table. The
 * parts have the form of `data`, and are made when the loop reaches them. The result can be
 * iterated again, with the same folds. Their sizes differ by at most 1. With `stratify`, the
 * numbers of examples of a class differ by at most 1, too. Mirrors KFold and StratifiedKFold of
 * sklearn.model_selection, with shuffling.
 *
 * Throws a RangeError if there are fewer examples than folds, or of a class with `stratify`, and if
 * the tensors have different numbers of examples.
 *
 * @example
 * const data = { x: zeros([6, 3]), labels: tensor([0, 0, 1, 1, 1, 1]) };
 * for (const { train, test } of kFold(random.key(0), data, { folds: 2, stratify: data.labels }))
 *   console.log(train.x.shape, sum(test.labels).item());
 * // → [ 3, 3 ] 2
 * // → [ 3, 3 ] 2
 */
export function kFold(
  key: random.Key,
  data: Table,
  options?: KFoldOptions,
): Iterable<{ train: Table; test: Table }>;
export function kFold<T>(
  key: random.Key,
  data: tree.TensorTree<T> & T,
  options?: KFoldOptions,
): Iterable<{ train: T; test: T }>;
export function kFold(
  key: random.Key,
  data: unknown,
  options: KFoldOptions = {},
): Iterable<{ train: unknown; test: unknown }> {
  const op = 'kFold';
  // The key is checked first: an error in it should not name the data.
  asOp(op, () => random.foldIn(key, 0));
  const { folds = 5, stratify } = checkOptions(op, options, ['folds', 'stratify']);
  const { count, take } = readData(op, data);
  checkInteger(op, 'folds', folds, 2);
  if (folds > count)
    throw rangeError(op, `too many folds: expected at most ${count}, one for each example, got ${folds}`);
  const order = asOp(op, () => random.permutation(key, count)).data as Float32Array;
  /** The fold of each position in the order. */
  const foldOf = new Uint32Array(count);
  const positions =
    stratify === undefined ? [...foldOf.keys()] : turns(op, order, readClasses(op, stratify, count), folds);
  positions.forEach((position, turn) => (foldOf[position] = turn % folds));
  return {
    *[Symbol.iterator]() {
      for (let fold = 0; fold < folds; fold++) {
        yield {
          train: take(order.filter((_, position) => foldOf[position] !== fold)),
          test: take(order.filter((_, position) => foldOf[position] === fold)),
        };
      }
    },
  };
}

/** Splits examples into those for training and those for the test. */
import { random, type Tensor, type tree } from '@mini/autograd';
import { asOp, checkNumber, checkOptions, describe, rangeError } from '@mini/autograd/check';
import { positionsByClass, readClasses, readData } from './strata.ts';
import type { Table } from './table.ts';

export interface SplitOptions {
  /** The fraction of the examples for the test: 0.25 by default. */
  readonly testFraction?: number;
  /**
   * A class for each example, such as labels or a column of the table: both parts then have each
   * class as often as all examples have it, as far as that is possible.
   */
  readonly stratify?: Tensor | readonly (number | string | null)[] | ArrayBufferView;
}

/** Throws if a class has one example, or if a part cannot have one of each class. */
const checkGroups = (
  op: string,
  groups: ReadonlyMap<unknown, readonly number[]>,
  smallerPart: number,
): void => {
  for (const [name, positions] of groups)
    if (positions.length < 2)
      throw rangeError(
        op,
        `a class has one example: expected at least 2 of each, got 1 of class ${describe(name)}`,
      );
  if (smallerPart < groups.size)
    throw rangeError(
      op,
      `a part has fewer examples than there are classes: expected at least ${groups.size}, got ${smallerPart}`,
    );
};

/**
 * Returns the positions in `order` of the test examples: of each class its share, rounded down, and
 * one more of the classes with the largest remainders.
 */
const stratified = (
  op: string,
  order: Float32Array,
  classes: ArrayLike<unknown>,
  testCount: number,
): ReadonlySet<number> => {
  const groups = positionsByClass(order, classes);
  checkGroups(op, groups, Math.min(testCount, order.length - testCount));
  const shares = [...groups.values()].map((positions) => ({
    positions,
    share: (testCount * positions.length) / order.length,
  }));
  const chosen = new Set(shares.flatMap(({ positions, share }) => positions.slice(0, Math.floor(share))));
  const byRemainder = shares.toSorted((a, b) => (b.share % 1) - (a.share % 1));
  for (const { positions, share } of byRemainder.slice(0, testCount - chosen.size))
    chosen.add(positions[Math.floor(share)]);
  return chosen;
};

/**
 * Splits examples at random into a training set and a test set.
 *
 * `data` is a tree of tensors with the same first axis, such as { x, labels }, or a table. Both
 * results have the form of `data`. Each example is in one of them. The test has testFraction · n
 * examples, rounded. Not for time series, whose neighbours resemble each other: split these at a
 * point in time. Mirrors sklearn.model_selection.train_test_split.
 *
 * Throws a RangeError if the tensors have different numbers of examples, if a part would be empty,
 * and with `stratify` if a class has one example, or if a part has fewer examples than there are
 * classes.
 *
 * @example
 * const data = { x: zeros([10, 3]), labels: tensor([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]) };
 * const options = { testFraction: 0.5, stratify: data.labels };
 * const { train, test } = trainTestSplit(random.key(0), data, options);
 * console.log(train.x.shape, sum(test.labels).item()); // → [ 5, 3 ] 1
 */
export function trainTestSplit(
  key: random.Key,
  data: Table,
  options?: SplitOptions,
): { train: Table; test: Table };
export function trainTestSplit<T>(
  key: random.Key,
  data: tree.TensorTree<T> & T,
  options?: SplitOptions,
): { train: T; test: T };
export function trainTestSplit(
  key: random.Key,
  data: unknown,
  options: SplitOptions = {},
): { train: unknown; test: unknown } {
  const op = 'trainTestSplit';
  // The key is checked first: an error in it should not name the data.
  asOp(op, () => random.foldIn(key, 0));
  const { testFraction = 0.25, stratify } = checkOptions(op, options, ['testFraction', 'stratify']);
  checkNumber(op, 'testFraction', testFraction, 'a number between 0 and 1', (part) => part > 0 && part < 1);
  const { count, take } = readData(op, data);
  const testCount = Math.round(testFraction * count);
  if (testCount === 0 || testCount === count)
    throw rangeError(
      op,
      `a part would be empty: expected examples for training and for the test, got ${count} with testFraction ${testFraction}`,
    );
  const order = asOp(op, () => random.permutation(key, count)).data as Float32Array;
  const chosen =
    stratify === undefined ? undefined : stratified(op, order, readClasses(op, stratify, count), testCount);
  const isTest = (_: number, position: number): boolean => chosen?.has(position) ?? position < testCount;
  return {
    test: take(order.filter(isTest)),
    train: take(order.filter((example, position) => !isTest(example, position))),
  };
}

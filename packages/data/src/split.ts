/** Splits examples into those for training and those for the test. */
import { random, type tree } from '@mini/autograd';
import { asOp, checkNumber, checkOptions, rangeError } from '@mini/autograd/check';
import { readExamples } from './examples.ts';

export interface SplitOptions {
  /** The fraction of the examples for the test: 0.25 by default. */
  readonly testFraction?: number;
}

/**
 * Splits examples at random into a training set and a test set.
 *
 * `data` is a tree of tensors with the same first axis, such as { x, labels }. Both results have
 * the form of `data`. Each example is in one of them. The test has testFraction · n examples,
 * rounded. Not for time series, whose neighbours resemble each other: split these at a point in
 * time. Mirrors sklearn.model_selection.train_test_split.
 *
 * Throws a RangeError if the tensors have different numbers of examples, or if a part would be
 * empty.
 *
 * @example
 * const data = { x: zeros([10, 3]), labels: arange(10) };
 * const { train, test } = trainTestSplit(random.key(0), data, { testFraction: 0.2 });
 * console.log(train.x.shape, test.labels.shape); // → [ 8, 3 ] [ 2 ]
 */
export function trainTestSplit<T>(
  key: random.Key,
  data: tree.TensorTree<T> & T,
  options: SplitOptions = {},
): { train: T; test: T } {
  const op = 'trainTestSplit';
  // The key is checked first: an error in it should not name the data.
  asOp(op, () => random.foldIn(key, 0));
  const { testFraction = 0.25 } = checkOptions(op, options, ['testFraction']);
  checkNumber(op, 'testFraction', testFraction, 'a number between 0 and 1', (part) => part > 0 && part < 1);
  const { count, take } = readExamples<T>(op, data);
  const testCount = Math.round(testFraction * count);
  if (testCount === 0 || testCount === count)
    throw rangeError(
      op,
      `a part would be empty: expected examples for training and for the test, got ${count} with testFraction ${testFraction}`,
    );
  const order = asOp(op, () => random.permutation(key, count)).data;
  return { test: take(order.slice(0, testCount)), train: take(order.slice(testCount)) };
}

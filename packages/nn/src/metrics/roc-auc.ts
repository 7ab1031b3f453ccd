/** The area under the ROC curve. */
import {
  add,
  arange,
  argsort,
  concatenate,
  cummax,
  cumsum,
  div,
  flip,
  isNaN,
  logicalNot,
  type Indices,
  mul,
  notEqual,
  ones,
  slice,
  sub,
  sum,
  take,
  type Tensor,
} from '@mini/autograd';
import { asOp, checkTensor, checkedLabels, formatShape, rangeError, readIndices } from '@mini/autograd/check';
import { checkSameShape } from '../losses/reduction.ts';

/**
 * The area under the ROC curve of scores [n] and labels [n] of 0 and 1: the probability that an
 * example of class 1 has a larger score than one of class 0, where equal scores count half.
 *
 * Scores are probabilities of class 1, logits or any other numbers; NaN counts as larger than every
 * number. The result is exact up to rounding, and NaN if a class has no examples. It is that of all
 * examples together: the mean over batches is another number.
 *
 * Throws a RangeError if the shapes differ, and for labels other than 0 and 1. Mirrors
 * sklearn.metrics.roc_auc_score.
 *
 * @example
 * console.log(rocAuc(tensor([0.1, 0.4, 0.35, 0.8]), [0, 0, 1, 1]).item()); // → 0.75
 */
export function rocAuc(scores: Tensor, labels: Indices): Tensor {
  const op = 'rocAuc';
  checkTensor(op, 'scores', scores);
  const targets = readIndices(op, labels, 'labels');
  checkSameShape(op, scores, targets, ['scores', 'labels']);
  const { shape, size: count } = scores;
  if (shape.length !== 1 || count === 0)
    throw rangeError(op, `invalid scores: expected shape [n] with n > 0, got ${formatShape(shape)}`);
  return asOp(op, () => {
    const order = argsort(scores);
    const sorted = take(scores, order);
    const isOne = take(checkedLabels(targets, 2), order);
    const isZero = sub(1, isOne);
    const [later, earlier] = [slice(sorted, [1, count]), slice(sorted, [0, count - 1])];
    // NaN is at the end. All of them count as equal.
    const changes = mul(notEqual(later, earlier), logicalNot(isNaN(earlier)));
    const indices = arange(count);
    // The first and the last index with the same score.
    const first = cummax(mul(concatenate([ones([1]), changes]), indices));
    const fromEnd = cummax(mul(flip(concatenate([changes, ones([1])])), indices));
    const last = sub(count - 1, flip(fromEnd));
    // The examples of class 0 up to an index, and before it.
    const upTo = cumsum(isZero);
    const before = sub(upTo, isZero);
    const below = div(add(take(before, first), take(upTo, last)), 2);
    return div(sum(mul(isOne, below)), mul(sum(isOne), sum(isZero)));
  });
}

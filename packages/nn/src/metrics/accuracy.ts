/** The fraction of correct predictions. */
import {
  argmax,
  div,
  equal,
  greater,
  type Indices,
  max,
  mean,
  mul,
  sum,
  type Tensor,
  tensor,
} from '@mini/autograd';
import {
  asOp,
  checkNumber,
  checkOptions,
  checkTensor,
  checkedLabels,
  formatShape,
  rangeError,
  readIndices,
  sameShape,
} from '@mini/autograd/check';
import { checkSameShape, inUnitInterval, squeezeAdvice } from '../losses/reduction.ts';
import { makeMetric, type Metric, type Totals } from './metric.ts';

export interface AccuracyOptions {
  /**
   * For two classes: the number above which the prediction is class 1. Predictions then have the
   * shape of the labels. For a threshold between 0 and 1, such as 0.5, they must be probabilities
   * of class 1; for any other, such as 0, they are logits or other scores.
   */
  readonly threshold?: number;
}

/** Checks logits [..., classes] and labels [...], and returns the labels as a tensor. */
export const readLabels = (
  op: string,
  logits: Tensor,
  labels: Indices,
  count?: number,
  moreAdvice: string = '; for probabilities p, write sub(1, p) for zeros',
): Tensor => {
  checkTensor(op, 'logits', logits);
  const targets = readIndices(op, labels, 'labels');
  const [shape, classes] = [logits.shape.slice(0, -1), logits.shape.at(-1) ?? 0];
  const fits = count === undefined ? classes > 1 : classes === count;
  if (!fits || !sameShape(shape, targets.shape)) {
    const isAlike = sameShape(targets.shape, logits.shape);
    const isOneLogit = logits.ndim < 2 || classes === 1;
    const isColumn = classes === 1 && logits.ndim > 1;
    const pair = `${isColumn ? 'concatenate' : 'stack'}([zerosLike(logits), logits], { axis: -1 })`;
    const labelsToo = isColumn && isAlike ? ' and squeeze(labels, { axis: -1 })' : '';
    const advice =
      isOneLogit && (isAlike || sameShape(shape, targets.shape))
        ? `; for one logit for each example, write ${pair}${labelsToo}${moreAdvice}`
        : isAlike
          ? '; write argmax(labels, { axis: -1 })'
          : squeezeAdvice(shape, 'labels', targets.shape);
    throw rangeError(
      op,
      `labels and logits do not fit: expected shapes [...] and [..., ${count ?? 'classes'}], got ${formatShape(targets.shape)} and ${formatShape(logits.shape)}${advice}`,
    );
  }
  return targets;
};

/** Returns 1 where x is a number, and 0 where it is NaN. */
const isNumber = (x: Tensor): Tensor => equal(x, x);

/** Returns 1 for rows of numbers, and 0 for those with NaN: these predict no class. */
export const predictsClass = (logits: Tensor): Tensor => isNumber(max(logits, { axis: -1 }));

/** Checks the options, and returns the threshold if there is one. */
const readThreshold = (op: string, options: AccuracyOptions): number | undefined => {
  const { threshold } = checkOptions(op, options, ['threshold']);
  return threshold === undefined ? undefined : checkNumber(op, 'threshold', threshold);
};

/** Returns 1 where the prediction is on the same side of the threshold as the label. */
const correctBinary = (op: string, predictions: Tensor, labels: Indices, threshold: number): Tensor => {
  const targets = readIndices(op, labels, 'labels');
  checkTensor(op, 'predictions', predictions);
  checkSameShape(op, predictions, targets, ['predictions', 'labels']);
  // With a threshold outside of (0, 1), the predictions are logits or other scores.
  const isProbability = threshold > 0 && threshold < 1;
  const scores = isProbability ? inUnitInterval(op, 'predictions', predictions) : predictions;
  return asOp(op, () => mul(equal(greater(scores, threshold), checkedLabels(targets, 2)), isNumber(scores)));
};

/** Returns 1 where the label is the index of the largest element of its row, and 0 elsewhere. */
const correctOf = (op: string, logits: Tensor, labels: Indices, threshold: number | undefined): Tensor => {
  if (threshold !== undefined) return correctBinary(op, logits, labels, threshold);
  const advice = ', or pass { threshold: 0 }; for one probability, pass { threshold: 0.5 }';
  const targets = readLabels(op, logits, labels, undefined, advice);
  const classes = logits.shape[logits.ndim - 1];
  return mul(equal(argmax(logits, { axis: -1 }), checkedLabels(targets, classes)), predictsClass(logits));
};

/**
 * The fraction of correct predictions, from 0 to 1.
 *
 * Logits or probabilities are [..., classes], labels are [...]. A row is correct if its label is
 * the index of its largest element. With a threshold, predictions and labels are both [...], and
 * the labels are 0 or 1. A prediction with NaN is never correct.
 *
 * Throws a RangeError if the shapes do not fit, for labels that are not integers from 0 to
 * classes - 1, and with a threshold between 0 and 1 for predictions that are not from 0 to 1; more
 * than 4,096 of them are not checked. Mirrors sklearn.metrics.accuracy_score.
 *
 * @example
 * console.log(accuracy(tensor([[2, 1], [0, 3]]), tensor([0, 0]))); // → Tensor 0.5
 * console.log(accuracy(tensor([0.2, 0.9]), [0, 1], { threshold: 0.5 })); // → Tensor 1
 */
export function accuracy(logits: Tensor, labels: Indices, options: AccuracyOptions = {}): Tensor {
  const threshold = readThreshold('accuracy', options);
  return asOp('accuracy', () => mean(correctOf('accuracy', logits, labels, threshold)));
}

/**
 * The fraction of correct predictions in all batches, from 0 to 1; NaN before the first one.
 *
 * `update` takes logits or probabilities [..., classes] and labels [...]. A row is correct if its
 * label is the index of its largest element. With a threshold, it takes predictions and labels of
 * one shape, as `accuracy` does.
 *
 * @example
 * const metric = metrics.accuracy();
 * let state = metric.init();
 * state = metric.update(state, tensor([[1, 2], [3, 1], [0, 5]]), [1, 0, 0]);
 * state = metric.update(state, tensor([[1, 2]]), [1]);
 * console.log(metric.compute(state).item()); // → 0.75
 */
export function accuracyMetric(
  options: AccuracyOptions = {},
): Metric<Totals<'correct' | 'count'>, [logits: Tensor, labels: Indices]> {
  const threshold = readThreshold('metrics.accuracy', options);
  return makeMetric(
    'metrics.accuracy',
    { correct: [], count: [] },
    (op, logits: Tensor, labels: Indices) => {
      const isCorrect = asOp(op, () => correctOf(op, logits, labels, threshold));
      return { correct: sum(isCorrect), count: tensor(isCorrect.size) };
    },
    ({ correct, count }) => div(correct, count),
  );
}

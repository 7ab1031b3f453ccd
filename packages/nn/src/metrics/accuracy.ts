/** The fraction of correct predictions. */
import { argmax, div, equal, type Indices, mean, sum, type Tensor, tensor } from '@mini/autograd';
import {
  asOp,
  checkTensor,
  checkedLabels,
  formatShape,
  rangeError,
  readIndices,
  sameShape,
} from '@mini/autograd/check';
import { squeezeAdvice } from '../losses/reduction.ts';
import { makeMetric, type Metric, type Totals } from './metric.ts';

/** Checks logits [..., classes] and labels [...], and returns the labels as a tensor. */
export const readLabels = (op: string, logits: Tensor, labels: Indices, count?: number): Tensor => {
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
        ? `; for one logit for each example, write ${pair}${labelsToo}`
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

/** Returns 1 where the label is the index of the largest element of its row, and 0 elsewhere. */
const correctOf = (op: string, logits: Tensor, labels: Indices): Tensor => {
  const targets = readLabels(op, logits, labels);
  return equal(argmax(logits, { axis: -1 }), checkedLabels(targets, logits.shape[logits.ndim - 1]));
};

/**
 * The fraction of correct predictions, from 0 to 1.
 *
 * Logits or probabilities are [..., classes], labels are [...]. A row is correct if its label is
 * the index of its largest element.
 *
 * Throws a RangeError if the shapes do not fit, and for labels that are not integers from 0 to
 * classes - 1.
 *
 * @example
 * console.log(accuracy(tensor([[2, 1], [0, 3]]), tensor([0, 0]))); // → Tensor 0.5
 */
export function accuracy(logits: Tensor, labels: Indices): Tensor {
  return asOp('accuracy', () => mean(correctOf('accuracy', logits, labels)));
}

/**
 * The fraction of correct predictions in all batches, from 0 to 1; NaN before the first one.
 *
 * `update` takes logits or probabilities [..., classes] and labels [...]. A row is correct if its
 * label is the index of its largest element.
 *
 * @example
 * const metric = metrics.accuracy();
 * let state = metric.init();
 * state = metric.update(state, tensor([[1, 2], [3, 1], [0, 5]]), [1, 0, 0]);
 * state = metric.update(state, tensor([[1, 2]]), [1]);
 * console.log(metric.compute(state).item()); // → 0.75
 */
export function accuracyMetric(): Metric<Totals<'correct' | 'count'>, [logits: Tensor, labels: Indices]> {
  return makeMetric(
    'metrics.accuracy',
    { correct: [], count: [] },
    (op, logits: Tensor, labels: Indices) => {
      const isCorrect = asOp(op, () => correctOf(op, logits, labels));
      return { correct: sum(isCorrect), count: tensor(isCorrect.size) };
    },
    ({ correct, count }) => div(correct, count),
  );
}

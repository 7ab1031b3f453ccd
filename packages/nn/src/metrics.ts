/** Metrics: measures of quality that are not differentiated. */
import { argmax, equal, type Indices, mean, type Tensor } from '@mini/autograd';
import { asOp, checkTensor, formatShape, readIndices, rangeError } from '@mini/autograd/check';

/**
 * The fraction of correct predictions, from 0 to 1.
 *
 * Logits or probabilities are [..., classes], labels are [...]. A row is correct if its label is
 * the index of its largest element.
 *
 * Throws a RangeError if the shapes do not fit.
 */
export function accuracy(logits: Tensor, labels: Indices): Tensor {
  checkTensor('accuracy', 'logits', logits);
  const targets = readIndices('accuracy', labels, 'labels');
  const [shape, classes] = [logits.shape.slice(0, -1), logits.shape.at(-1) ?? 0];
  if (classes === 0 || formatShape(shape) !== formatShape(targets.shape)) {
    throw rangeError(
      'accuracy',
      `labels and logits do not fit: expected shapes [...] and [..., classes], got ${formatShape(targets.shape)} and ${formatShape(logits.shape)}`,
    );
  }
  return asOp('accuracy', () => mean(equal(argmax(logits, { axis: -1 }), targets)));
}

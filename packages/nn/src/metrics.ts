/** Measures of quality that are not differentiated. */
import { argmax, equal, type Indices, isTensor, mean, type Tensor, tensor } from '@mini/autograd';

/** The fraction, from 0 to 1, of rows of logits or probabilities [..., classes] whose largest element is at the label [...]. */
export function accuracy(logits: Tensor, labels: Indices): Tensor {
  const expected = isTensor(labels) ? labels : tensor(labels);
  const batch = logits.shape.slice(0, -1);
  if (batch.join() !== expected.shape.join()) {
    throw new RangeError(
      `accuracy: labels of shape [${expected.shape.join(', ')}] for logits of shape [${logits.shape.join(', ')}]`,
    );
  }
  return mean(equal(argmax(logits, { axis: -1 }), expected));
}

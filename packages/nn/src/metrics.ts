/** Measures of quality that are not differentiated. */
import { argmax, equal, type Indices, mean, type Tensor } from '@mini/autograd';
import { asOp, checkTensor, formatShape, indicesFor } from '@mini/autograd/check';

/** The fraction, from 0 to 1, of rows of logits or probabilities [..., classes] whose largest element is at the label [...]. */
export function accuracy(logits: Tensor, labels: Indices): Tensor {
  checkTensor('accuracy', 'logits', logits);
  const expected = indicesFor('accuracy', labels, 'labels');
  const [shape, classes] = [logits.shape.slice(0, -1), logits.shape.at(-1) ?? 0];
  if (classes === 0 || formatShape(shape) !== formatShape(expected.shape)) {
    throw new RangeError(
      `accuracy: labels of shape ${formatShape(expected.shape)} for logits of shape ${formatShape(logits.shape)}`,
    );
  }
  return asOp('accuracy', () => mean(equal(argmax(logits, { axis: -1 }), expected)));
}

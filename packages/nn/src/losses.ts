/** Losses: functions of predictions and targets that return a scalar to minimise. */
import {
  add,
  type Indices,
  isFinite,
  isTensor,
  log,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '@mini/autograd';
import { asOp, checkTensor, formatShape, readIndices, rangeError } from '@mini/autograd/check';

const checkSameShape = (op: string, a: Tensor, b: Tensor): void => {
  for (const x of [a, b]) checkTensor(op, 'an operand', x);
  const [left, right] = [formatShape(a.shape), formatShape(b.shape)];
  if (left !== right)
    throw rangeError(op, `shapes differ: expected two equal shapes, got ${left} and ${right}`);
};

/**
 * Sums over the last axis, then averages over the others.
 *
 * For losses: the sum over classes, averaged over the batch.
 */
const meanOfSums = (x: Tensor): Tensor => mean(x.ndim === 0 ? x : sum(x, { axis: -1 }));

/**
 * Like `meanOfSums`, for binary outputs.
 *
 * The axis of a one-dimensional tensor is the batch: there is one output for each example.
 */
const meanOfOutputSums = (x: Tensor): Tensor => (x.ndim === 1 ? mean(x) : meanOfSums(x));

/**
 * ½ Σ (prediction - target)², summed over all elements, not averaged.
 *
 * Throws a RangeError if the shapes differ.
 */
export function squaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('squaredError', prediction, target);
  return asOp('squaredError', () => mul(sum(square(sub(prediction, target))), 0.5));
}

/**
 * The mean of (prediction - target)² over all elements.
 *
 * Throws a RangeError if the shapes differ.
 */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('meanSquaredError', prediction, target);
  return asOp('meanSquaredError', () => mean(square(sub(prediction, target))));
}

/** Returns -x, but 0 for 0, so that a loss is never -0. */
const negate = (x: Tensor): Tensor => sub(0, x);

/** Replaces a probability of 0 in logarithms, so that they are finite. */
const EPSILON = 1e-7;

/**
 * Binary cross-entropy of probabilities o and targets y: -Σ [y·ln o + (1 - y)·ln(1 - o)].
 *
 * Both are [batch, outputs], and targets are in [0, 1]. The loss is summed over the outputs and
 * averaged over the batch. For shape [batch], each example has one output.
 *
 * The loss is 0 if targets are 0 or 1 and probabilities equal them. It is never negative. It is
 * also finite for probabilities 0 and 1, where `binaryCrossEntropyFromLogits` is more accurate.
 *
 * Throws a RangeError if the shapes differ.
 */
export function binaryCrossEntropy(probabilities: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropy', probabilities, targets);
  // Adds EPSILON·(1 - p), which is 0 for p = 1, so that the logarithm of 1 stays 0.
  const logOf = (p: Tensor): Tensor => log(add(p, mul(sub(1, p), EPSILON)));
  const o = probabilities;
  return asOp('binaryCrossEntropy', () =>
    negate(meanOfOutputSums(add(mul(targets, logOf(o)), mul(sub(1, targets), logOf(sub(1, o)))))),
  );
}

/**
 * Binary cross-entropy of sigmoid(z) for logits z and targets y, computed without probabilities.
 *
 * The formula is Σ y·softplus(-z) + (1 - y)·softplus(z), which has no cancellation. The loss is
 * summed over the outputs and averaged over the batch. For shape [batch], each example has one
 * output. Each term equals that of optax.sigmoid_binary_cross_entropy.
 *
 * Throws a RangeError if the shapes differ.
 */
export function binaryCrossEntropyFromLogits(logits: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropyFromLogits', logits, targets);
  return asOp('binaryCrossEntropyFromLogits', () =>
    meanOfOutputSums(add(mul(targets, softplus(neg(logits))), mul(sub(1, targets), softplus(logits)))),
  );
}

/**
 * Cross-entropy of softmax(logits) for logits [..., classes], averaged over the batch.
 *
 * Labels are integers [...], one for each row, or probabilities of the same shape as the logits,
 * such as those of `oneHot`.
 *
 * Throws a RangeError for labels out of range, and for shapes that do not fit.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Indices): Tensor {
  checkTensor('softmaxCrossEntropy', 'logits', logits);
  const classes = logits.shape.at(-1) ?? 0;
  if (classes === 0) {
    throw rangeError(
      'softmaxCrossEntropy',
      `logits have no classes: expected a last axis of size ≥ 1, got shape ${formatShape(logits.shape)}`,
    );
  }
  const given = readIndices('softmaxCrossEntropy', labels, 'labels');
  const isProbabilities = isTensor(labels) && given.ndim === logits.ndim;
  const targets = isProbabilities ? given : asOp('softmaxCrossEntropy', () => oneHot(given, classes));
  checkSameShape('softmaxCrossEntropy', logits, targets);
  return asOp('softmaxCrossEntropy', () => {
    const logs = logSoftmax(logits);
    // A class masked by a logit of -Infinity contributes 0 where its target is 0, instead of 0·∞.
    const finite = isProbabilities
      ? mul(targets, where(targets, logs, where(isFinite(logs), logs, 0)))
      : where(targets, logs, 0);
    return negate(meanOfSums(finite));
  });
}

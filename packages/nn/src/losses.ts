/** Losses: scalars to minimise, from predictions and targets. */
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
import { asOp, checkTensor, formatShape, indicesFor } from '@mini/autograd/check';

const checkSameShape = (op: string, a: Tensor, b: Tensor): void => {
  for (const x of [a, b]) checkTensor(op, 'an operand', x);
  const [left, right] = [formatShape(a.shape), formatShape(b.shape)];
  if (left !== right) throw new RangeError(`${op}: shapes differ: ${left} and ${right}`);
};

/** The mean over all but the last axis of a tensor's sums over that axis: the sum over classes, averaged over the batch. */
const meanOfSums = (x: Tensor): Tensor => mean(x.ndim === 0 ? x : sum(x, { axis: -1 }));

/** For binary outputs: a single axis is the batch, with one output per example. */
const meanOfOutputSums = (x: Tensor): Tensor => (x.ndim === 1 ? mean(x) : meanOfSums(x));

/** ½ Σ (prediction - target)²: a sum over everything, not a mean. Shapes must agree. */
export function squaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('squaredError', prediction, target);
  return asOp('squaredError', () => mul(sum(square(sub(prediction, target))), 0.5));
}

/** The mean over everything of (prediction - target)². Shapes must agree. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('meanSquaredError', prediction, target);
  return asOp('meanSquaredError', () => mean(square(sub(prediction, target))));
}

/** -x, and 0 for 0: a loss of -0 would only confuse. */
const negated = (x: Tensor): Tensor => sub(0, x);

/** The probability that stands for 0 in logarithms, so that they are finite. */
const EPSILON = 1e-7;

/**
 * Binary cross-entropy of probabilities [batch, outputs] and targets in [0, 1] of the same shape:
 * -Σ [y·ln o + (1 - y)·ln(1 - o)], summed over the outputs and averaged over the batch; for shape
 * [batch] there is one output for each example. 0 for probabilities that are the targets 0 and 1,
 * and never negative. Finite for probabilities 0 and 1, too; the form from logits is more accurate
 * there.
 */
export function binaryCrossEntropy(probabilities: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropy', probabilities, targets);
  // Only added where p is small: the logarithm of 1 stays 0.
  const logOf = (p: Tensor): Tensor => log(add(p, mul(sub(1, p), EPSILON)));
  const o = probabilities;
  return asOp('binaryCrossEntropy', () =>
    negated(meanOfOutputSums(add(mul(targets, logOf(o)), mul(sub(1, targets), logOf(sub(1, o)))))),
  );
}

/**
 * Binary cross-entropy of sigmoid(logits), computed without forming the probabilities:
 * Σ y·softplus(-z) + (1 - y)·softplus(z), in which nothing cancels, summed over the outputs and
 * averaged over the batch; for shape [batch] there is one output for each example. Each term is
 * that of optax.sigmoid_binary_cross_entropy.
 */
export function binaryCrossEntropyFromLogits(logits: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropyFromLogits', logits, targets);
  return asOp('binaryCrossEntropyFromLogits', () =>
    meanOfOutputSums(add(mul(targets, softplus(neg(logits))), mul(sub(1, targets), softplus(logits)))),
  );
}

/**
 * Cross-entropy of softmax(logits) for logits [..., classes], averaged over the batch. Labels are whole numbers [...], one for each row, or
 * probabilities (such as oneHot) in the shape of the logits.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Indices): Tensor {
  checkTensor('softmaxCrossEntropy', 'logits', logits);
  const classes = logits.shape.at(-1) ?? 0;
  if (classes === 0) {
    throw new RangeError(
      `softmaxCrossEntropy: logits must have at least one class: shape ${formatShape(logits.shape)}`,
    );
  }
  const given = indicesFor('softmaxCrossEntropy', labels, 'labels');
  const isProbabilities = isTensor(labels) && given.ndim === logits.ndim;
  const targets = isProbabilities ? given : asOp('softmaxCrossEntropy', () => oneHot(given, classes));
  checkSameShape('softmaxCrossEntropy', logits, targets);
  return asOp('softmaxCrossEntropy', () => {
    const logs = logSoftmax(logits);
    // Classes that are masked by logits of -Infinity count for nothing where they are no targets:
    // not 0·∞.
    const finite = isProbabilities
      ? mul(targets, where(targets, logs, where(isFinite(logs), logs, 0)))
      : where(targets, logs, 0);
    return negated(meanOfSums(finite));
  });
}

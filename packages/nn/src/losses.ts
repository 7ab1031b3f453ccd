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
import { checkTensor, formatShape } from '@mini/autograd/check';

const checkSameShape = (op: string, a: Tensor, b: Tensor): void => {
  for (const x of [a, b]) checkTensor(op, 'an operand', x);
  const [left, right] = [formatShape(a.shape), formatShape(b.shape)];
  if (left !== right) throw new RangeError(`${op}: shapes differ: ${left} and ${right}`);
};

/** The mean over all but the last axis of a tensor's sums over that axis: the sum over classes, averaged over the batch. */
const meanOfSums = (x: Tensor): Tensor => mean(x.ndim === 0 ? x : sum(x, { axis: -1 }));

/** ½ Σ (prediction - target)²: a sum over everything, not a mean. Shapes must agree. */
export function squaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('squaredError', prediction, target);
  return mul(sum(square(sub(prediction, target))), 0.5);
}

/** The mean over everything of (prediction - target)². Shapes must agree. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSameShape('meanSquaredError', prediction, target);
  return mean(square(sub(prediction, target)));
}

/** Added to what logarithms are taken of, so that they are finite for probabilities 0 and 1. */
const EPSILON = 1e-7;

/**
 * Binary cross-entropy of probabilities [batch, classes] and targets in [0, 1] of the same shape: -Σ [y·ln o + (1 - y)·ln(1 - o)], summed over the
 * classes and averaged over the batch. Finite for probabilities 0 and 1, too; the form from logits is more accurate there.
 */
export function binaryCrossEntropy(probabilities: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropy', probabilities, targets);
  const logOf = (p: Tensor): Tensor => log(add(p, EPSILON));
  const o = probabilities;
  return neg(meanOfSums(add(mul(targets, logOf(o)), mul(sub(1, targets), logOf(sub(1, o))))));
}

/** Binary cross-entropy of sigmoid(logits), computed without forming the probabilities: Σ softplus(z) - y·z, summed over the classes and averaged over the batch. */
export function binaryCrossEntropyFromLogits(logits: Tensor, targets: Tensor): Tensor {
  checkSameShape('binaryCrossEntropyFromLogits', logits, targets);
  return meanOfSums(sub(softplus(logits), mul(targets, logits)));
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
  const isProbabilities = isTensor(labels) && labels.ndim === logits.ndim;
  const targets = isProbabilities ? labels : oneHot(labels, classes);
  checkSameShape('softmaxCrossEntropy', logits, targets);
  const logs = logSoftmax(logits);
  // Classes that are masked by logits of -Infinity count for nothing where they are no targets: not 0·∞.
  const finite = isProbabilities
    ? mul(targets, where(targets, logs, where(isFinite(logs), logs, 0)))
    : where(targets, logs, 0);
  return neg(meanOfSums(finite));
}

/** Losses of classes. */
import {
  add,
  type Indices,
  isFinite,
  log,
  logSoftmax,
  mul,
  neg,
  oneHot,
  softplus,
  sub,
  type Tensor,
  type TensorData,
  where,
  logicalAnd,
  equal,
} from '@mini/autograd';
import { asOp, checkTensor, formatShape, rangeError, readIndices, sameShape } from '@mini/autograd/check';
import { checkPart } from '../checks.ts';
import {
  checkSameShape,
  inUnitInterval,
  type LossOptions,
  readOptions,
  readPair,
  readTargets,
  reduce,
  squeezeAdvice,
  sumRows,
} from './reduction.ts';

/**
 * Sums over the outputs of each example.
 *
 * The axis of a one-dimensional tensor is the batch: there is one output for each example.
 */
const sumOutputs = (x: Tensor): Tensor => (x.ndim === 1 ? x : sumRows(x));

/** Returns -x, but 0 for 0, so that a loss is never -0. */
const negate = (x: Tensor): Tensor => sub(0, x);

/** Replaces a probability of 0 in logarithms, so that they are finite. */
const EPSILON = 1e-7;

/**
 * Binary cross-entropy of probabilities o and targets y: -Σ [y·ln o + (1 - y)·ln(1 - o)].
 *
 * Both are [batch, outputs], and targets are in [0, 1]. The loss is summed over the outputs and
 * averaged over the batch by default. For shape [batch], each example has one output.
 *
 * The loss is 0 if targets are 0 or 1 and probabilities equal them. It is never negative. It is
 * also finite for probabilities 0 and 1, where `binaryCrossEntropyFromLogits` is more accurate.
 *
 * Throws a RangeError if the shapes differ, or if an element is not from 0 to 1, with a tolerance
 * of 0.001. Tensors of more than 4,096 elements are not checked for that.
 *
 * @example
 * console.log(binaryCrossEntropy(tensor([[0.9], [0.2]]), tensor([[1], [0]]))); // → Tensor 0.1643
 */
export function binaryCrossEntropy(
  probabilities: Tensor,
  targets: TensorData,
  options: LossOptions = {},
): Tensor {
  const op = 'binaryCrossEntropy';
  const reduction = readOptions(op, options);
  const [predictions, given] = readPair(op, probabilities, targets);
  const o = inUnitInterval(op, 'probabilities', predictions, ', such as sigmoid(logits)');
  const y = inUnitInterval(op, 'targets', given);
  // Adds EPSILON·(1 - p), which is 0 for p = 1, so that the logarithm of 1 stays 0.
  const logOf = (p: Tensor): Tensor => log(add(p, mul(sub(1, p), EPSILON)));
  return asOp(op, () => {
    const logs = add(mul(y, logOf(o)), mul(sub(1, y), logOf(sub(1, o))));
    return negate(reduce(sumOutputs(logs), reduction));
  });
}

/**
 * Binary cross-entropy of sigmoid(z) for logits z and targets y, computed without probabilities.
 *
 * The formula is Σ y·softplus(-z) + (1 - y)·softplus(z), which has no cancellation. The loss is
 * summed over the outputs and averaged over the batch by default. For shape [batch], each example
 * has one output. Each term equals optax.sigmoid_binary_cross_entropy, which does not sum over the
 * outputs: here, the reduction 'none' returns one number for each example.
 *
 * Throws a RangeError if the shapes differ, or if a target is not from 0 to 1, with a tolerance of
 * 0.001. More than 4,096 targets are not checked for that.
 *
 * @example
 * const result = binaryCrossEntropyFromLogits(tensor([[2], [-1]]), tensor([[1], [0]]));
 * console.log(result); // → Tensor 0.2201
 */
export function binaryCrossEntropyFromLogits(
  logits: Tensor,
  targets: TensorData,
  options: LossOptions = {},
): Tensor {
  const op = 'binaryCrossEntropyFromLogits';
  const reduction = readOptions(op, options);
  const [z, given] = readPair(op, logits, targets);
  const y = inUnitInterval(op, 'targets', given);
  return asOp(op, () => {
    // A term without weight is 0, also if the loss is infinite: 0·∞ would be NaN.
    const weighted = (weight: Tensor, loss: Tensor): Tensor =>
      mul(weight, where(logicalAnd(equal(weight, 0), equal(loss, Infinity)), 0, loss));
    const terms = add(weighted(y, softplus(neg(z))), weighted(sub(1, y), softplus(z)));
    return reduce(sumOutputs(terms), reduction);
  });
}

/**
 * Cross-entropy of softmax(logits) for logits [..., classes], averaged over the batch by default.
 *
 * Labels are integers [...], one for each row, or probabilities of the same shape as the logits,
 * such as the results of `oneHot` and `smoothLabels`.
 *
 * Throws a RangeError for labels out of range, for probabilities that are not from 0 to 1, with a
 * tolerance of 0.001, and for shapes that do not fit. More than 4,096 probabilities are not
 * checked.
 *
 * @example
 * const logits = tensor([[0, 0], [0, 0]]);
 * const loss = softmaxCrossEntropy(logits, [0, 1], { reduction: 'sum' });
 * console.log(loss.item().toFixed(4)); // → 1.3863
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Indices, options: LossOptions = {}): Tensor {
  const op = 'softmaxCrossEntropy';
  const reduction = readOptions(op, options);
  checkTensor(op, 'logits', logits);
  const classes = logits.shape.at(-1) ?? 0;
  if (classes === 0) {
    throw rangeError(
      op,
      `logits have no classes: expected a last axis of size ≥ 1, got shape ${formatShape(logits.shape)}`,
    );
  }
  const given = readTargets(op, labels, 'labels');
  const isProbabilities = given.ndim === logits.ndim;
  const rows = logits.shape.slice(0, -1);
  if (!isProbabilities && !sameShape(given.shape, rows))
    throw rangeError(
      op,
      `labels and logits do not fit: expected shapes [...] and [..., classes], got ${formatShape(given.shape)} and ${formatShape(logits.shape)}${given.ndim > logits.ndim ? '; the logits come first' : ''}`,
    );
  let targets = isProbabilities ? given : asOp(op, () => oneHot(readIndices(op, labels, 'labels'), classes));
  if (isProbabilities && classes !== 1 && squeezeAdvice(rows, 'labels', given.shape) !== '')
    throw rangeError(
      op,
      `labels have one axis too many: expected ${formatShape(rows)}, or probabilities ${formatShape(logits.shape)}, got ${formatShape(given.shape)}${squeezeAdvice(rows, 'labels', given.shape)}`,
    );
  checkSameShape(op, logits, targets);
  if (isProbabilities) targets = inUnitInterval(op, 'labels', targets);
  return asOp(op, () => {
    const logs = logSoftmax(logits);
    // A class masked by a logit of -Infinity contributes 0 where its target is 0, instead of 0·∞.
    const finite = isProbabilities
      ? mul(targets, where(targets, logs, where(isFinite(logs), logs, 0)))
      : where(targets, logs, 0);
    return negate(reduce(sumRows(finite), reduction));
  });
}

/**
 * Moves `alpha` of the probability of the labels [..., classes] to all classes evenly.
 *
 * The result is (1 - alpha)·labels + alpha / classes, which keeps a network from being too certain.
 * Throws a RangeError for labels that are not from 0 to 1; more than 4,096 are not checked. Mirrors
 * optax.smooth_labels. Source: Müller et al. 2019, https://arxiv.org/abs/1906.02629
 *
 * @example console.log(smoothLabels([[1, 0]], 0.5).toArray()); // → [ [ 0.75, 0.25 ] ]
 */
export function smoothLabels(labels: TensorData, alpha: number): Tensor {
  const op = 'smoothLabels';
  const read = readTargets(op, labels, 'labels');
  const given = inUnitInterval(op, 'labels', read, ', such as those of oneHot(labels, classes)');
  checkPart(op, 'alpha', alpha);
  const classes = given.shape.at(-1) ?? 0;
  if (classes === 0) {
    throw rangeError(
      op,
      `labels have no classes: expected a last axis of size ≥ 1, got shape ${formatShape(given.shape)}`,
    );
  }
  return asOp(op, () => add(mul(1 - alpha, given), alpha / classes));
}

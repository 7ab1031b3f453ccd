/** Losses that compare distributions or directions. */
import {
  div,
  log,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type TensorData,
  where,
} from '@mini/autograd';
import { asOp, checkNotNegative, checkOptions, formatShape, rangeError } from '@mini/autograd/check';
import {
  type LossOptions,
  inRange,
  inUnitInterval,
  readOptions,
  readPair,
  readReduction,
  reduce,
  sumRows,
} from './reduction.ts';

/**
 * Kullback-Leibler divergence Σ y·(ln y - logPrediction) of probabilities y, summed over the last
 * axis and averaged over the others by default.
 *
 * Both are [..., classes]; predictions are logarithms, such as those of `logSoftmax`. Terms for y
 * = 0 are 0. Throws a RangeError if the shapes differ, if a prediction is not a logarithm of a
 * probability, or if a target is not from 0 to 1. More than 4,096 elements are not checked. Mirrors
 * optax.kl_divergence.
 *
 * @example
 * const logs = logSoftmax(tensor([0, 0]));
 * console.log(klDivergence(logs, [0.5, 0.5]).item()); // → 0
 */
export function klDivergence(logPredictions: Tensor, targets: TensorData, options: LossOptions = {}): Tensor {
  const op = 'klDivergence';
  const reduction = readOptions(op, options);
  const [given, probabilities] = readPair(op, logPredictions, targets);
  const y = inUnitInterval(op, 'targets', probabilities);
  const logs = inRange(
    op,
    'predictions',
    given,
    [-Infinity, 1e-3],
    'logarithms of probabilities, which are ≤ 0, such as log(p) or logSoftmax(logits)',
  );
  return asOp(op, () => {
    // The logarithm of 1 stands for that of 0, so that slopes are finite.
    const difference = sub(log(where(y, y, 1)), where(y, logs, 0));
    return reduce(sumRows(mul(y, difference)), reduction);
  });
}

export interface CosineOptions extends LossOptions {
  /** The least norm to divide by. Default 1e-8. */
  readonly epsilon?: number;
}

/** The least positive number of float32: a row of zeros would be 0/0. */
const LEAST_SQUARE = 2 ** -149;

const similarities = (op: string, a: Tensor, b: TensorData, options: CosineOptions): Tensor => {
  const { epsilon = 1e-8 } = options;
  checkNotNegative(op, 'epsilon', epsilon);
  const [x, y] = readPair(op, a, b);
  if (x.ndim === 0)
    throw rangeError(
      op,
      `predictions are not vectors: expected shape [..., size], got ${formatShape(x.shape)}`,
    );
  return asOp(op, () => {
    const unit = (v: Tensor): Tensor => {
      const squares = sum(square(v), { axis: -1, keepdims: true });
      return div(v, sqrt(maximum(squares, Math.max(epsilon ** 2, LEAST_SQUARE))));
    };
    return sum(mul(unit(x), unit(y)), { axis: -1 });
  });
};

/**
 * The cosine of the angle between predictions and targets [..., size], for each row by default.
 *
 * It is 0 for a row of zeros. Throws a RangeError if the shapes differ. Mirrors
 * optax.cosine_similarity.
 *
 * @example
 * const rows = tensor([[3, 0], [1, 1]]);
 * console.log(cosineSimilarity(rows, [[1, 0], [-1, 1]]).toArray()); // → [ 1, 0 ]
 */
export function cosineSimilarity(
  predictions: Tensor,
  targets: TensorData,
  options: CosineOptions = {},
): Tensor {
  const op = 'cosineSimilarity';
  const reduction = readReduction(op, checkOptions(op, options, ['epsilon', 'reduction']), 'none');
  const rows = similarities(op, predictions, targets, options);
  return asOp(op, () => reduce(rows, reduction));
}

/**
 * 1 - cosineSimilarity for predictions and targets [..., size], averaged over the rows by default.
 *
 * Throws a RangeError if the shapes differ. Mirrors optax.cosine_distance.
 *
 * @example
 * console.log(cosineDistance(tensor([[1, 0]]), tensor([[1, 1]]))); // → Tensor 0.2929
 */
export function cosineDistance(
  predictions: Tensor,
  targets: TensorData,
  options: CosineOptions = {},
): Tensor {
  const op = 'cosineDistance';
  const reduction = readReduction(op, checkOptions(op, options, ['epsilon', 'reduction']), 'mean');
  const rows = similarities(op, predictions, targets, options);
  return asOp(op, () => reduce(sub(1, rows), reduction));
}

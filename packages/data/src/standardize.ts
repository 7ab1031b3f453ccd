/** Scales data to mean 0 and standard deviation 1. */
import {
  abs,
  clip,
  div,
  equal,
  greater,
  less,
  log2,
  max,
  maximum,
  mean as meanOf,
  min,
  mul,
  neg,
  pow,
  round,
  std as stdOf,
  sub,
  type Tensor,
  type TensorLike,
  where,
} from '@mini/autograd';
import {
  asOp,
  checkedRange,
  checkOptions,
  checkTensor,
  formatShape,
  rangeError,
  sameShape,
} from '@mini/autograd/check';

/** The statistics that `standardize` uses. They broadcast against the data. */
export interface Statistics<T = Tensor> {
  readonly mean: T;
  readonly std: T;
}

export interface StandardizeOptions extends Partial<Statistics<TensorLike>> {
  /** The axis or axes of the examples: 0 by default, null for all elements. */
  readonly axis?: number | readonly number[] | null;
  /** Not used: it lets the whole result for a training set be passed for a test set. */
  readonly x?: Tensor;
}

/**
 * Returns 1 if float32 holds the squares of numbers up to `largest`; else a power of two that
 * scales `largest` to about 1.
 */
const scaleFor = (largest: Tensor): Tensor => {
  const isFine = mul(greater(largest, 1e-11), less(largest, 1e15));
  // 2^exponent and its inverse are in the range of float32.
  const exponent = clip(round(log2(where(isFine, 1, largest))), -126, 126);
  return pow(2, neg(exponent));
};

/** Returns the mean and the divisor along the axes. */
const statisticsOf = (x: Tensor, axis: number | readonly number[] | null): Statistics => {
  const along = { keepdims: true, ...(axis === null ? {} : { axis }) };
  const [smallest, largest] = [min(x, along), max(x, along)];
  // The rounded mean of equal elements can differ from them: their deviation is 0, not noise.
  const isConstant = equal(smallest, largest);
  const factor = scaleFor(maximum(abs(smallest), abs(largest)));
  const scaled = mul(x, factor);
  return {
    mean: where(isConstant, smallest, div(meanOf(scaled, along), factor)),
    std: where(isConstant, 1, div(stdOf(scaled, along), factor)),
  };
};

/**
 * Returns (x - mean) / std, and the statistics that it used.
 *
 * They are computed from x along `axis` unless they are given; std is that of the population, as in
 * scikit-learn. By default, x is [rows, columns] and each column has its own. The axes of the
 * statistics are kept, with size 1, so that they broadcast against other data. To scale a test set,
 * pass the result for the training set, or its mean and std: standardize(test, train).
 *
 * Columns with equal elements are divided by 1, and become 0; their `std` is 1. The same holds for
 * a given std of 0.
 *
 * Throws a RangeError if x has no elements to compute statistics from, for an axis that x does not
 * have, for a given std that is negative or not finite, and for statistics that do not broadcast.
 *
 * @example
 * const train = standardize(tensor([[1, 7], [3, 7]]));
 * console.log(train.x.toArray(), train.std.toArray()); // → [ [ -1, 0 ], [ 1, 0 ] ] [ [ 1, 1 ] ]
 * const test = standardize(tensor([[5, 7]]), train);
 * console.log(test.x.toArray()); // → [ [ 3, 0 ] ]
 */
export function standardize(
  x: Tensor,
  options: StandardizeOptions = {},
): { x: Tensor; mean: Tensor; std: Tensor } {
  const op = 'standardize';
  checkTensor(op, 'x', x);
  const {
    mean: givenMean,
    std: givenStd,
    axis = 0,
  } = checkOptions(op, options, ['mean', 'std', 'axis', 'x']);
  return asOp(op, () => {
    const checkedStd =
      givenStd === undefined
        ? undefined
        : checkedRange(op, 'std', asTensor(givenStd), [0, MAX_FLOAT32], 'finite numbers ≥ 0', false);
    if (givenMean !== undefined && checkedStd !== undefined) return scale(op, x, givenMean, checkedStd);
    if (x.size === 0)
      throw rangeError(
        op,
        `no elements: expected some to compute statistics from, got shape ${formatShape(x.shape)}`,
      );
    const { mean, std } = statisticsOf(x, axis);
    return scale(op, x, givenMean ?? mean, checkedStd ?? std);
  });
}

/** Returns a tensor of a number or a tensor. */
const asTensor = (x: TensorLike): Tensor => where(1, x, 0);

const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;

const scale = (
  op: string,
  x: Tensor,
  givenMean: TensorLike,
  givenStd: TensorLike,
): { x: Tensor; mean: Tensor; std: Tensor } => {
  const mean = asTensor(givenMean);
  const std = where(equal(givenStd, 0), 1, givenStd);
  const scaled = div(sub(x, mean), std);
  if (!sameShape(scaled.shape, x.shape))
    throw rangeError(
      op,
      `mean and std do not fit x: expected shapes that broadcast to ${formatShape(x.shape)}, got ${formatShape(mean.shape)} and ${formatShape(std.shape)}`,
    );
  return { x: scaled, mean, std };
};

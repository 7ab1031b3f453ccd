/** Statistics of repeated measurements, as pure functions. */

/** The middle half of the samples, in their unit. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/**
 * Returns the value below which the fraction `q` of the samples lies.
 *
 * Interpolates linearly between neighbours, as `numpy.quantile` does (type 7 in Hyndman and Fan,
 * https://doi.org/10.2307/2684934).
 */
export const quantile = (sorted: readonly number[], q: number): number => {
  if (sorted.length === 0) throw new RangeError('quantile: expected at least one sample, got none');
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
};

/**
 * Returns the median and the quartiles.
 *
 * Unlike mean and variance, they ignore the few samples that other work on the machine disturbed.
 */
export const summarize = (samples: readonly number[]): Summary => {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  };
};

/** The interquartile range as a fraction of the median. */
export const spread = ({ median, lowerQuartile, upperQuartile }: Summary): number =>
  (upperQuartile - lowerQuartile) / median;

/** The comparison of two times. `factor` is at least 1. */
export interface Difference {
  readonly kind: 'slower' | 'faster' | 'within the spread' | 'below 1%';
  readonly factor: number;
}

/**
 * The smallest factor that counts as a difference.
 *
 * The positions of code and data in memory change times by up to 1% from one run of a program to
 * the next. The spread within a run does not include that.
 */
const SMALLEST_FACTOR = 1.01;

/** Returns the ratio of the quartiles. */
const quartileFactor = ({ lowerQuartile, upperQuartile }: Summary): number => upperQuartile / lowerQuartile;

/**
 * Compares `time` with `reference`.
 *
 * They differ if the factor between their medians exceeds the factor between the quartiles of
 * either. Factors are used because disturbances multiply times; for small spreads, they amount to
 * comparing the distance with the interquartile range. The rule is cautious: medians of 15 samples
 * have a standard error of about a quarter of that range.
 */
export const compareTimes = (time: Summary, reference: Summary): Difference => {
  const isSlower = time.median >= reference.median;
  const factor = isSlower ? time.median / reference.median : reference.median / time.median;
  if (factor <= Math.max(quartileFactor(time), quartileFactor(reference)))
    return { kind: 'within the spread', factor };
  if (factor < SMALLEST_FACTOR) return { kind: 'below 1%', factor };
  return { kind: isSlower ? 'slower' : 'faster', factor };
};

/** Formats a factor of at least 1, with as many digits as are significant. */
export const formatFactor = (factor: number): string => {
  if (factor >= 9.95) return factor.toFixed(0);
  return factor.toFixed(factor >= 1.095 ? 1 : 2);
};

/** Describes the comparison of two times. */
export const describeDifference = (time: Summary, reference: Summary): string => {
  const { kind, factor } = compareTimes(time, reference);
  return kind === 'slower' || kind === 'faster'
    ? `${formatFactor(factor)}× ${kind}`
    : `no difference (${kind})`;
};

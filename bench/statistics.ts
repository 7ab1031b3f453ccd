/** What repeated measurements say, and what they do not say: pure functions of samples. */

/** The middle half of some samples, in their unit. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/**
 * The value below which the fraction `q` of the samples lies, interpolated linearly between neighbours; the most usual of the definitions, and the one of
 * `numpy.quantile` (type 7 in Hyndman and Fan, https://doi.org/10.2307/2684934).
 */
export const quantile = (sorted: readonly number[], q: number): number => {
  if (sorted.length === 0) throw new RangeError('quantile: there are no samples');
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
};

/** Median and quartiles: unlike mean and variance, they do not mind the few samples in which the machine did something else. */
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

/** How a time compares with another one. `factor` is greater than 1 if there is a difference. */
export interface Difference {
  readonly kind: 'slower' | 'faster' | 'within the spread' | 'below 1%';
  readonly factor: number;
}

/** Where code and data happen to lie moves times by so much from one run of a program to the next, and the spread within a run does not show it. */
const SMALLEST_FACTOR = 1.01;

/** By what factor the quartiles lie apart. */
const quartileFactor = ({ lowerQuartile, upperQuartile }: Summary): number => upperQuartile / lowerQuartile;

/**
 * Whether `time` differs from `reference`: their medians must lie further apart than the quartiles of either. They are compared by factors, as times that are disturbed
 * vary by factors; if they vary little, that is the same as comparing the distance with the interquartile range. The rule is cautious: medians of 15 samples
 * have a standard error of about a quarter of that range.
 */
export const differenceOf = (time: Summary, reference: Summary): Difference => {
  const isSlower = time.median >= reference.median;
  const factor = isSlower ? time.median / reference.median : reference.median / time.median;
  if (factor <= Math.max(quartileFactor(time), quartileFactor(reference)))
    return { kind: 'within the spread', factor };
  if (factor < SMALLEST_FACTOR) return { kind: 'below 1%', factor };
  return { kind: isSlower ? 'slower' : 'faster', factor };
};

/** A factor of at least 1, with as many digits as it takes to tell it from 1, and no more than can be believed. */
export const formatFactor = (factor: number): string => {
  if (factor >= 9.95) return factor.toFixed(0);
  return factor.toFixed(factor >= 1.095 ? 1 : 2);
};

/** The verdict on a time beside another one, in words. */
export const verdict = (time: Summary, reference: Summary): string => {
  const { kind, factor } = differenceOf(time, reference);
  return kind === 'slower' || kind === 'faster'
    ? `${formatFactor(factor)}× ${kind}`
    : `no difference (${kind})`;
};

/** Prepares images for a network: numbers with mean 0 and standard deviation 1, and splits. */
import { arange, mean, slice, std, type Tensor, tensor } from '@mini/autograd';
import { type Dataset, type Splits, subset } from './dataset.ts';

export interface Normalized {
  readonly data: Tensor;
  readonly mean: number;
  readonly std: number;
}

/** Returns (x - μ) / σ; μ and σ (of the population) default to those of all elements. */
export const normalize = (
  data: Tensor,
  mu: number = mean(data).item(),
  sigma: number = std(data).item(),
): Normalized => ({
  // Constant data are only centred.
  data: data.sub(mu).div(sigma === 0 ? 1 : sigma),
  mean: mu,
  std: sigma,
});

/** Images [n, rows, columns], ready for the network, and labels [n]. */
export interface Examples {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** Returns the first examples, at most `count`. */
export const firstExamples = ({ images, labels }: Examples, count: number): Examples => ({
  images: slice(images, [0, count]),
  labels: slice(labels, [0, count]),
});

/** Mean and standard deviation of grey values. */
export interface Statistics {
  readonly mean: number;
  readonly std: number;
}

const GREY_VALUES = 256;

/** Returns the mean and the standard deviation of bytes, from how often each value occurs. */
const statisticsOf = (bytes: Uint8Array): Statistics => {
  const counts = new Float64Array(GREY_VALUES);
  for (const byte of bytes) counts[byte]++;
  const meanOf = (f: (grey: number) => number): number =>
    counts.reduce((total, count, grey) => total + count * f(grey), 0) / bytes.length;
  const mu = meanOf((grey) => grey);
  return { mean: Math.fround(mu), std: Math.fround(Math.sqrt(meanOf((grey) => (grey - mu) ** 2))) };
};

/**
 * Normalises a data set with the given mean and standard deviation, by default its own.
 *
 * Each of the 256 grey values is normalised once, and the images are looked up: whole MNIST would
 * otherwise be in memory several times.
 */
export const toExamples = (
  { images, labels, count, rows, columns }: Dataset,
  statistics: Statistics = statisticsOf(images),
): Examples & Statistics => {
  const { mean: mu, std: sigma } = statistics;
  const table = normalize(arange(GREY_VALUES), mu, sigma).data.data;
  const pixels = new Float32Array(images.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[images[i]];
  return {
    images: tensor(pixels, [count, rows, columns], { copy: false }),
    labels: tensor(labels),
    mean: mu,
    std: sigma,
  };
};

/** The maximum number of images for validation. */
const MAX_VALIDATION_COUNT = 1000;

export interface PreparedData {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  /** Mean and standard deviation of the training images' grey values. */
  readonly mean: number;
  readonly std: number;
}

/**
 * Splits off the first training images for validation and normalises all images.
 *
 * Mean and standard deviation are the given ones, or those of the remaining training images.
 */
export const prepareData = ({ train: all, test }: Splits, statistics?: Statistics): PreparedData => {
  const validationCount = Math.min(MAX_VALIDATION_COUNT, Math.floor(all.count / 2));
  const train = toExamples(subset(all, validationCount, all.count), statistics);
  return {
    train,
    validation: toExamples(subset(all, 0, validationCount), train),
    test: toExamples(test, train),
    mean: train.mean,
    std: train.std,
  };
};

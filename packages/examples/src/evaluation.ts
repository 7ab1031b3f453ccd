/** Evaluates a trained classifier: probabilities, predictions, confusion matrix, mistakes. */
import { argmax, jit, max, slice, softmax, type Tensor, tensor } from '@mini/autograd';
import type { ImageFigure } from '@mini/plot';
import { formatPercent } from '@mini/tools/format';
import { EVALUATION_BATCH } from './classify.ts';
import { type Examples } from './data/prepare.ts';
import type { Dataset } from './data/dataset.ts';
import { CLASSES, type DigitNet, type Loss, type NetParams, type NetState, scoresOf } from './networks.ts';

/**
 * Returns a function from images [n, rows, columns] to the probabilities [n, 10] of the digits.
 *
 * With the binary loss they do not add up to 1.
 */
export const classProbabilities =
  (net: DigitNet, loss: Loss): ((params: NetParams, images: Tensor, state?: NetState) => Tensor) =>
  (params, images, state = {}) => {
    const out = scoresOf(net, params, images, state);
    return loss === 'softmax' ? softmax(out) : out;
  };

export interface Prediction {
  readonly label: number;
  readonly predicted: number;
  /** The probability of the prediction. */
  readonly probability: number;
}

/** Predicts the most probable class of each example. */
export const predict = (
  net: DigitNet,
  loss: Loss,
  params: NetParams,
  { images, labels }: Examples,
  state: NetState = {},
): Prediction[] => {
  const probabilities = classProbabilities(net, loss);
  const best = jit((p: NetParams, s: NetState, batch: Tensor) => {
    const all = probabilities(p, batch, s);
    return { predicted: argmax(all, { axis: -1 }), probability: max(all, { axis: -1 }) };
  });
  const predictions: Prediction[] = [];
  for (let start = 0; start < labels.size; start += EVALUATION_BATCH) {
    const range = [start, start + EVALUATION_BATCH] as const;
    const { predicted, probability } = best(params, state, slice(images, range));
    const [digits, likelihoods] = [predicted.data, probability.data];
    slice(labels, range).data.forEach((label, i) =>
      predictions.push({ label, predicted: digits[i], probability: likelihoods[i] }),
    );
  }
  return predictions;
};

/** Counts the images by confusion[label][predicted]. */
export const confusionMatrix = (predictions: readonly Prediction[]): number[][] => {
  const counts = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  for (const { label, predicted } of predictions) counts[label][predicted]++;
  return counts;
};

/** A wrong prediction, and which image it is about. */
export interface Mistake extends Prediction {
  readonly index: number;
}

/**
 * Returns the most confident mistakes, at most `count`.
 *
 * `predictions` are those of all images of the data, in order.
 */
export const worstMistakes = (predictions: readonly Prediction[], count: number): Mistake[] =>
  predictions
    .map((prediction, index) => ({ ...prediction, index }))
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);

/** Returns the figure of mistakes: the images, dark on white, and what they were taken for. */
export const mistakesFigure = (
  { images, rows, columns }: Dataset,
  mistakes: readonly Mistake[],
): ImageFigure => {
  const size = rows * columns;
  const pixels = mistakes.flatMap(({ index }) => [...images.subarray(index * size, (index + 1) * size)]);
  return {
    title: 'The most confident mistakes',
    images: tensor(pixels, [mistakes.length, rows, columns]),
    range: [255, 0],
    labels: mistakes.map(
      ({ label, predicted, probability }) => `${label} as ${predicted} (${formatPercent(probability)})`,
    ),
  };
};

/** An accuracy as text: a fraction with four digits. */
export const formatFraction = (fraction: number): string => fraction.toFixed(4);

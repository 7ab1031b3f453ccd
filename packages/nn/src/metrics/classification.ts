/** Precision, recall, F1 and the confusion matrix. */
import {
  add,
  argmax,
  div,
  greater,
  type Indices,
  matmul,
  maximum,
  mul,
  oneHot,
  reshape,
  slice,
  sum,
  type Tensor,
  transpose,
  where,
} from '@mini/autograd';
import {
  asOp,
  checkedRange,
  checkInteger,
  checkNumber,
  checkOptions,
  checkTensor,
  describe,
  formatShape,
  rangeError,
  readIndices,
  typeError,
  checkChoice,
  sameShape,
} from '@mini/autograd/check';
import { squeezeAdvice, UNIT_INTERVAL } from '../losses/reduction.ts';
import { predictsClass, readLabels } from './accuracy.ts';
import { makeMetric, type Metric, type Totals } from './metric.ts';

/** How the scores of several classes become one. */
export type Average = 'macro' | 'micro' | 'weighted' | 'none';

export interface ScoreOptions {
  /**
   * The number of classes. `update` then takes logits or probabilities [..., classes].
   *
   * Without it, there are two classes: `update` takes the probabilities [...] of class 1.
   */
  readonly classes?: number;
  /**
   * For several classes: 'macro' is the mean of the scores of all classes that occur in labels or
   * predictions, 'weighted' is their mean weighted by the number of labels, 'micro' is the score of
   * all classes counted together, and 'none' is a tensor [classes]. Default 'macro'.
   */
  readonly average?: Average;
  /** For two classes: the probability above which the prediction is class 1. Default 0.5. */
  readonly threshold?: number;
}

/** The counts, for each class: correct predictions, all predictions, and labels. */
type Counts<T> = Readonly<Record<'correct' | 'predicted' | 'actual', T>>;
/** A metric of precision, recall or F1. */
export type ScoreMetric = Metric<
  Totals<'correct' | 'predicted' | 'actual'>,
  [predictions: Tensor, labels: Indices]
>;

/** Returns a / b, but 0 for b = 0. */
const divideOrZero = (a: Tensor, b: Tensor): Tensor => where(b, div(a, where(b, b, 1)), 0);

/** Returns a row of 0 and 1 for each element of x, whose size is the number of classes. */
const rowsOf = (x: Tensor, classes: number): Tensor => reshape(oneHot(x, classes), [x.size, classes]);

/** Returns a row of 0 and 1 for each prediction; if its logits have NaN, all are 0. */
const predictedRows = (logits: Tensor, classes: number): Tensor =>
  mul(rowsOf(argmax(logits, { axis: -1 }), classes), reshape(predictsClass(logits), [-1, 1]));

const countClasses =
  (classes: number) =>
  (op: string, logits: Tensor, labels: Indices): Counts<Tensor> => {
    const targets = readLabels(op, logits, labels, classes);
    return asOp(op, () => {
      const actual = rowsOf(targets, classes);
      const predicted = predictedRows(logits, classes);
      const count = (x: Tensor): Tensor => sum(x, { axis: 0 });
      return { correct: count(mul(actual, predicted)), predicted: count(predicted), actual: count(actual) };
    });
  };

const countBinary =
  (threshold: number) =>
  (op: string, probabilities: Tensor, labels: Indices): Counts<Tensor> => {
    checkTensor(op, 'probabilities', probabilities);
    const targets = readIndices(op, labels, 'labels');
    if (!sameShape(targets.shape, probabilities.shape)) {
      const classes = probabilities.shape.at(-1) ?? 0;
      const hasRows = sameShape([...targets.shape, classes], probabilities.shape) && classes > 1;
      const advice = hasRows
        ? `; for ${classes} classes, pass { classes: ${classes} }`
        : squeezeAdvice(targets.shape, 'probabilities', probabilities.shape);
      throw rangeError(
        op,
        `labels and probabilities do not fit: expected two equal shapes, got ${formatShape(targets.shape)} and ${formatShape(probabilities.shape)}${advice}`,
      );
    }
    return asOp(op, () => {
      // oneHot throws for labels other than 0 and 1.
      const actual = slice(rowsOf(targets, 2), null, 1);
      // With a threshold outside of (0, 1), the values are other scores than probabilities.
      const isProbability = threshold > 0 && threshold < 1;
      const expected = 'numbers from 0 to 1, such as sigmoid(logits)';
      const checked = isProbability
        ? checkedRange(op, 'probabilities', probabilities, UNIT_INTERVAL, expected)
        : probabilities;
      const predicted = reshape(greater(checked, threshold), [targets.size]);
      return { correct: sum(mul(actual, predicted)), predicted: sum(predicted), actual: sum(actual) };
    });
  };

const AVERAGES = ['macro', 'micro', 'weighted', 'none'] as const;

/** Makes a metric of a score, which is a quotient of two sums of counts. */
const scoreMetric = (
  op: string,
  options: ScoreOptions,
  terms: (counts: Counts<Tensor>) => readonly [numerator: Tensor, denominator: Tensor],
): ScoreMetric => {
  const { classes, average, threshold } = checkOptions(op, options, ['classes', 'average', 'threshold']);
  if (classes === undefined) {
    if (average !== undefined)
      throw typeError(op, `average needs classes: expected the number of classes, got ${describe(classes)}`);
    const above = checkNumber(op, 'threshold', threshold === undefined ? 0.5 : threshold);
    const shapes = { correct: [], predicted: [], actual: [] };
    return makeMetric(op, shapes, countBinary(above), (counts) => divideOrZero(...terms(counts)));
  }
  if (threshold !== undefined)
    throw typeError(op, `threshold is for two classes: expected no classes, got ${describe(classes)}`);
  const shape = [checkInteger(op, 'classes', classes, 2, 2 ** 16)];
  const kind = checkChoice(op, 'average', average === undefined ? 'macro' : average, AVERAGES);
  const shapes = { correct: shape, predicted: shape, actual: shape };
  return makeMetric(op, shapes, countClasses(classes), (counts) => {
    const [numerator, denominator] = terms(counts);
    if (kind === 'micro') return divideOrZero(sum(numerator), sum(denominator));
    const scores = divideOrZero(numerator, denominator);
    if (kind === 'none') return scores;
    const { predicted, actual } = counts;
    const weights = kind === 'weighted' ? actual : where(maximum(predicted, actual), 1, 0);
    return divideOrZero(sum(mul(scores, weights)), sum(weights));
  });
};

/**
 * The fraction of the predictions of a class that are correct.
 *
 * Without options, there are two classes, and the result is the precision of class 1. `update`
 * accepts the probabilities [...] of class 1, and labels [...] of 0 and 1. With `classes`, `update`
 * takes logits [..., classes], and the result is an average over the classes. Logits with NaN
 * predict no class. A quotient 0 / 0 is 0, as in scikit-learn and torchmetrics.
 *
 * @example
 * const metric = metrics.precision();
 * const state = metric.update(metric.init(), tensor([0.9, 0.8, 0.3]), [1, 0, 1]);
 * console.log(metric.compute(state).item()); // → 0.5
 */
export function precision(options: ScoreOptions = {}): ScoreMetric {
  return scoreMetric('metrics.precision', options, ({ correct, predicted }) => [correct, predicted]);
}

/**
 * The fraction of the examples of a class that are predicted.
 *
 * Options and arguments are those of `precision`.
 *
 * @example
 * const metric = metrics.recall({ classes: 3, average: 'none' });
 * const logits = tensor([[1, 0, 0], [1, 0, 0], [0, 1, 0]]);
 * const state = metric.update(metric.init(), logits, [0, 1, 1]);
 * console.log(metric.compute(state).toArray()); // → [ 1, 0.5, 0 ]
 */
export function recall(options: ScoreOptions = {}): ScoreMetric {
  return scoreMetric('metrics.recall', options, ({ correct, actual }) => [correct, actual]);
}

/**
 * F1, the harmonic mean of precision and recall.
 *
 * Options and arguments are those of `precision`. 'macro' is the mean of the F1 of the classes.
 *
 * @example
 * const metric = metrics.f1();
 * const state = metric.update(metric.init(), tensor([0.9, 0.8, 0.3]), [1, 0, 1]);
 * console.log(metric.compute(state).item()); // → 0.5
 */
export function f1(options: ScoreOptions = {}): ScoreMetric {
  return scoreMetric('metrics.f1', options, ({ correct, predicted, actual }) => [
    mul(2, correct),
    add(predicted, actual),
  ]);
}

/**
 * The number of examples [classes, classes] for each label (rows) and prediction (columns).
 *
 * `update` takes logits or probabilities [..., classes] and labels [...]. The number of classes can
 * also be an option: { classes }. Examples whose logits have NaN are not counted.
 *
 * @example
 * const metric = metrics.confusionMatrix(2);
 * const state = metric.update(metric.init(), tensor([[1, 0], [0, 1], [0, 1]]), [0, 0, 1]);
 * console.log(metric.compute(state).toArray()); // → [ [ 1, 1 ], [ 0, 1 ] ]
 */
export function confusionMatrix(
  classes: number | { readonly classes: number },
): Metric<Totals<'counts'>, [logits: Tensor, labels: Indices]> {
  const op = 'metrics.confusionMatrix';
  const given = typeof classes === 'object' ? checkOptions(op, classes, ['classes']).classes : classes;
  const size = checkInteger(op, 'classes', given, 1, 2 ** 12);
  return makeMetric(
    op,
    { counts: [size, size] },
    (update, logits: Tensor, labels: Indices) => {
      const targets = readLabels(update, logits, labels, size);
      return {
        counts: asOp(update, () => matmul(transpose(rowsOf(targets, size)), predictedRows(logits, size))),
      };
    },
    ({ counts }) => counts,
  );
}

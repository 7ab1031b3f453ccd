/** The loss and the metrics of many batches, in one tree of totals. */
import { div, mul, type Tensor, tensor } from '@mini/autograd';
import {
  asOp,
  checkFunction,
  checkRecord,
  checkTensor,
  describe,
  formatShape,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import { makeMetric, type Metric } from '../metrics/metric.ts';
import type { FitMetric, FitMetrics } from './types.ts';
import { hasFunctions } from '../has-functions.ts';

/** The states of all metrics, by name. */
export type Totals = Readonly<Record<string, object>>;

type AnyMetric = Metric<object, [predictions: Tensor, y: Tensor]>;

/** Returns a result that must be one number. */
const checkScalar = (what: string, value: unknown, advice: string = 'write mean(…)'): Tensor => {
  if (typeof (value as { init?: unknown } | null)?.init === 'function')
    throw typeError(
      'fit',
      `${what} returns a metric: expected a number, got an object; write metrics.accuracy(), with parentheses`,
    );
  const { shape } = checkTensor('fit', what, value);
  if (shape.length > 0)
    throw rangeError(
      'fit',
      `${what} is not one number: expected shape [], got ${formatShape(shape)}; ${advice}`,
    );
  return value as Tensor;
};

/** Checks the value of a metric, which must be one number. */
const checkValue = (name: string, value: unknown): Tensor =>
  checkScalar(`metric ${name}`, value, 'choose another average, or compute it after fit');

/** Returns the metric that averages what `f` returns for batches, over their examples. */
const meanOf = (name: string, f: (predictions: Tensor, y: Tensor) => unknown): AnyMetric =>
  makeMetric(
    'fit',
    { sum: [], count: [] },
    (_op, predictions: Tensor, y: Tensor) => {
      const value = checkScalar(`metric ${name}`, f(predictions, y));
      return { sum: mul(value, y.shape[0]), count: tensor(y.shape[0]) };
    },
    ({ sum, count }) => div(sum, count),
  );

const toMetric = (name: string, metric: FitMetric): AnyMetric => {
  if (typeof metric === 'function') return meanOf(name, metric);
  if (!hasFunctions(metric, 'init', 'update', 'compute'))
    throw typeError(
      'fit',
      `metric ${name} is not a metric: expected a function or one of metrics, got ${describe(metric)}`,
    );
  return metric;
};

/** Measures the loss and all metrics. */
export class Scoring {
  readonly #metrics: readonly (readonly [string, AnyMetric])[];
  readonly #loss: (predictions: Tensor, y: Tensor) => Tensor;

  constructor(loss: (predictions: Tensor, y: Tensor) => Tensor, metrics: FitMetrics) {
    checkFunction('fit', 'loss', loss);
    checkRecord('fit', 'metrics', metrics);
    if (Object.hasOwn(metrics, 'loss'))
      throw rangeError('fit', 'a metric is called loss: expected another name, got loss');
    this.#loss = loss;
    this.#metrics = Object.entries(metrics).map(([name, metric]) => [name, toMetric(name, metric)]);
  }

  /** The names of all values. */
  get names(): string[] {
    return ['loss', ...this.#metrics.map(([name]) => name)];
  }

  /** Returns the loss of a batch. */
  loss(predictions: Tensor, y: Tensor): Tensor {
    return checkScalar('loss', this.#loss(predictions, y));
  }

  /** Returns the totals before the first batch. */
  start(): Totals {
    return Object.fromEntries([
      ['loss', meanOf('loss', this.#loss).init()],
      ...this.#metrics.map(([name, metric]) => [name, metric.init()] as const),
    ]);
  }

  /** Adds a batch, whose loss is known, to the totals. */
  add(totals: Totals, loss: Tensor, predictions: Tensor, y: Tensor): Totals {
    return Object.fromEntries([
      ['loss', meanOf('loss', () => loss).update(totals['loss'], predictions, y)],
      ...this.#metrics.map(([name, metric]) => [name, metric.update(totals[name], predictions, y)] as const),
    ]);
  }

  /** Returns the values of the totals. */
  read(totals: Totals): Record<string, number> {
    const metrics: readonly (readonly [string, AnyMetric])[] = [
      ['loss', meanOf('loss', this.#loss)],
      ...this.#metrics,
    ];
    return Object.fromEntries(
      metrics.map(([name, metric]) => [
        name,
        asOp('fit', () => checkValue(name, metric.compute(totals[name])).item()),
      ]),
    );
  }
}

/**
 * Metrics that accumulate over batches.
 *
 * Each function returns a `Metric`: `init()` returns a state, `update(state, …)` adds a batch to
 * it, and `compute(state)` returns the metric of all batches.
 */
export { accuracyMetric as accuracy } from './accuracy.ts';
export {
  type Average,
  confusionMatrix,
  f1,
  precision,
  recall,
  type ScoreMetric,
  type ScoreOptions,
} from './classification.ts';
export type { Metric, Totals } from './metric.ts';
export type { Total } from './total.ts';
export { mean, r2, type R2Options, type R2State } from './values.ts';

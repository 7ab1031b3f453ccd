/** Early stopping: which epoch was the best, and whether the patience is over. */
import { checkInteger, checkOptions, checkChoice } from '@mini/autograd/check';
import type { EarlyStopping, FitEpoch, FitMetrics } from './types.ts';

/** Finds the best epoch of a history. */
export class Best {
  readonly #patience: number;
  readonly #metric: string;
  readonly #sign: 1 | -1;

  constructor(options: EarlyStopping, names: readonly string[]) {
    const {
      patience,
      metric = 'loss',
      goal = metric === 'loss' ? 'min' : 'max',
    } = checkOptions('fit', options, ['patience', 'metric', 'goal'], 'earlyStopping');
    this.#patience = checkInteger('fit', 'patience', patience, 1);
    checkChoice('fit', 'metric of earlyStopping', metric, names);
    checkChoice('fit', 'goal of earlyStopping', goal, ['min', 'max']);
    this.#metric = metric;
    this.#sign = goal === 'min' ? 1 : -1;
  }

  /**
   * Returns the number of the first epoch with the best value; 0 without epochs. Any number is
   * better than NaN.
   */
  epoch(history: readonly FitEpoch<FitMetrics>[]): number {
    let [best, bestEpoch] = [Infinity, 0];
    for (const { epoch, train, validation } of history) {
      const value = this.#sign * (validation ?? train)[this.#metric as 'loss'];
      const isBetter = value < best || (Number.isNaN(best) && !Number.isNaN(value));
      if (isBetter || bestEpoch === 0) [best, bestEpoch] = [value, epoch];
    }
    return bestEpoch;
  }

  /** Returns the metric and the goal, by which checkpoints tell trainings apart. */
  toString(): string {
    return `${this.#metric}, ${this.#sign === 1 ? 'min' : 'max'}`;
  }

  /** Whether the epochs after the best one are as many as the patience. */
  isOver(history: readonly FitEpoch<FitMetrics>[]): boolean {
    return history.length - this.epoch(history) >= this.#patience;
  }
}

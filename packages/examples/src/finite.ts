/** Stops training at the first NaN, and names the op. */
import { debugNaNs, NonFiniteError } from '@mini/autograd';
import { formatNumber } from '@mini/tools/format';

/** Makes `f` throw a NonFiniteError for the first op that turns finite numbers into others. */
export const checkFinite =
  <A extends unknown[], R>(f: (...args: A) => R): ((...args: A) => R) =>
  (...args) => {
    debugNaNs(true);
    try {
      return f(...args);
    } finally {
      debugNaNs(false);
    }
  };

/** Returns a loss in few digits, also if it is huge or tiny. */
export const formatLoss = (loss: number): string => formatNumber(loss, 4);

/** Returns what to say of an error of a training run, or undefined if it is not about numbers. */
export const explain = (error: unknown): string | undefined =>
  error instanceof NonFiniteError
    ? `the training diverged: try a smaller --learning-rate (${error.message.replace(/, at .*/s, '')})`
    : undefined;

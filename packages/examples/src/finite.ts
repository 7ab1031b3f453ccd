/** Stops training at the first NaN, and names the op. */
import { debugNaNs, NonFiniteError } from '@mini/autograd';

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

/** Returns a loss in few digits, also if it is huge. */
export const formatLoss = (loss: number): string =>
  Math.abs(loss) < 1e5 ? loss.toFixed(4) : loss.toExponential(2);

/** Returns what to say of an error of a training run, or undefined if it is not about numbers. */
export const explain = (error: unknown): string | undefined =>
  error instanceof NonFiniteError
    ? `the training diverged: try a smaller --learning-rate (${error.message.replace(/, at .*/s, '')})`
    : undefined;

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

/** Returns advice for an error of a training run, or undefined if it is not about numbers. */
export const adviceFor = (error: unknown): string | undefined =>
  error instanceof NonFiniteError ? 'try a smaller --learning-rate' : undefined;

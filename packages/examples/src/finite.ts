/** Training that fails says where, rather than going on with NaN. */
import { debugNaNs, NonFiniteError } from '@mini/autograd';

/** `f`, which throws a NonFiniteError for the first op in it that makes NaN or an infinity of finite numbers. */
export const finite =
  <A extends unknown[], R>(f: (...args: A) => R): ((...args: A) => R) =>
  (...args) => {
    debugNaNs(true);
    try {
      return f(...args);
    } finally {
      debugNaNs(false);
    }
  };

/** What to try after an error of a training run; undefined if it is not about numbers. */
export const adviceFor = (error: unknown): string | undefined =>
  error instanceof NonFiniteError ? 'try a smaller --learning-rate' : undefined;

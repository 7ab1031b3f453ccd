/** Training that fails says where, rather than going on with NaN. */
import { debugNaNs } from '@mini/autograd';

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

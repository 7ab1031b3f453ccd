/** `foriLoop`: a loop over integers, as a scan. */
import { asOpCalling, typeError } from '../base/errors.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { checkFunction, checkInteger } from '../core/check.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { arange, zeros } from '../ops/creation.ts';
import type { AnyResult } from '../transforms/any-function.ts';
import { scan } from './scan.ts';

/**
 * Sets value = f(i, value) for each integer i from `lower` to `upper` - 1, starting from `init`,
 * and returns the last value.
 *
 * `i` is a scalar tensor. Values are trees of tensors and random keys. The body is compiled once,
 * as in `scan`, and derivatives are computed as there. If `lower` ≥ `upper`, the result is `init`.
 *
 * Throws a TypeError or a RangeError if f changes the structure or a shape of the value, and for
 * bounds that are tensors: use `whileLoop` for these. Mirrors jax.lax.fori_loop.
 *
 * @example
 * const total = foriLoop(0, 5, (i, sum: Tensor) => sum.add(i), tensor(0));
 * console.log(total.item()); // → 10
 */
export function foriLoop<C extends AnyResult>(
  lower: number,
  upper: number,
  f: (i: Tensor, value: C) => C,
  init: C,
): C {
  for (const [what, bound] of [
    ['lower', lower],
    ['upper', upper],
  ] as const) {
    if (isTensor(bound))
      throw typeError(
        'foriLoop',
        `invalid ${what}: expected an integer that is known in advance, got a Tensor; use whileLoop`,
      );
    checkInteger('foriLoop', what, bound, -MAX_EXACT_INTEGER, MAX_EXACT_INTEGER);
  }
  checkFunction('foriLoop', 'f', f);
  return asOpCalling('foriLoop', f, (run) => {
    const integers = lower < upper ? arange(lower, upper) : zeros([0]);
    return scan((value: C, i: Tensor) => [run(i, value), undefined] as const, init, integers)[0];
  });
}

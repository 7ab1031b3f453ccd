/** `scan`: a loop whose body is compiled once. */
import { asOpCalling } from '../base/errors.ts';
import { checkBoolean, checkFunction, checkOptions } from '../core/check.ts';
import type { LeafFunction } from '../core/interpreter.ts';
import type { AnyResult } from '../transforms/any-function.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { type Form, rebuild, buildFrom } from '../tree/form.ts';
import { KeyUses } from './key-uses.ts';
import { checkResult, countSteps, flattenCarry } from './loop-checks.ts';
import { runLoop } from './scan-loop.ts';

export interface ScanOptions {
  /** The number of steps; by default the size of the first axis of the leaves of xs. */
  readonly length?: number;
  /** Whether to go from the last to the first element of xs. Default false. */
  readonly reverse?: boolean;
}

/**
 * Calls f for each element of xs along the first axis, and passes a carry from step to step.
 *
 * f receives the carry and one element, and returns the new carry and an output: [carry, y]. `scan`
 * returns the last carry, and the outputs of all steps, stacked along a new first axis. Carries,
 * elements and outputs are trees of tensors and random keys. xs can be undefined; then `length` is
 * the number of steps. With `reverse`, the steps run from the last element to the first.
 *
 * The body is compiled once, also inside `jit`, so compiled code does not grow with the number of
 * steps. Tensors that f closes over can be differentiated and batched, too. Inside `vmap`, what the
 * examples share is computed once, such as layers that are stacked in xs. The derivative is a
 * loop from the last step to the first, which runs f again from the saved carries. It also keeps
 * results of `matmul` and `conv`, together no larger than the carries; `remat(f)` avoids that.
 *
 * Throws a TypeError or a RangeError if the structure or a shape of the carry changes, or if the
 * sizes of the first axes of xs differ. Mirrors jax.lax.scan.
 *
 * @example
 * const step = (total: Tensor, x: Tensor) => [total.add(x), total] as const;
 * const [total, before] = scan(step, tensor(0), tensor([1, 2, 3]));
 * console.log(total.item(), before.toArray()); // → 6 [ 0, 1, 3 ]
 */
export function scan<C extends AnyResult, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [C, Y] {
  checkFunction('scan', 'f', f);
  const { length, reverse = false } = checkOptions('scan', options, ['length', 'reverse']);
  checkBoolean('scan', 'reverse', reverse);
  return asOpCalling('scan', f, (run) => {
    const carry = flattenCarry('scan', init);
    const elements = flattenLeaves('scan', xs, 'xs');
    const steps = countSteps('scan', elements, length);
    let yForm: Form = { kind: 'nothing', value: undefined };
    const body: LeafFunction = (...leaves) => {
      const [c, x] = rebuild([carry, elements], leaves);
      const { carry: next, y } = checkResult('scan', run(c as C, x as X), carry);
      yForm = y.form;
      return [...next.leaves, ...y.leaves];
    };
    const keyUses = new KeyUses();
    const results = runLoop({
      f: keyUses.watch(body, steps > 1 ? carry.leaves.length : undefined),
      carries: carry.leaves,
      xs: elements.leaves,
      length: steps,
      reverse,
    });
    if (steps > 0) keyUses.count([...carry.leaves, ...elements.leaves]);
    return [buildFrom(carry.form, results.carries), buildFrom(yForm, results.ys)] as [C, Y];
  });
}

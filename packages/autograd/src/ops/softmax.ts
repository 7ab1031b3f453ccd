/** Softmax and the logarithm of a sum of exponentials: composed of other ops. */
import { checkAxes, checkOptions, toTensor } from '../core/check.ts';
import { stopGradient } from '../core/bind.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, sub } from './arithmetic.ts';
import { isFinite } from './compare.ts';
import { exp, log } from './exponentials.ts';
import { type ReducedAxes, type ReduceOptions, checkReduction, max, sum } from './reduce.ts';
import { where } from './select.ts';
import { withShape } from './structure.ts';

/**
 * Returns the largest element along `axis`, which is subtracted before exp so that exp cannot
 * overflow.
 *
 * No derivative flows through it: the shift cancels in the result. For an empty x it is 0.
 */
const largestOf = (x: Tensor, axis: readonly number[]): Tensor =>
  x.size === 0 ? toTensor('max', 0) : max(stopGradient(x), { axis, keepdims: true });

const logsumexpOp: Composite<ReducedAxes> = {
  name: 'logsumexp',
  compute: ([x], { axis, keepdims }) => {
    const largest = largestOf(x, axis);
    // Subtracting an infinite maximum would compute ∞ - ∞ = NaN instead of an infinite result.
    const offset = where(isFinite(largest), largest, 0);
    const total = log(sum(exp(sub(x, offset)), { axis, keepdims }));
    return add(total, offset.ndim === 0 ? offset : withShape(offset, total.shape));
  },
};

/**
 * Returns log Σ eˣ without overflow; -Infinity for no elements. Mirrors jax.nn.logsumexp.
 *
 * The derivative is softmax(x). As in JAX, it is NaN where the result is infinite: if the result is
 * Infinity, for the elements that are Infinity; if all elements are -Infinity, for all of them.
 *
 * @example console.log(logsumexp(tensor([1000, 1000])).item().toFixed(3)); // → 1000.693
 */
export function logsumexp(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('logsumexp', x, options);
  return bindComposite(logsumexpOp, [input], { axis, keepdims });
}

/** The axis or axes along which the results sum to 1; by default the last. */
export interface SoftmaxOptions {
  /** The axis or axes of the classes. Default -1. */
  readonly axis?: number | readonly number[];
}

const checkSoftmax = (
  op: string,
  x: TensorLike,
  options: SoftmaxOptions,
): { readonly input: Tensor; readonly axis: readonly number[] } => {
  const input = toTensor(op, x);
  const { axis = -1 } = checkOptions(op, options, ['axis']);
  return { input, axis: checkAxes(op, axis, input.shape) };
};

const softmaxOp: Composite<Pick<ReducedAxes, 'axis'>> = {
  name: 'softmax',
  compute: ([x], { axis }) => {
    const unnormalized = exp(sub(x, largestOf(x, axis)));
    return div(unnormalized, sum(unnormalized, { axis, keepdims: true }));
  },
};

/**
 * Returns eˣ / Σ eˣ along `axis` (default -1), without overflow. Mirrors jax.nn.softmax.
 *
 * The result has the shape of x. -Infinity becomes 0. As in JAX, the result and the derivative are
 * NaN for all elements along an axis that contains Infinity or NaN, or only -Infinity.
 *
 * @example console.log(softmax(tensor([0, 0, -Infinity])).toArray()); // → [ 0.5, 0.5, 0 ]
 */
export function softmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const { input, axis } = checkSoftmax('softmax', x, options);
  return bindComposite(softmaxOp, [input], { axis });
}

const logSoftmaxOp: Composite<Pick<ReducedAxes, 'axis'>> = {
  name: 'logSoftmax',
  compute: ([x], { axis }) => {
    const shifted = sub(x, largestOf(x, axis));
    return sub(shifted, log(sum(exp(shifted), { axis, keepdims: true })));
  },
};

/**
 * Returns log softmax(x) along `axis` (default -1). Mirrors jax.nn.log_softmax.
 *
 * It is accurate also where softmax(x) underflows to 0. It is NaN where softmax(x) is NaN.
 *
 * @example
 * console.log(logSoftmax(tensor([1, 2, 3]))); // → Tensor [3] [-2.4076, -1.4076, -0.4076]
 */
export function logSoftmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const { input, axis } = checkSoftmax('logSoftmax', x, options);
  return bindComposite(logSoftmaxOp, [input], { axis });
}

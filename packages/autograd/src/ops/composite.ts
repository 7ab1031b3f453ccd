/** Ops made of other ops. */
import { asOp } from '../base/errors.ts';
import { checkAxes, checkOptions, toTensor } from '../core/check.ts';
import { stopGradient } from '../core/bind.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { add, div, sub } from './arithmetic.ts';
import { isFinite } from './compare.ts';
import { exp, log } from './math.ts';
import { type ReduceOptions, checkReduction, max, sum } from './reduce.ts';
import { where } from './select.ts';
import { withShape } from './structure.ts';

/** The largest element, for shifting by it before exp. No derivative flows through it. */
const largestOf = (x: Tensor, axis: readonly number[]): Tensor =>
  x.size === 0 ? toTensor('max', 0) : max(stopGradient(x), { axis, keepdims: true });

/**
 * log Σ eˣ without overflow; -Infinity for no elements. The derivative is softmax(x). Mirrors jax.nn.logsumexp, also where the result is infinite: then the
 * derivative is NaN for what makes it so, and for everything if all is -Infinity.
 */
export function logsumexp(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const { input, axes: axis, keepdims } = checkReduction('logsumexp', x, options);
  return asOp('logsumexp', () => {
    const largest = largestOf(input, axis);
    // An infinite one would make ∞ - ∞ of what is to stay infinite.
    const offset = where(isFinite(largest), largest, 0);
    const total = log(sum(exp(sub(input, offset)), { axis, keepdims }));
    return add(total, offset.ndim === 0 ? offset : withShape(offset, total.shape));
  });
}

/** The axis along which values are made to sum to 1; default the last. */
export interface SoftmaxOptions {
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

/**
 * eˣ / Σ eˣ along `axis` (default -1), without overflow. -Infinity gives 0. Mirrors jax.nn.softmax: the result is NaN throughout, and so is the derivative, along an
 * axis with +Infinity or NaN on it, or with nothing but -Infinity.
 */
export function softmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const { input, axis } = checkSoftmax('softmax', x, options);
  return asOp('softmax', () => {
    const unnormalized = exp(sub(input, largestOf(input, axis)));
    return div(unnormalized, sum(unnormalized, { axis, keepdims: true }));
  });
}

/** log softmax(x) along `axis` (default -1), accurate where softmax(x) underflows; NaN where softmax(x) is. Mirrors jax.nn.log_softmax. */
export function logSoftmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const { input, axis } = checkSoftmax('logSoftmax', x, options);
  return asOp('logSoftmax', () => {
    const shifted = sub(input, largestOf(input, axis));
    return sub(shifted, log(sum(exp(shifted), { axis, keepdims: true })));
  });
}

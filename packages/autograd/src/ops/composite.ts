/** Ops made of other ops. */
import { stopGradient, toTensor } from '../primitive.ts';
import type { Tensor, TensorLike } from '../tensor.ts';
import { add, div, sub } from './arithmetic.ts';
import { isFinite } from './compare.ts';
import { exp, log } from './math.ts';
import { max, type ReduceOptions, sum } from './reduce.ts';
import { where } from './select.ts';
import { reshape } from './structure.ts';

/** The largest element, for shifting by it before exp; 0 in place of an infinite one. No derivative flows through it. */
const shift = (x: Tensor, axis: ReduceOptions['axis']): Tensor => {
  const fixed = stopGradient(x);
  if (x.size === 0) return toTensor('logsumexp', 0);
  const largest = max(fixed, { ...(axis === undefined ? {} : { axis }), keepdims: true });
  return where(isFinite(largest), largest, 0);
};

/** log Σ eˣ without overflow; -Infinity for no elements. The derivative is softmax(x). Mirrors jax.nn.logsumexp. */
export function logsumexp(x: TensorLike, options: ReduceOptions = {}): Tensor {
  const input = toTensor('logsumexp', x);
  const offset = shift(input, options.axis);
  const total = log(sum(exp(sub(input, offset)), options));
  return add(total, offset.ndim === 0 ? offset : reshape(offset, total.shape));
}

/** The axis along which values are made to sum to 1; default the last. */
export interface SoftmaxOptions {
  readonly axis?: number | readonly number[];
}

/** eˣ / Σ eˣ along `axis` (default -1), without overflow. Mirrors jax.nn.softmax. */
export function softmax(x: TensorLike, { axis = -1 }: SoftmaxOptions = {}): Tensor {
  const input = toTensor('softmax', x);
  const unnormalized = exp(sub(input, shift(input, axis)));
  return div(unnormalized, sum(unnormalized, { axis, keepdims: true }));
}

/** log softmax(x) along `axis` (default -1), accurate where softmax(x) underflows. Mirrors jax.nn.log_softmax. */
export function logSoftmax(x: TensorLike, { axis = -1 }: SoftmaxOptions = {}): Tensor {
  const input = toTensor('logSoftmax', x);
  const shifted = sub(input, shift(input, axis));
  return sub(shifted, log(sum(exp(shifted), { axis, keepdims: true })));
}

/** Samplers of discrete distributions: integers, signs and categories. */
import { asOp, rangeError } from '../base/errors.ts';
import {
  checkAxis,
  checkBroadcast,
  checkIndexable,
  checkInteger,
  checkOptions,
  checkShape,
  toTensor,
} from '../core/check.ts';
import { checkedPrimitive } from '../ops/checked.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { less } from '../ops/compare.ts';
import { argmax } from '../ops/arg-extrema.ts';
import { forEachLine } from '../ops/lines.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { integersKernel } from '../kernels/threefry.ts';
import { type Key, rawBits, split } from './keys.ts';
import { unit } from './continuous.ts';
import { gumbel } from './transformed.ts';

const integersPrimitive: LoopPrimitive<{ minval: number; span: number }> = {
  name: 'random.randint',
  shape: ([high]) => high,
  loops: ([high], { minval, span }) => [
    {
      kind: 'bits',
      kernel: integersKernel,
      parameters: [minval, span],
      count: sizeOf(high),
      steps: [4, 4, 4, 0, 0],
    },
  ],
};

/**
 * Returns random integers in [minval, maxval).
 *
 * Both bounds must be within ±2²⁴, so that float32 holds the integers exactly. Throws a RangeError
 * for minval ≥ maxval, where JAX returns minval. Mirrors jax.random.randint.
 *
 * @example
 * console.log(random.randint(random.key(0), [5], 1, 7)); // → Tensor [5] [2, 1, 3, 2, 6]
 */
export function randint(key: Key, shape: Shape, minval: number, maxval: number): Tensor {
  const op = 'random.randint';
  checkInteger(op, 'minval', minval, -MAX_EXACT_INTEGER, MAX_EXACT_INTEGER);
  checkInteger(op, 'maxval', maxval, -MAX_EXACT_INTEGER, MAX_EXACT_INTEGER);
  if (minval >= maxval)
    throw rangeError(op, `invalid range: expected minval < maxval, got ${minval} and ${maxval}`);
  const checked = checkShape(op, shape);
  const [first, second] = asOp(op, () => split(key));
  const operands = [rawBits(op, first, checked), rawBits(op, second, checked)];
  return bind(integersPrimitive, operands, { minval, span: maxval - minval });
}

const probabilitiesPrimitive = checkedPrimitive<undefined>('random.bernoulli', (p) => {
  const bad = p.find((value) => !(value >= 0 && value <= 1));
  if (bad !== undefined)
    throw rangeError('random.bernoulli', `invalid p: expected numbers in [0, 1], got ${bad}`);
});

/**
 * Returns 1 with probability p (default ½), else 0.
 *
 * The shape is the given one, which p must broadcast to, or that of p. Throws a RangeError for a p
 * outside [0, 1]; a compiled function throws when it runs. Mirrors jax.random.bernoulli.
 *
 * @example
 * console.log(random.bernoulli(random.key(0), 0.3, [5])); // → Tensor [5] [0, 0, 0, 0, 0]
 */
export function bernoulli(key: Key, p: TensorLike = 0.5, shape?: Shape): Tensor {
  const op = 'random.bernoulli';
  const probability = toTensor(op, p, 'p');
  const out = checkShape(op, shape ?? probability.shape);
  if (!sameShape(checkBroadcast(op, [out, probability.shape]), out)) {
    throw rangeError(
      op,
      `shapes do not broadcast: expected p to broadcast to ${formatShape(out)}, got ${formatShape(probability.shape)}`,
    );
  }
  const checked = bind(probabilitiesPrimitive, [probability], undefined);
  const u = unit(op, key, out);
  return asOp(op, () => less(u, checked));
}

/**
 * Returns -1 or 1, each with probability ½. Mirrors jax.random.rademacher.
 *
 * @example console.log(random.rademacher(random.key(0), [4]).toArray()); // → [ -1, -1, 1, 1 ]
 */
export function rademacher(key: Key, shape: Shape = []): Tensor {
  return asOp('random.rademacher', () => sub(mul(2, bernoulli(key, 0.5, shape)), 1));
}

/**
 * The axis of the categories (default -1), and the shape of the result (default: that of the logits
 * without this axis).
 */
export interface CategoricalOptions {
  /** The axis of the categories. Default -1. */
  readonly axis?: number;
  /** The shape of the result. By default that of the logits without the axis. */
  readonly shape?: Shape;
}

const logitsPrimitive = checkedPrimitive<{ axis: number }>(
  'random.categorical',
  (logits, { axis }, shape) => {
    const bad = logits.find((value) => !(value < Infinity));
    if (bad !== undefined)
      throw rangeError('random.categorical', `invalid logits: expected numbers below Infinity, got ${bad}`);
    forEachLine(shape, axis, (_line, start, step) => {
      for (let i = 0; i < shape[axis]; i++) if (logits[start + i * step] !== -Infinity) return;
      throw rangeError(
        'random.categorical',
        `no possible category: expected a logit above -Infinity, got only -Infinity along axis ${axis} of shape ${formatShape(shape)}`,
      );
    });
  },
);

/**
 * Returns random categories 0 … n - 1 with the probabilities softmax(logits) along `axis`.
 *
 * A `shape` must end with the shape of the logits without `axis`; its leading axes are independent
 * samples. Throws a RangeError for logits that are NaN or Infinity, or that are all -Infinity along
 * the axis; a compiled function throws when it runs. Mirrors jax.random.categorical.
 *
 * @example
 * const logits = tensor([[0, -Infinity], [-Infinity, 0]]);
 * console.log(random.categorical(random.key(0), logits).toArray()); // → [ 0, 1 ]
 */
export function categorical(key: Key, logits: TensorLike, options: CategoricalOptions = {}): Tensor {
  const op = 'random.categorical';
  const input = toTensor(op, logits, 'logits');
  const { axis = -1, shape } = checkOptions(op, options, ['axis', 'shape']);
  const checked = checkAxis(op, axis, input.ndim, input.shape);
  if (input.shape[checked] === 0)
    throw rangeError(
      op,
      `no categories to choose from: expected axis ${checked} to have some, got shape ${formatShape(input.shape)}`,
    );
  checkIndexable(op, input.shape, checked);
  const batch = input.shape.filter((_, a) => a !== checked);
  const out = shape === undefined ? batch : checkShape(op, shape);
  const prefix = out.slice(0, Math.max(0, out.length - batch.length));
  if (!sameShape(out, [...prefix, ...batch])) {
    throw rangeError(
      op,
      `invalid shape: expected one that ends with ${formatShape(batch)}, got ${formatShape(out)}`,
    );
  }
  const possible = bind(logitsPrimitive, [input], { axis: checked });
  const noise = asOp(op, () => gumbel(key, [...prefix, ...input.shape]));
  return asOp(op, () => argmax(add(noise, possible), { axis: checked - input.ndim }));
}

/**
 * Losses of numbers. Predictions and targets have one shape, whatever it is. The loss is a scalar,
 * or has that shape with the reduction 'none'.
 */
import {
  abs,
  add,
  copysign,
  maximum,
  minimum,
  mul,
  square,
  sub,
  type Tensor,
  type TensorData,
} from '@mini/autograd';
import { asOp, checkOptions } from '@mini/autograd/check';
import { checkPositive } from '../checks.ts';
import { type LossOptions, inRange, readOptions, readPair, readReduction, reduce } from './reduction.ts';

/**
 * ½ Σ (predictions - targets)², summed over all elements by default, not averaged.
 *
 * With the reduction 'none', it is optax.l2_loss: half of optax.squared_error. Throws a RangeError
 * if the shapes differ.
 *
 * @example
 * console.log(squaredError(tensor([1, 2]), tensor([1, 4]))); // → Tensor 2
 */
export function squaredError(predictions: Tensor, targets: TensorData, options: LossOptions = {}): Tensor {
  const op = 'squaredError';
  const reduction = readOptions(op, options, 'sum');
  const [o, y] = readPair(op, predictions, targets);
  return asOp(op, () => mul(reduce(square(sub(o, y)), reduction), 0.5));
}

/**
 * (predictions - targets)², averaged over all elements by default.
 *
 * With the reduction 'none', it is optax.squared_error. Throws a RangeError if the shapes differ.
 *
 * @example
 * console.log(meanSquaredError(tensor([1, 2]), tensor([1, 4]))); // → Tensor 2
 */
export function meanSquaredError(
  predictions: Tensor,
  targets: TensorData,
  options: LossOptions = {},
): Tensor {
  const op = 'meanSquaredError';
  const reduction = readOptions(op, options);
  const [o, y] = readPair(op, predictions, targets);
  return asOp(op, () => reduce(square(sub(o, y)), reduction));
}

/**
 * |predictions - targets|, averaged over all elements by default.
 *
 * The slope at 0 is 1, as that of `abs`. Throws a RangeError if the shapes differ.
 *
 * @example console.log(absoluteError(tensor([1, 2]), [3, 5]).item()); // → 2.5
 */
export function absoluteError(predictions: Tensor, targets: TensorData, options: LossOptions = {}): Tensor {
  const op = 'absoluteError';
  const reduction = readOptions(op, options);
  const [o, y] = readPair(op, predictions, targets);
  return asOp(op, () => reduce(abs(sub(o, y)), reduction));
}

export interface HuberOptions extends LossOptions {
  /** The size of an error from which the loss is linear. Default 1. */
  readonly delta?: number;
}

/**
 * ½e² for errors e = predictions - targets up to delta, and delta·(|e| - ½delta) for larger ones.
 *
 * It is averaged over all elements by default. Throws a RangeError if the shapes differ. Mirrors
 * optax.huber_loss. Source: Huber 1964, https://doi.org/10.1214/aoms/1177703732
 *
 * @example
 * const losses = huberLoss(tensor([0, 0]), [1, 3], { reduction: 'none' });
 * console.log(losses.toArray()); // → [ 0.5, 2.5 ]
 */
export function huberLoss(predictions: Tensor, targets: TensorData, options: HuberOptions = {}): Tensor {
  const op = 'huberLoss';
  const { delta = 1, ...rest } = checkOptions(op, options, ['reduction', 'delta']);
  const reduction = readReduction(op, rest, 'mean');
  checkPositive(op, 'delta', delta);
  const [o, y] = readPair(op, predictions, targets);
  return asOp(op, () => {
    const size = abs(sub(o, y));
    const quadratic = minimum(size, delta);
    // Not size - quadratic: its gradient adds and subtracts delta, which rounds small slopes away.
    const linear = maximum(sub(size, delta), 0);
    return reduce(add(mul(0.5, square(quadratic)), mul(delta, linear)), reduction);
  });
}

/**
 * max(0, 1 - predictions·targets) for targets -1 and 1, averaged over all elements by default.
 *
 * Throws a RangeError if the shapes differ, or if a target is neither -1 nor 1, with a tolerance of
 * 0.001. More than 4,096 targets are not checked for that. Mirrors optax.hinge_loss.
 *
 * @example console.log(hingeLoss(tensor([0.5, 2]), [-1, 1]).item()); // → 0.75
 */
export function hingeLoss(predictions: Tensor, targets: TensorData, options: LossOptions = {}): Tensor {
  const op = 'hingeLoss';
  const reduction = readOptions(op, options);
  const [o, given] = readPair(op, predictions, targets);
  const sizes = inRange(
    op,
    'targets',
    asOp(op, () => abs(given)),
    [1 - 1e-3, 1 + 1e-3],
    '-1 or 1',
  );
  // Compiled functions leave out a check whose result is not used.
  return asOp(op, () => reduce(maximum(0, sub(1, mul(o, copysign(sizes, given)))), reduction));
}

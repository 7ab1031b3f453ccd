/** Rectified Adam. */
import {
  div,
  floor,
  greater,
  greaterEqual,
  mul,
  slice,
  sqrt,
  sub,
  type Tensor,
  tensor,
  where,
} from '@mini/autograd';
import { checkNumber, checkOptions } from '@mini/autograd/check';
import {
  type AdamMemory,
  MOMENT_OPTIONS,
  type MomentOptions,
  quotient,
  readMoments,
  scaleByMoments,
} from './moments.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

export interface ScaleByRadamOptions extends MomentOptions {
  /**
   * The least length of the approximated average for which steps are rectified, at least 4. Default
   * 5. Steps of length 4 or less are never rectified.
   */
  readonly threshold?: number;
}

const RADAM_OPTIONS = [...MOMENT_OPTIONS, 'threshold'] as const;

/**
 * Returns baseⁿ for an integer n < 2²⁴, by repeated squaring in float32, as optax computes it.
 *
 * The length of the average is a small difference of large numbers, so the last digit of the power
 * changes the fifth digit of a step.
 */
const integerPower = (base: number, n: Tensor): Tensor => {
  const places = Array.from({ length: 24 }, (_, i) => 2 ** -i);
  const halves = floor(mul(n, tensor(places)));
  const isOdd = sub(halves, mul(2, floor(mul(0.5, halves))));
  let [power, factor] = [tensor(1), Math.fround(base)];
  for (const i of places.keys()) {
    power = where(slice(isOdd, i), mul(power, factor), power);
    factor = Math.fround(factor * factor);
  }
  return power;
};

const scaleByRadamFor = (
  op: string,
  options: ScaleByRadamOptions,
): Transformation<StepMemory & AdamMemory> => {
  const { threshold = 5, ...rest } = options;
  // The formula has the root of (ρ - 4) / (ρ in the limit - 4).
  checkNumber(op, 'threshold', threshold, 'a finite number ≥ 4', (length) => length >= 4);
  const moments = readMoments(op, rest);
  // The length ρ of the average in the limit, and at step n.
  const end = 2 / (1 - (rest.beta2 ?? 0.999)) - 1;
  const lengthAt = (n: Tensor): Tensor => {
    const power = integerPower(moments.beta2, n);
    return sub(end, div(mul(mul(2, n), power), sub(1, power)));
  };
  return scaleByMoments(op, moments, {
    directionAt: (step) => {
      const length = lengthAt(step);
      const isLong = threshold > 4 ? greaterEqual(length, threshold) : greater(length, 4);
      const ratio = div(mul(mul(sub(length, 4), sub(length, 2)), end), mul((end - 4) * (end - 2), length));
      // Where the average is too short, the root of the ratio would be NaN.
      const factor = sqrt(where(isLong, ratio, 0));
      return (m, v) => where(isLong, quotient(mul(factor, m), v, moments), m);
    },
  });
};

/**
 * Like `scaleByAdam`, but returns the corrected mean of the gradients alone while too few steps
 * make their variance unreliable.
 *
 * Mirrors optax.scale_by_radam.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByRadam());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [4, -2]
 */
export function scaleByRadam(options: ScaleByRadamOptions = {}): Transformation<StepMemory & AdamMemory> {
  return scaleByRadamFor('scaleByRadam', checkOptions('scaleByRadam', options, RADAM_OPTIONS));
}

export interface RadamOptions extends ScaleByRadamOptions, DefaultRateOptions {}

/**
 * Rectified Adam: takes steps of momentum until the mean of the squares is reliable.
 *
 * Source: Liu et al. 2020, https://arxiv.org/abs/1908.03265
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = radam({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function radam(options: RadamOptions = {}): Optimizer<AdamMemory> {
  const { learningRate = 0.001, ...rest } = checkOptions('radam', options, [
    ...RADAM_OPTIONS,
    'learningRate',
  ]);
  return withRate('radam', learningRate, scaleByRadamFor('radam', rest));
}

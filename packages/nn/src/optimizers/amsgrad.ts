/** AMSGrad: Adam that divides by the largest mean of the squares so far. */
import { add, div, maximum, tree } from '@mini/autograd';
import { checkOptions } from '@mini/autograd/check';
import {
  type AdamMemory,
  BETA_OPTIONS,
  type BetaOptions,
  correctedMean,
  oneMinusPower,
  quotient,
  readMoments,
  runningMean,
  runningSquare,
} from './moments.ts';
import { makeTransformation } from './transformation.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

export interface ScaleByAmsgradOptions extends BetaOptions {}

/** The memory of AMSGrad: that of Adam, and the largest corrected mean of the squares. */
export interface AmsgradMemory extends AdamMemory {
  readonly maxSquare: true;
}

const scaleByAmsgradFor = (
  op: string,
  options: ScaleByAmsgradOptions,
): Transformation<StepMemory & AmsgradMemory> => {
  const moments = readMoments(op, options);
  const { beta1, beta2 } = moments;
  const start = { step: 0, mean: 0, square: 0, maxSquare: 0 };
  return makeTransformation<StepMemory & AmsgradMemory>(op, start, (gradients, state) => {
    const step = add(state.step, 1);
    const mean = runningMean(beta1, state.mean, gradients);
    const squares = runningSquare(beta2, state.square, gradients);
    const correction = oneMinusPower(beta2, step);
    const maxSquare = tree.map((last, v) => maximum(last, div(v, correction)), state.maxSquare, squares);
    const updates = tree.map(
      (m, v) => quotient(m, v, moments),
      correctedMean(beta1, step, mean, gradients, false),
      maxSquare,
    );
    return [updates, { step, mean, square: squares, maxSquare }];
  });
};

/**
 * Like `scaleByAdam`, but divides by the root of the largest mean of the squares so far.
 *
 * Mirrors optax.scale_by_amsgrad.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByAmsgrad());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [2, 1]
 */
export function scaleByAmsgrad(
  options: ScaleByAmsgradOptions = {},
): Transformation<StepMemory & AmsgradMemory> {
  return scaleByAmsgradFor('scaleByAmsgrad', checkOptions('scaleByAmsgrad', options, BETA_OPTIONS));
}

export interface AmsgradOptions extends ScaleByAmsgradOptions, DefaultRateOptions {}

/**
 * AMSGrad: Adam that divides by the largest mean of the squares so far.
 *
 * The means are corrected first, as in optax. Source: Reddi et al. 2018,
 * https://openreview.net/forum?id=ryQu7f-RZ
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = amsgrad({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function amsgrad(options: AmsgradOptions = {}): Optimizer<AmsgradMemory> {
  const { learningRate = 0.001, ...rest } = checkOptions('amsgrad', options, [
    ...BETA_OPTIONS,
    'learningRate',
  ]);
  return withRate('amsgrad', learningRate, scaleByAmsgradFor('amsgrad', rest));
}

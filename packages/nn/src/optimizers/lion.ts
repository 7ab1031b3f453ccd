/** Lion: steps along the sign of a running mean. */
import { add, mul, sign, tree } from '@mini/autograd';
import { checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import type { DecayOptions } from './adam.ts';
import { runningMean } from './moments.ts';
import { makeTransformation } from './transformation.ts';
import { addDecayedWeightsFor } from './weight-decay.ts';
import { type RateOptions, withRate } from './with-rate.ts';
import type { Optimizer, Transformation } from './types.ts';

/** The memory of Lion: the running mean of the gradients. */
export interface LionMemory {
  readonly mean: true;
}

export interface ScaleByLionOptions {
  /** The weight of the running mean in the step. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the running mean of the gradients. Default 0.99. */
  readonly beta2?: number;
}

export interface LionOptions extends ScaleByLionOptions, DecayOptions, RateOptions {}

const scaleByLionFor = (op: string, options: ScaleByLionOptions): Transformation<LionMemory> => {
  const { beta1 = 0.9, beta2 = 0.99 } = options;
  checkFraction(op, 'beta1', beta1);
  checkFraction(op, 'beta2', beta2);
  return makeTransformation<LionMemory>(op, { mean: 0 }, (gradients, { mean }) => [
    tree.map((g, m) => sign(add(mul(1 - beta1, g), mul(beta1, m))), gradients, mean),
    { mean: runningMean(beta2, mean, gradients) },
  ]);
};

/**
 * Replaces gradients with the sign of beta1·m + (1 - beta1)·g, for their running mean m.
 *
 * Mirrors optax.scale_by_lion.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByLion());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [2, 1]
 */
export function scaleByLion(options: ScaleByLionOptions = {}): Transformation<LionMemory> {
  return scaleByLionFor('scaleByLion', checkOptions('scaleByLion', options, ['beta1', 'beta2']));
}

/**
 * Lion: every element of a step has the size of the learning rate, apart from weight decay.
 *
 * Use a learning rate 3 to 10 times smaller than for Adam. The default of `weightDecay` is 1e-3, as
 * in optax. Source: Chen et al. 2023, https://arxiv.org/abs/2302.06675
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = lion({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.8999, 2.0998]
 */
export function lion(options: LionOptions): Optimizer<LionMemory> {
  const known = ['learningRate', 'beta1', 'beta2', 'weightDecay', 'mask'] as const;
  const { learningRate, weightDecay = 1e-3, mask, ...rest } = checkOptions('lion', options, known);
  const direction = scaleByLionFor('lion', rest);
  const decay = addDecayedWeightsFor('lion', weightDecay, mask);
  return withRate('lion', learningRate, direction, decay);
}

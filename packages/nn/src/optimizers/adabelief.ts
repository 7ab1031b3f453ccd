/** AdaBelief: Adam for the deviation of gradients from their mean. */
import { add, sub, tree } from '@mini/autograd';
import { checkOptions } from '@mini/autograd/check';
import {
  type AdamMemory,
  MOMENT_OPTIONS,
  type MomentOptions,
  readMoments,
  runningSquare,
  scaleByMoments,
} from './moments.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

const scaleByBeliefFor = (op: string, options: MomentOptions): Transformation<StepMemory & AdamMemory> => {
  const moments = readMoments(op, options, { epsilon: 1e-16, epsilonRoot: 1e-16 });
  const { beta2, epsilonRoot } = moments;
  return scaleByMoments(
    op,
    { ...moments, epsilonRoot: 0 },
    {
      nextSquare: (last, gradients, mean) => {
        const deviations = tree.map(sub, gradients, mean);
        return tree.map((v) => add(v, epsilonRoot), runningSquare(beta2, last, deviations));
      },
    },
  );
};

/**
 * Like `scaleByAdam`, but divides by the root of the running mean of (g - m)², where m is the
 * running mean of the gradients g.
 *
 * `epsilonRoot` is added to the running mean of the squared deviations in every step. Both epsilons
 * are 1e-16 by default. Mirrors optax.scale_by_belief.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByBelief());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [2.1111, 0.8889]
 */
export function scaleByBelief(options: MomentOptions = {}): Transformation<StepMemory & AdamMemory> {
  return scaleByBeliefFor('scaleByBelief', checkOptions('scaleByBelief', options, MOMENT_OPTIONS));
}

export interface AdabeliefOptions extends MomentOptions, DefaultRateOptions {}

/**
 * AdaBelief: large steps where gradients are close to their running mean.
 *
 * Source: Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adabelief();
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9989, 2.0011]
 */
export function adabelief(options: AdabeliefOptions = {}): Optimizer<AdamMemory> {
  const known = [...MOMENT_OPTIONS, 'learningRate'] as const;
  const { learningRate = 0.001, ...rest } = checkOptions('adabelief', options, known);
  return withRate('adabelief', learningRate, scaleByBeliefFor('adabelief', rest));
}

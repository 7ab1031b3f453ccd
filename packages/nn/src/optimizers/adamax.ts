/** AdaMax: Adam for the largest recent size of gradients. */
import { abs, add, div, maximum, mul, type Tensor, tree } from '@mini/autograd';
import { checkOptions } from '@mini/autograd/check';
import { correctedMean, readMoments, runningMean } from './moments.ts';
import { makeTransformation } from './transformation.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

export interface ScaleByAdamaxOptions {
  /** Decay rate of the running mean of the gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the largest size of the gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the sizes of the gradients. Default 1e-8. */
  readonly epsilon?: number;
}

const ADAMAX_OPTIONS = ['beta1', 'beta2', 'epsilon'] as const;

/** The memory of AdaMax: the running mean of the gradients, and their largest recent size. */
export interface AdamaxMemory {
  readonly mean: true;
  readonly largest: true;
}

const scaleByAdamaxFor = (
  op: string,
  options: ScaleByAdamaxOptions,
): Transformation<StepMemory & AdamaxMemory> => {
  const { beta1, beta2, epsilon } = readMoments(op, options);
  const start = { step: 0, mean: 0, largest: 0 };
  return makeTransformation<StepMemory & AdamaxMemory>(op, start, (gradients, state) => {
    const step = add(state.step, 1);
    const mean = runningMean(beta1, state.mean, gradients);
    const larger = (u: Tensor, g: Tensor): Tensor => maximum(add(abs(g), epsilon), mul(beta2, u));
    const largest = tree.map(larger, state.largest, gradients);
    const updates = tree.map(div, correctedMean(beta1, step, mean, gradients, false), largest);
    return [updates, { step, mean, largest }];
  });
};

/**
 * Like `scaleByAdam`, but divides by the largest recent size of the gradients. Mirrors
 * optax.scale_by_adamax.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByAdamax());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [2, 1]
 */
export function scaleByAdamax(options: ScaleByAdamaxOptions = {}): Transformation<StepMemory & AdamaxMemory> {
  return scaleByAdamaxFor('scaleByAdamax', checkOptions('scaleByAdamax', options, ADAMAX_OPTIONS));
}

export interface AdamaxOptions extends ScaleByAdamaxOptions, DefaultRateOptions {}

/**
 * AdaMax: Adam with the largest recent size of gradients instead of their root mean square.
 *
 * Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adamax({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function adamax(options: AdamaxOptions = {}): Optimizer<AdamaxMemory> {
  const { learningRate = 0.001, ...rest } = checkOptions('adamax', options, [
    ...ADAMAX_OPTIONS,
    'learningRate',
  ]);
  return withRate('adamax', learningRate, scaleByAdamaxFor('adamax', rest));
}

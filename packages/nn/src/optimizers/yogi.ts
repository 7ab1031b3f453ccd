/** Yogi: Adam whose mean of the squares changes by a bounded amount. */
import { mul, sign, square, sub, type Tensor, tree } from '@mini/autograd';
import { checkNotNegative, checkOptions } from '@mini/autograd/check';
import { type AdamMemory, BETA_OPTIONS, type BetaOptions, readMoments, scaleByMoments } from './moments.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

export interface ScaleByYogiOptions extends BetaOptions {
  /** The first value of both running means. Default 1e-6. */
  readonly initialAccumulatorValue?: number;
}

const YOGI_OPTIONS = [...BETA_OPTIONS, 'initialAccumulatorValue'] as const;

const scaleByYogiFor = (op: string, options: ScaleByYogiOptions): Transformation<StepMemory & AdamMemory> => {
  const { initialAccumulatorValue = 1e-6, ...rest } = options;
  checkNotNegative(op, 'initialAccumulatorValue', initialAccumulatorValue);
  const moments = readMoments(op, rest, { epsilon: 1e-3 });
  const approach = (v: Tensor, g: Tensor): Tensor => {
    const target = square(g);
    return sub(v, mul(mul(1 - moments.beta2, sign(sub(v, target))), target));
  };
  return scaleByMoments(op, moments, {
    start: initialAccumulatorValue,
    nextSquare: (last, gradients) => tree.map(approach, last, gradients),
  });
};

/**
 * Like `scaleByAdam`, with a mean of the squares that changes by (1 - beta2)·g² in each step.
 *
 * The default of `epsilon` is 1e-3. Mirrors optax.scale_by_yogi.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByYogi());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [1.9996, 1.0003]
 */
export function scaleByYogi(options: ScaleByYogiOptions = {}): Transformation<StepMemory & AdamMemory> {
  return scaleByYogiFor('scaleByYogi', checkOptions('scaleByYogi', options, YOGI_OPTIONS));
}

export interface YogiOptions extends ScaleByYogiOptions, DefaultRateOptions {}

/**
 * Yogi: Adam whose steps grow slowly after large gradients. The default of `epsilon` is 1e-3.
 *
 * Source: Zaheer et al. 2018, https://papers.nips.cc/paper/8186
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = yogi({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function yogi(options: YogiOptions = {}): Optimizer<AdamMemory> {
  const { learningRate = 0.001, ...rest } = checkOptions('yogi', options, [...YOGI_OPTIONS, 'learningRate']);
  return withRate('yogi', learningRate, scaleByYogiFor('yogi', rest));
}

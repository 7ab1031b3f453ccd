/** Adam, and Adam with other momentum or weight decay. */
import { checkOptions, typeError } from '@mini/autograd/check';
import type { Mask } from './mask.ts';
import {
  type AdamMemory,
  BETA_OPTIONS,
  type BetaOptions,
  MOMENT_OPTIONS,
  type MomentOptions,
  readMoments,
  scaleByMoments,
} from './moments.ts';
import { addDecayedWeightsFor } from './weight-decay.ts';
import { type DefaultRateOptions, withRate } from './with-rate.ts';
import type { Optimizer, StepMemory, Transformation } from './types.ts';

/**
 * Divides the corrected running mean of the gradients by the root of the corrected running mean of
 * their squares.
 *
 * Mirrors optax.scale_by_adam. Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByAdam());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [2, 1]
 */
export function scaleByAdam(options: MomentOptions = {}): Transformation<AdamMemory & StepMemory> {
  const op = 'scaleByAdam';
  return scaleByMoments(op, readMoments(op, checkOptions(op, options, MOMENT_OPTIONS)));
}

export interface AdamOptions extends MomentOptions, DefaultRateOptions {}

const ADAM_OPTIONS = ['learningRate', ...MOMENT_OPTIONS] as const;

/**
 * Adam: steps of about the learning rate, regardless of the scale of the gradients.
 *
 * The default of `epsilon` is 1e-8. Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adam({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function adam(options: AdamOptions = {}): Optimizer<AdamMemory> {
  if (typeof options === 'object' && options !== null && 'weightDecay' in options)
    throw typeError(
      'adam',
      `no weight decay: expected ${ADAM_OPTIONS.join(', ')}, got weightDecay; write adamw(…)`,
    );
  return adamFor('adam', checkOptions('adam', options, ADAM_OPTIONS));
}

export interface NadamOptions extends BetaOptions, DefaultRateOptions {}

/**
 * Adam with Nesterov momentum.
 *
 * Source: Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = nadam({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.8526, 2.1474]
 */
export function nadam(options: NadamOptions = {}): Optimizer<AdamMemory> {
  const known = ['learningRate', ...BETA_OPTIONS] as const;
  return adamFor('nadam', { ...checkOptions('nadam', options, known), nesterov: true });
}

export interface DecayOptions {
  /** Adds weightDecay · w to the step of each parameter w. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

/** Default of `weightDecay`: 1e-4, as in optax. */
export interface AdamWOptions extends AdamOptions, DecayOptions {}

/**
 * Adam with decoupled weight decay: w ← w - rate·(step of Adam + weightDecay·w).
 *
 * The default of `weightDecay` is 1e-4, as in optax. Source: Loshchilov and Hutter 2019,
 * https://arxiv.org/abs/1711.05101
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adamw({ learningRate: 0.1, weightDecay: 0.01 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.899, 2.098]
 */
export function adamw(options: AdamWOptions = {}): Optimizer<AdamMemory> {
  const { weightDecay = 1e-4, ...rest } = checkOptions('adamw', options, [
    ...ADAM_OPTIONS,
    'weightDecay',
    'mask',
  ]);
  return adamFor('adamw', { ...rest, weightDecay });
}

const adamFor = (op: string, options: AdamWOptions): Optimizer<AdamMemory> => {
  const { learningRate = 0.001, weightDecay = 0, mask } = options;
  const direction = scaleByMoments(op, readMoments(op, options));
  const decay = addDecayedWeightsFor(op, weightDecay, mask);
  return withRate(op, learningRate, direction, decay);
};

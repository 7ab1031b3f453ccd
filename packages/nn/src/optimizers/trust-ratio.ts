/** Optimizers whose steps are proportional to the norm of each parameter. */
import { add, div, equal, maximum, mul, norm, type Tensor, tree, where } from '@mini/autograd';
import { checkBoolean, checkNotNegative, checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import type { DecayOptions } from './adam.ts';
import { chainFor } from './chain.ts';
import { checkMaskType, type Mask, maskedFor } from './mask.ts';
import { type AdamMemory, BETA_OPTIONS, type BetaOptions, readMoments, scaleByMoments } from './moments.ts';
import { type MomentumMemory, traceFor } from './momentum.ts';
import { optimizerFor } from './optimizer.ts';
import { scaleByLearningRateFor } from './scaling.ts';
import { makeTransformation } from './transformation.ts';
import { addDecayedWeightsFor } from './weight-decay.ts';
import { type RateOptions, withRate } from './with-rate.ts';
import type { NoMemory, Optimizer, Transformation } from './types.ts';

export interface TrustRatioOptions {
  /** The least norm of parameters and updates. Default 0. */
  readonly minNorm?: number;
  /** A factor of the ratio. Default 1. */
  readonly trustCoefficient?: number;
  /** Added to the norm of the updates. Default 0. */
  readonly epsilon?: number;
}

const scaleByTrustRatioFor = (op: string, options: TrustRatioOptions): Transformation<NoMemory> => {
  const { minNorm = 0, trustCoefficient = 1, epsilon = 0 } = options;
  checkNotNegative(op, 'minNorm', minNorm);
  checkNotNegative(op, 'trustCoefficient', trustCoefficient);
  checkNotNegative(op, 'epsilon', epsilon);
  const scaled = (g: Tensor, w: Tensor): Tensor => {
    const [ofUpdate, ofParam] = [maximum(norm(g), minNorm), maximum(norm(w), minNorm)];
    const ratio = div(mul(trustCoefficient, ofParam), add(ofUpdate, epsilon));
    const isZero = maximum(equal(ofUpdate, 0), equal(ofParam, 0));
    return mul(g, where(isZero, 1, ratio));
  };
  return makeTransformation<NoMemory>(op, {}, (gradients, state, params) => [
    tree.map(scaled, gradients, params),
    state,
  ]);
};

/**
 * Multiplies the gradient of each parameter by ‖w‖ / ‖g‖, or by 1 if one of the norms is 0.
 *
 * Mirrors optax.scale_by_trust_ratio. Source: You et al. 2020, https://arxiv.org/abs/1904.00962
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(chain(scaleByTrustRatio(), scale(-0.1)));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.8658, 2.1789]
 */
export function scaleByTrustRatio(options: TrustRatioOptions = {}): Transformation<NoMemory> {
  const known = ['minNorm', 'trustCoefficient', 'epsilon'] as const;
  return scaleByTrustRatioFor('scaleByTrustRatio', checkOptions('scaleByTrustRatio', options, known));
}

export interface LambOptions extends BetaOptions, DecayOptions, RateOptions {}

/**
 * LAMB, for large batches: steps of Adam, scaled to the norm of each parameter.
 *
 * By default, `epsilon` is 1e-6 and `weightDecay` is 0, as in optax. Source: You et al. 2020,
 * https://arxiv.org/abs/1904.00962
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = lamb({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.8419, 2.1581]
 */
export function lamb(options: LambOptions): Optimizer<AdamMemory> {
  const op = 'lamb';
  const known = ['learningRate', ...BETA_OPTIONS, 'weightDecay', 'mask'] as const;
  const { learningRate, weightDecay = 0, mask, ...rest } = checkOptions(op, options, known);
  const direction = scaleByMoments(op, readMoments(op, rest, { epsilon: 1e-6 }));
  const decay = addDecayedWeightsFor(op, weightDecay, mask);
  return withRate(op, learningRate, direction, decay, scaleByTrustRatioFor(op, {}));
}

export interface LarsOptions extends RateOptions {
  /** Adds weightDecay · w to the gradient of each parameter w. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly weightDecayMask?: Mask;
  /** A factor of the ratio of the norms. Default 0.001. */
  readonly trustCoefficient?: number;
  /** Added to the norm of the updates. Default 0. */
  readonly epsilon?: number;
  /** Which gradients are multiplied by the ratio of the norms. Default: all. */
  readonly trustRatioMask?: Mask;
  /** The fraction of the last velocity that is kept. Default 0.9. */
  readonly momentum?: number;
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * LARS: gradient descent with momentum, with steps proportional to the norms of the parameters.
 *
 * Source: You et al. 2017, https://arxiv.org/abs/1708.03888
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = lars({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9999, 2.0002]
 */
export function lars(options: LarsOptions): Optimizer<MomentumMemory> {
  const op = 'lars';
  const {
    learningRate,
    weightDecay = 0,
    weightDecayMask = true,
    trustCoefficient = 0.001,
    epsilon = 0,
    trustRatioMask = true,
    momentum = 0.9,
    nesterov = false,
  } = checkOptions(op, options, [
    'learningRate',
    'weightDecay',
    'weightDecayMask',
    'trustCoefficient',
    'epsilon',
    'trustRatioMask',
    'momentum',
    'nesterov',
  ]);
  const rate = scaleByLearningRateFor(op, learningRate);
  checkFraction(op, 'momentum', momentum);
  checkBoolean(op, 'nesterov', nesterov);
  checkMaskType(op, 'weightDecayMask', weightDecayMask);
  checkMaskType(op, 'trustRatioMask', trustRatioMask);
  const parts = [
    addDecayedWeightsFor(op, weightDecay, weightDecayMask),
    maskedFor(op, scaleByTrustRatioFor(op, { trustCoefficient, epsilon }), trustRatioMask),
    rate,
    traceFor(op, momentum, nesterov),
  ];
  return optimizerFor(op, chainFor<MomentumMemory>(op, parts));
}

/** Stochastic gradient descent. */
import { checkBoolean, checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import type { Mask } from './mask.ts';
import { type MomentumMemory, traceFor } from './momentum.ts';
import { scaleBySignFor } from './scaling.ts';
import { addDecayedWeightsFor } from './weight-decay.ts';
import { type RateOptions, withRate } from './with-rate.ts';
import type { NoMemory, Optimizer, Transformation } from './types.ts';

export interface SgdOptions extends RateOptions {
  /** The fraction of the last velocity that is kept. Default 0. */
  readonly momentum?: number;
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
  /** Adds weightDecay · w to the gradient of each parameter w. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

/**
 * Stochastic gradient descent: v ← momentum·v + g, w ← w - rate·v.
 *
 * With `nesterov`, the second formula is w ← w - rate·(momentum·v + g). Both are those of optax.sgd
 * and torch.optim.SGD. Without momentum, the state contains no velocity.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = sgd({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function sgd(options: SgdOptions & { readonly momentum?: 0 }): Optimizer<NoMemory>;
export function sgd(options: SgdOptions): Optimizer<MomentumMemory>;
export function sgd(options: SgdOptions): Optimizer<NoMemory> | Optimizer<MomentumMemory> {
  const {
    learningRate,
    momentum = 0,
    nesterov = false,
    weightDecay = 0,
    mask,
  } = checkOptions('sgd', options, ['learningRate', 'momentum', 'nesterov', 'weightDecay', 'mask']);
  checkFraction('sgd', 'momentum', momentum);
  checkBoolean('sgd', 'nesterov', nesterov);
  const decay = addDecayedWeightsFor('sgd', weightDecay, mask);
  const velocity: readonly Transformation[] = momentum === 0 ? [] : [traceFor('sgd', momentum, nesterov)];
  return withRate('sgd', learningRate, decay, ...velocity);
}

/**
 * Descent along the signs of the gradients: w ← w - rate·sign(g).
 *
 * Source: Bernstein et al. 2018, https://arxiv.org/abs/1802.04434
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = signSgd({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function signSgd(options: RateOptions): Optimizer<NoMemory> {
  const { learningRate } = checkOptions('signSgd', options, ['learningRate']);
  return withRate('signSgd', learningRate, scaleBySignFor('signSgd'));
}

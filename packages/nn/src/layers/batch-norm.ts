/** BatchNorm: normalizes over the batch, with running statistics as its state. */
import {
  type Tensor,
  add,
  mul,
  ones as onesTensor,
  reshape,
  rsqrt,
  stopGradient,
  sub,
  zeros as zerosTensor,
} from '@mini/autograd';
import { asOp, checkOptions, formatShape, rangeError } from '@mini/autograd/check';
import { checkPart, checkShaped } from '../checks.ts';
import { type Network, checkState, givenState, network } from './network.ts';
import {
  NORM_OPTIONS,
  type NormOptions,
  type ScaleAndBias,
  center,
  checkFeatures,
  makeAffine,
} from './normalization.ts';
import { channelsOf } from './parameters.ts';

/** The options of `BatchNorm`. */
export interface BatchNormOptions extends NormOptions {
  /** The part of the running statistics that each batch keeps. Default 0.99, as in flax. */
  readonly momentum?: number;
}

/** The state of `BatchNorm`: running mean and variance, [channels] each. */
export interface BatchNormState {
  readonly mean: Tensor;
  readonly var: Tensor;
}

/**
 * A layer that normalizes over all axes but the last: in training with the mean and the variance of
 * the batch, in evaluation with running ones.
 *
 * Inputs and outputs are [batch, ..., channels]; scale, bias and both statistics are [channels].
 * Each batch moves the statistics: running = momentum·running + (1 - momentum)·(that of the batch).
 * Throws a RangeError for an empty batch. Mirrors flax.linen.BatchNorm. Source: Ioffe and Szegedy
 * 2015, https://arxiv.org/abs/1502.03167
 *
 * @example
 * const layer = BatchNorm();
 * const params = layer.init(random.key(0), [1, 2]);
 * const state = layer.initState([1, 2]);
 * const [y, next] = layer.train(params, tensor([[1, 10], [3, 30]]), { state });
 * console.log(round(y).toArray()); // → [ [ -1, -1 ], [ 1, 1 ] ]
 * console.log(layer.evaluate(params, tensor([[1, 10]]), next).shape); // → [ 1, 2 ]
 */
export function BatchNorm(options: BatchNormOptions = {}): Network<ScaleAndBias, BatchNormState, 'state'> {
  const op = 'BatchNorm';
  const { momentum = 0.99, ...rest } = checkOptions(op, options, [...NORM_OPTIONS, 'momentum']);
  checkPart(op, 'momentum', momentum);
  const affine = makeAffine(op, rest, 1e-5);
  const checkStatistics = (state: object, channels: number): BatchNormState => {
    const { mean: average, var: variance } = state as BatchNormState;
    return {
      mean: checkShaped(op, 'state mean', average, [channels]),
      var: checkShaped(op, 'state var', variance, [channels]),
    };
  };
  /** Moves a running statistic towards that of the batch. Its derivative is zero. */
  const move = (running: Tensor, batch: Tensor, channels: number): Tensor => {
    const own = reshape(batch, [channels]);
    // The unused term is left out: it can be infinite, and 0·∞ is NaN.
    if (momentum === 0 || momentum === 1) return stopGradient(momentum === 0 ? own : running);
    return stopGradient(add(mul(running, momentum), mul(own, 1 - momentum)));
  };
  return network(op, {
    init: affine.init,
    initState: (inputShape) => {
      const channels = channelsOf(op, inputShape);
      return asOp(op, () => ({ mean: zerosTensor([channels]), var: onesTensor([channels]) }));
    },
    train: (params, x, given) => {
      const { shape } = checkFeatures(op, x);
      if (x.size === 0)
        throw rangeError(
          op,
          `batch is empty: expected at least one element for each channel, got shape ${formatShape(shape)}`,
        );
      const channels = shape[shape.length - 1];
      const running = checkStatistics(givenState(op, given), channels);
      return asOp(op, () => {
        const batch = center(x, [...shape.keys()].slice(0, -1), affine.epsilon);
        const next = {
          mean: move(running.mean, batch.mean, channels),
          var: move(running.var, batch.variance, channels),
        };
        return [affine.apply(params, batch.centered, batch.factor), next];
      });
    },
    evaluate: (params, x, state) => {
      const { shape } = checkFeatures(op, x);
      const running = checkStatistics(checkState(op, state), shape[shape.length - 1]);
      return asOp(op, () =>
        affine.apply(params, sub(x, running.mean), rsqrt(add(running.var, affine.epsilon))),
      );
    },
    outputShape: (inputShape) => {
      channelsOf(op, inputShape);
      return [...inputShape];
    },
  });
}

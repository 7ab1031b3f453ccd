/** Dropout: sets random elements to zero in training. */
import { div, where } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkShape } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import type { NoParams } from './module.ts';
import { type Network, type NoState, givenKey, network } from './network.ts';
import { checkInput } from './parameters.ts';

/**
 * A layer that, in training, sets each element to 0 with probability `rate`, and divides the others
 * by 1 - rate, so that the mean stays. In evaluation it changes nothing.
 *
 * Throws a RangeError for a rate outside [0, 1). Mirrors flax.linen.Dropout. Source: Srivastava et
 * al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * @example
 * const layer = Dropout(0.5);
 * const [y] = layer.train({}, ones([1000]), { key: random.key(0) });
 * console.log(max(y).item(), layer.evaluate({}, ones([2])).toArray()); // → 2 [ 1, 1 ]
 */
export function Dropout(rate: number): Network<NoParams, NoState, 'key'> {
  const op = 'Dropout';
  checkFraction(op, 'rate', rate);
  return network(op, {
    init: () => ({}),
    initState: () => ({}),
    train: (_params, x, given) => {
      checkInput(op, x);
      const key = givenKey(op, given);
      if (rate === 0) return [x, {}];
      return asOp(op, () => [where(random.bernoulli(key, 1 - rate, x.shape), div(x, 1 - rate), 0), {}]);
    },
    evaluate: (_params, x) => checkInput(op, x),
    outputShape: (inputShape) => checkShape(op, inputShape),
  });
}

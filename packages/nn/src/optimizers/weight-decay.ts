/** Weight decay. */
import { add, mul, type Tensor, tree } from '@mini/autograd';
import { checkNotNegative } from '@mini/autograd/check';
import { checkMaskType, type Mask, maskedFor } from './mask.ts';
import { makeTransformation } from './transformation.ts';
import type { NoMemory, Transformation } from './types.ts';

/** `addDecayedWeights` whose errors start with `op`. */
export const addDecayedWeightsFor = (
  op: string,
  weightDecay: number,
  mask: Mask | undefined,
): Transformation<NoMemory> => {
  checkNotNegative(op, 'weightDecay', weightDecay);
  const decay = (g: Tensor, w: Tensor): Tensor => add(g, mul(weightDecay, w));
  const all = makeTransformation<NoMemory>(op, {}, (gradients, state, params) => [
    weightDecay === 0 ? gradients : tree.map(decay, gradients, params),
    state,
  ]);
  if (mask === undefined) return all;
  checkMaskType(op, 'mask', mask);
  return maskedFor(op, all, mask);
};

/**
 * Adds weightDecay · w to the gradient of each parameter w where the mask is true.
 *
 * Without a mask, all parameters decay. Mirrors optax.add_decayed_weights.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(chain(addDecayedWeights(0.1), scaleByLearningRate(0.1)));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.69, 2.38]
 */
export function addDecayedWeights(weightDecay: number, mask?: Mask): Transformation<NoMemory> {
  return addDecayedWeightsFor('addDecayedWeights', weightDecay, mask);
}

/** Optimizers: transformations whose updates are added to the parameters. */
import { add, tree } from '@mini/autograd';
import { asOp } from '@mini/autograd/check';
import { chainFor, toTransformation } from './chain.ts';
import { checkLike, checkOrder, checkNames } from './checks.ts';
import { makeTransformation } from './transformation.ts';
import type { Memory, Optimizer, State, StepMemory, Transformation } from './types.ts';

/** Returns the transformation with `step` in its state, the number of steps taken. */
export const countingSteps = <S>(
  op: string,
  transformation: Transformation<S>,
): Transformation<S & StepMemory> => {
  const countSteps = makeTransformation<StepMemory>(op, { step: 0 }, (gradients, { step }) => [
    gradients,
    { step: add(step, 1) },
  ]);
  return chainFor<S & StepMemory>(op, [countSteps, transformation]);
};

/** `optimizer` whose errors start with `op`. */
export const optimizerFor = <S>(op: string, transformation: Transformation<S>): Optimizer<S> => {
  const counted = countingSteps(op, transformation);
  const [init, update] = [`${op}.init`, `${op}.update`];
  return {
    transformation,
    init: <P>(params: P) => {
      checkLike(init, 'params', params, params);
      return counted.init(params) as State<S, P>;
    },
    update: <P>(params: P, gradients: P, state: State<S, P>) => {
      checkOrder(update, 'optimizer', [params, gradients, state], () => {
        checkNames(update, ['step'], state);
        checkLike(update, 'gradients', params, gradients);
      });
      const [updates, next] = counted.update(gradients, state as Memory<S & StepMemory, P>, params);
      checkLike(update, 'updates', params, updates);
      return [asOp(update, () => tree.map(add, params, updates)), next as State<S, P>];
    },
  };
};

/**
 * Turns a transformation into an optimizer: its updates are added to the parameters.
 *
 * The state has the trees of the transformation, and `step`, the number of steps taken.
 *
 * Unlike in optax, `update` takes (params, gradients, state) and returns the new parameters.
 *
 * @example
 * const { init, update } = optimizer(chain(ema(0.9), scale(-0.1)));
 * const params = tensor([1, 2]);
 * console.log(update(params, tensor([5, -10]), init(params))[0].toArray()); // → [ 0.5, 3 ]
 */
export function optimizer<S>(transformation: Transformation<S> | Optimizer<S>): Optimizer<S> {
  return optimizerFor('optimizer', toTransformation('optimizer', 'transformation', transformation));
}

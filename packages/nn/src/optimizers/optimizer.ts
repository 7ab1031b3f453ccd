/** Optimizers: transformations whose updates are added to the parameters. */
import { add, type Tensor, tree } from '@mini/autograd';
import { asOp } from '@mini/autograd/check';
import { chainFor, toTransformation } from './chain.ts';
import { checkLike, checkOrder, checkNames } from './checks.ts';
import { makeTransformation, type Memory, type StepMemory, type Transformation } from './transformation.ts';

/**
 * An optimizer: a pair of pure functions, for parameters of any type P.
 *
 * The state is a tree of tensors, of type State<S, P>. Optimizers of all kinds are assignable to
 * `Optimizer` without S.
 */
export interface Optimizer<S = object> {
  /** Returns the state before the first step. */
  init<P>(params: P): State<S, P>;
  /** Returns the parameters and the state after one step along `gradients`. */
  update<P>(params: P, gradients: NoInfer<P>, state: State<S, P>): [P, State<S, P>];
  /**
   * The transformation that computes the updates, which lets an optimizer be a part of a chain.
   *
   * `optimizer` sets it. An optimizer that is written by hand needs none, outside of chains.
   */
  readonly transformation?: Transformation<S>;
}

/**
 * The state of an optimizer, a tree of tensors.
 *
 * `step` is the number of steps taken. For each name in S there is a tree of the same structure as
 * the parameters, or what `Memory` describes.
 */
export type State<S, P> = { readonly step: Tensor } & Memory<S, P>;

/** `optimizer` whose errors start with `op`. */
export const optimizerFor = <S>(op: string, transformation: Transformation<S>): Optimizer<S> => {
  const countSteps = makeTransformation<StepMemory>(op, { step: 0 }, (gradients, { step }) => [
    gradients,
    { step: add(step, 1) },
  ]);
  const counted = chainFor<S & StepMemory>(op, [countSteps, transformation]);
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
 * Makes an optimizer of a transformation: its updates are added to the parameters.
 *
 * The state has the trees of the transformation, and `step`, the number of steps taken.
 *
 * Unlike in optax, `update` takes (params, gradients, state) and returns the new parameters.
 *
 * @example
 * const { init, update } = optimizer(chain(trace(0.9), scale(-0.1)));
 * const params = tensor([1, 2]);
 * console.log(update(params, tensor([1, -1]), init(params))[0].toArray()); // → [ 0.9, 2.1 ]
 */
export function optimizer<S>(transformation: Transformation<S> | Optimizer<S>): Optimizer<S> {
  return optimizerFor('optimizer', toTransformation('optimizer', 'transformation', transformation));
}

/** Hyperparameters that are part of the state. */
import { type Tensor, tensor } from '@mini/autograd';
import { checkFunction, checkNotNegative, checkObject } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { toTransformation } from './chain.ts';
import { checkNames, checkOrder, checkLike } from './checks.ts';
import { optimizerFor } from './optimizer.ts';
import type { Memory, Optimizer, Transformation } from './types.ts';

/** The memory of `injectHyperparams`: the learning rate. */
export interface HyperparamsMemory {
  readonly hyperparams: { readonly learningRate: Tensor };
}

/**
 * Keeps the learning rate of an optimizer in its state, as `hyperparams.learningRate`.
 *
 * A program can then change the rate between steps. A compiled step is not compiled again. `make`
 * is a function of options with a `learningRate`, such as `adam`. Mirrors optax.inject_hyperparams.
 *
 * @example
 * const { init, update } = injectHyperparams(sgd)({ learningRate: 1 });
 * const step = jit(update);
 * let [params, state] = step(tensor(5), tensor(1), init(tensor(5)));
 * state = { ...state, hyperparams: { learningRate: tensor(0.5) } };
 * [params, state] = step(params, tensor(1), state);
 * console.log(params.item()); // → 3.5
 */
export function injectHyperparams<O, S>(
  make: (options: O) => Optimizer<S>,
): (options: NonNullable<O> & { readonly learningRate: number }) => Optimizer<S & HyperparamsMemory> {
  const op = 'injectHyperparams';
  checkFunction(op, 'make', make);
  return (options) => {
    checkObject(op, 'options', options);
    const first = checkNotNegative(op, 'learningRate', options.learningRate);
    /** The rate of the state that is being updated, during an update. */
    let rate: Tensor | undefined;
    const made = make({ ...options, learningRate: () => rate ?? tensor(first) } as O);
    const inner = toTransformation(op, 'result of make', made);
    const transformation: Transformation<S & HyperparamsMemory> = {
      init: <P>(params: P) =>
        ({ ...inner.init(params), hyperparams: { learningRate: tensor(first) } }) as Memory<
          S & HyperparamsMemory,
          P
        >,
      update: <P>(gradients: P, state: Memory<S & HyperparamsMemory, P>, params: P) => {
        checkOrder(`${op}.update`, 'transformation', [gradients, state, params], () => {
          checkLike(`${op}.update`, 'gradients', params, gradients);
          checkNames(`${op}.update`, ['hyperparams'], state);
        });
        const { hyperparams, ...rest } = state as { readonly hyperparams: { readonly learningRate: Tensor } };
        checkNames(`${op}.update`, ['learningRate'], hyperparams);
        const { learningRate } = hyperparams;
        checkShaped(`${op}.update`, 'hyperparams.learningRate in the state', learningRate, []);
        try {
          rate = learningRate;
          const [updates, next] = inner.update(gradients, rest as Memory<S, P>, params);
          return [updates, { ...next, hyperparams } as Memory<S & HyperparamsMemory, P>];
        } finally {
          // Do not keep a tensor of a function that is being traced.
          rate = undefined;
        }
      },
    };
    return optimizerFor(op, transformation);
  };
}

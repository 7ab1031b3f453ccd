/** Hyperparameters that are part of the state. */
import { type Tensor, tensor } from '@mini/autograd';
import { checkFunction, checkNotNegative, checkObject } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { chainFor, toTransformation } from './chain.ts';
import { checkNames } from './checks.ts';
import { optimizerFor } from './optimizer.ts';
import type { Optimizer, Transformation } from './types.ts';

/** The memory of `injectHyperparams`: the learning rate. */
export interface HyperparamsMemory {
  readonly hyperparams: { readonly learningRate: Tensor };
}

/**
 * Keeps the learning rate of an optimizer in its state, as `hyperparams.learningRate`.
 *
 * A program can then change the rate between steps. A compiled step is not compiled again. `make`
 * is a function of options with a `learningRate`, such as `adam`. If the state of its optimizer has
 * `hyperparams`, too, the inner ones are `hyperparams2`. Mirrors optax.inject_hyperparams.
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
    const holder: Transformation<HyperparamsMemory> = {
      init: () => ({ hyperparams: { learningRate: tensor(first) } }),
      update: (gradients, state) => {
        const { learningRate } = checkNames(`${op}.update`, ['learningRate'], state.hyperparams, true);
        rate = checkShaped(`${op}.update`, 'hyperparams.learningRate in the state', learningRate, []);
        return [gradients, state];
      },
    };
    const both = chainFor<S & HyperparamsMemory>(op, [holder, inner]);
    return optimizerFor<S & HyperparamsMemory>(op, {
      init: both.init,
      update: (...args) => {
        try {
          return both.update(...args);
        } finally {
          // Do not keep a tensor of a function that is being traced.
          rate = undefined;
        }
      },
    });
  };
}

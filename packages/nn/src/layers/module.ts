/** Module: a layer or network as a pair of pure functions over a tree of parameters. */
import type { Shape, Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import {
  checkFunction,
  checkShape,
  checkTensor,
  formatShape,
  rangeError,
  sameShape,
} from '@mini/autograd/check';
import { checkInput } from './parameters.ts';

/**
 * A layer or network without state.
 *
 * `init` returns the parameters, a tree of type P, and `apply` takes them. A layer that needs
 * random keys or a state in training is a `Network`.
 *
 * @example
 * // A layer of one's own: it multiplies each channel by a parameter.
 * const Scale: Module<{ scale: Tensor }> = {
 *   init: (_key, shape) => ({ scale: ones(shape.slice(-1)) }),
 *   apply: ({ scale }, x) => x.mul(scale),
 *   outputShape: (inputShape) => inputShape,
 * };
 * const net = Sequential({ hidden: Dense(4), scale: Scale });
 * console.log(net.init(random.key(0), [1, 3]).scale.scale.shape); // → [ 4 ]
 */
export interface Module<P> {
  /** Returns new parameters for inputs of `inputShape`. The sizes of batch axes have no effect. */
  init(key: random.Key, inputShape: Shape): P;
  /** Returns the output for the input x. */
  apply(params: P, x: Tensor): Tensor;
  /**
   * Returns the shape of the output for inputs of `inputShape`.
   *
   * Throws a RangeError for a shape that does not fit the module.
   */
  outputShape(inputShape: Shape): Shape;
}

/** The parameters of a module without parameters: an empty object. */
export type NoParams = Readonly<Record<string, never>>;

/**
 * Returns a module without parameters that applies the elementwise function `f`.
 *
 * @example
 * const net = Sequential({ hidden: Dense(4), act: Activation(tanh), out: Dense(1) });
 * console.log(net.apply(net.init(random.key(0), [1, 2]), tensor([[1, 2]])).shape); // → [ 1, 1 ]
 */
export function Activation(f: (x: Tensor) => Tensor): Module<NoParams> {
  checkFunction('Activation', 'f', f);
  return {
    init: () => ({}),
    apply: (_params, x) => {
      const { shape } = checkInput('Activation', x);
      const y = checkTensor('Activation', 'result of the function', f(x));
      if (!sameShape(y.shape, shape))
        throw rangeError(
          'Activation',
          `the function changes the shape: expected ${formatShape(shape)}, got ${formatShape(y.shape)}; write a module with an outputShape`,
        );
      return y;
    },
    outputShape: (inputShape) => checkShape('Activation', inputShape),
  };
}

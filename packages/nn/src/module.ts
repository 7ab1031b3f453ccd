/** Module: a layer or network as a pair of pure functions over a tree of parameters. */
import type { Shape, Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import { checkFunction, checkShape, checkTensor } from '@mini/autograd/check';

/** A layer or network without state of its own: its parameters `P` are a tree that is made by `init` and handed to `apply`. */
export interface Module<P> {
  /** Fresh parameters for inputs of `inputShape`, whose batch axes do not matter. */
  init(key: random.Key, inputShape: Shape): P;
  /** The output for input x. */
  apply(params: P, x: Tensor): Tensor;
  /** The shape of the output for inputs of `inputShape`. Throws a RangeError for shapes that do not fit. */
  outputShape(inputShape: Shape): Shape;
}

/** The parameters of a module that has none. */
export type NoParams = Readonly<Record<string, never>>;

/** A module without parameters that applies an elementwise function. */
export function Activation(f: (x: Tensor) => Tensor): Module<NoParams> {
  checkFunction('Activation', 'f', f);
  return {
    init: () => ({}),
    apply: (_params, x) => f(checkTensor('Activation', 'the input', x)),
    outputShape: (inputShape) => checkShape('Activation', inputShape),
  };
}

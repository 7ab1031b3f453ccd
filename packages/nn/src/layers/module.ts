/** Module: a layer or network as a pair of pure functions over a tree of parameters. */
import { ones, type Shape, type Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import {
  checkFunction,
  checkShape,
  checkTensor,
  formatShape,
  rangeError,
  sameShape,
  withoutDebugging,
} from '@mini/autograd/check';
import { checkInput } from './parameters.ts';

/** The shapes of inputs: of a tensor, or of each tensor in a tree of inputs. */
export type ShapeOf<X> = X extends Tensor ? Shape : { readonly [K in keyof X]: ShapeOf<X[K]> };

/**
 * A layer or network without state.
 *
 * `init` returns the parameters, a tree of type P, and `apply` takes them. A layer that needs
 * random keys or a state in training is a `Network`. X is the type of the input: a tensor, or for a
 * network of several inputs a tree of tensors, such as { words: Tensor, mask: Tensor }.
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
export interface Module<P, X = Tensor> {
  /** Returns new parameters for inputs of `inputShape`. The sizes of batch axes have no effect. */
  init(key: random.Key, inputShape: ShapeOf<X>): P;
  /** Returns the output for the input x. */
  apply(params: P, x: X): Tensor;
  /**
   * Returns the shape of the output for inputs of `inputShape`.
   *
   * Throws a RangeError for a shape that does not fit the module.
   */
  outputShape(inputShape: ShapeOf<X>): Shape;
}

/** The parameters of a module without parameters: an empty object. */
export type NoParams = Readonly<Record<string, never>>;

/** Checks the shape of a result: it can differ from the input's in all axes but the first. */
const checkResult = (y: unknown, shape: Shape): Tensor => {
  const result = checkTensor('Activation', 'result of the function', y);
  if (sameShape(result.shape, shape) || (shape.length > 1 && result.shape[0] === shape[0])) return result;
  throw rangeError(
    'Activation',
    `the function changes the shape: expected ${formatShape(shape)}, got ${formatShape(result.shape)}; write a module with an outputShape`,
  );
};

/**
 * Returns a module without parameters that applies the function `f`, usually an elementwise one.
 *
 * f can also change the axes of an example, but not the batch axis in front: `glu` halves the last
 * axis, and (x) => mean(x, { axis: 1 }) removes axis 1. `outputShape` calls f with ones of shape
 * [1, …] to find the shape; if that fails, f should keep it. `apply` throws a RangeError if f
 * changes the size of the batch axis.
 *
 * @example
 * const net = Sequential({ hidden: Dense(4), act: Activation(tanh), out: Dense(1) });
 * console.log(net.apply(net.init(random.key(0), [1, 2]), tensor([[1, 2]])).shape); // → [ 1, 1 ]
 */
export function Activation(f: (x: Tensor) => Tensor): Module<NoParams> {
  checkFunction('Activation', 'f', f);
  return {
    init: () => ({}),
    apply: (_params, x) => checkResult(f(checkInput('Activation', x)), x.shape),
    outputShape: (inputShape) => {
      const shape = checkShape('Activation', inputShape);
      if (shape.length < 2) return shape;
      const one = shape.with(0, 1);
      try {
        const [, ...others] = checkResult(
          withoutDebugging(() => f(ones(one))),
          one,
        ).shape;
        return [shape[0], ...others];
      } catch {
        // f can fail for ones, or for one example. If it also fails for the input, `apply` throws.
        return shape;
      }
    },
  };
}

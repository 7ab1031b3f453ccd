/**
 * `import '@mini/autograd/methods'` gives tensors the functions as methods: `x.exp().sum()`.
 *
 * Each is the function of the same name with the tensor as its first argument, so options, errors
 * and derivatives are those of the function. `x.T` is `transpose(x)`. Programs that do not import
 * this get none of it.
 *
 * @example
 * import '@mini/autograd/methods';
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(x.mul(2).sum({ axis: 0 }).toArray()); // → [ 8, 12 ]
 * console.log(x.T.reshape([4]).toArray()); // → [ 1, 3, 2, 4 ]
 * console.log(grad((w: Tensor) => w.tanh().mean())(tensor([0, 0])).toArray()); // → [ 0.5, 0.5 ]
 */
import { Tensor } from '../core/tensor.ts';
import * as functions from './functions.ts';

/** The functions by name. */
type Functions = typeof functions;

/** A function of a tensor as a method of it. */
type Method<F> = F extends (...args: infer Arguments) => infer Result
  ? Arguments extends [unknown, ...infer Rest]
    ? (...rest: Rest) => Result
    : never
  : never;

/** The methods that tensors get. */
export type TensorMethods = { [K in keyof Functions]: Method<Functions[K]> };

declare module '../core/tensor.ts' {
  interface Tensor extends TensorMethods {
    /** The tensor with its axes in reverse order: `transpose(x)`. */
    readonly T: Tensor;
  }
}

for (const [name, apply] of Object.entries(functions) as [string, (...args: unknown[]) => unknown][]) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return apply(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}
Object.defineProperty(Tensor.prototype, 'T', {
  get(this: Tensor) {
    return functions.transpose(this);
  },
  configurable: true,
});

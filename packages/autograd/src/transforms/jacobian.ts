/** Jacobians and second derivatives. */
import { checkFunction, checkSize, toTensor } from '../core/check.ts';
import { mul } from '../ops/arithmetic.ts';
import { eye, ones } from '../ops/creation.ts';
import { withShape } from '../ops/structure.ts';
import { sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { grad, jvp, vjp } from './grad.ts';
import { asOpCalling } from '../base/errors.ts';
import { vmap } from './vmap.ts';

/**
 * Returns the function x ↦ ∂f/∂x, for f from a tensor to a tensor. Mirrors jax.jacrev.
 *
 * The shape is [...f(x).shape, ...x.shape]. It calls f once, and its pullback once, for all
 * elements of the result together.
 *
 * @example
 * const f = (x: Tensor) => x.mul(x);
 * console.log(jacobian(f)(tensor([1, 2])).toArray()); // → [ [ 2, 0 ], [ 0, 4 ] ]
 */
export function jacobian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const op = 'jacobian';
  checkFunction(op, 'f', f);
  return (x) =>
    asOpCalling(op, f, (run) => {
      const input = toTensor(op, x);
      const [value, pullback] = vjp(run, input);
      const size = sizeOf(value.shape);
      const shape = checkSize(op, [...value.shape, ...input.shape]);
      if (size === 0) return withShape(mul(input, ones([0, ...input.shape.map(() => 1)])), shape);
      const directions = withShape(eye(size), [size, ...value.shape]);
      return withShape(vmap((ct: Tensor) => pullback(ct)[0])(directions), shape);
    });
}

/**
 * Returns the function x ↦ ∂²f/∂x², for f from a tensor to a scalar. Mirrors jax.hessian.
 *
 * The shape is [...x.shape, ...x.shape].
 *
 * @example
 * const f = (x: Tensor) => prod(x);
 * console.log(hessian(f)(tensor([2, 3])).toArray()); // → [ [ 0, 1 ], [ 1, 0 ] ]
 */
export function hessian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  checkFunction('hessian', 'f', f);
  return (x) => asOpCalling('hessian', f, (run) => jacobian(grad(run))(x));
}

/**
 * Returns the Hessian of f at x times v, with the shape of x, for the cost of a few gradients.
 *
 * It computes the derivative of the gradient along v, without the Hessian itself.
 *
 * @example
 * const f = (x: Tensor) => sum(pow(x, 3));
 * console.log(hvp(f, tensor([1, 2]), tensor([1, 0])).toArray()); // → [ 6, 0 ]
 */
export function hvp(f: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor {
  checkFunction('hvp', 'f', f);
  const [at, along] = [toTensor('hvp', x), toTensor('hvp', v)];
  return asOpCalling('hvp', f, (run) => jvp(grad(run), [at], [along])[1]);
}

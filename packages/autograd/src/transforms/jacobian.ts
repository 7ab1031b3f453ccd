/** Derivatives of more than a scalar, and second derivatives. */
import { mul } from '../ops/arithmetic.ts';
import { ones } from '../ops/creation.ts';
import { reshape, stack } from '../ops/structure.ts';
import { eye } from '../ops/creation.ts';
import { slice } from '../ops/structure.ts';
import { toTensor } from '../primitive.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { grad, jvp, vjp } from './grad.ts';

/**
 * The function x ↦ ∂f/∂x of shape [...f(x).shape, ...x.shape], for f from a tensor to a tensor; one pullback for each element of the
 * result. Mirrors jax.jacrev.
 */
export function jacobian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const input = toTensor('jacobian', x);
    const [value, pullback] = vjp(f, input);
    const size = sizeOf(value.shape);
    const shape = [...value.shape, ...input.shape];
    if (size === 0) return reshape(mul(input, ones([0, ...input.shape.map(() => 1)])), shape);
    const directions = eye(size);
    const rows = Array.from(
      { length: size },
      (_, i) => pullback(reshape(slice(directions, i), value.shape))[0],
    );
    return reshape(stack(rows), shape);
  };
}

/** The function x ↦ ∂²f/∂x² of shape [...x.shape, ...x.shape], for f from a tensor to a scalar. Mirrors jax.hessian. */
export function hessian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return jacobian(grad(f));
}

/** The Hessian of f at x times v, of the shape of x, for the cost of a few gradients: the derivative of the gradient along v. */
export function hvp(f: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor {
  return jvp(grad(f), [toTensor('hvp', x)], [toTensor('hvp', v)])[1];
}

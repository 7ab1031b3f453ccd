/** Derivatives of more than a scalar, and second derivatives. */
import { checkFunction, checkSize, toTensor } from '../core/check.ts';
import { mul } from '../ops/arithmetic.ts';
import { ones, tensor } from '../ops/creation.ts';
import { stack } from '../ops/joining.ts';
import { withShape } from '../ops/structure.ts';
import { sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { grad, jvp, vjp } from './grad.ts';
import { asOpCalling } from '../base/errors.ts';

/**
 * The function x ↦ ∂f/∂x of shape [...f(x).shape, ...x.shape], for f from a tensor to a tensor; one pullback for each element of the
 * result. Mirrors jax.jacrev.
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
      const rows = Array.from({ length: size }, (_, i) => {
        const direction = new Float32Array(size);
        direction[i] = 1;
        return pullback(tensor(direction, value.shape))[0];
      });
      return withShape(stack(rows), shape);
    });
}

/** The function x ↦ ∂²f/∂x² of shape [...x.shape, ...x.shape], for f from a tensor to a scalar. Mirrors jax.hessian. */
export function hessian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  checkFunction('hessian', 'f', f);
  return (x) => asOpCalling('hessian', f, (run) => jacobian(grad(run))(x));
}

/** The Hessian of f at x times v, of the shape of x, for the cost of a few gradients: the derivative of the gradient along v. */
export function hvp(f: (x: Tensor) => Tensor, x: Tensor, v: Tensor): Tensor {
  checkFunction('hvp', 'f', f);
  const [at, along] = [toTensor('hvp', x), toTensor('hvp', v)];
  return asOpCalling('hvp', f, (run) => jvp(grad(run), [at], [along])[1]);
}

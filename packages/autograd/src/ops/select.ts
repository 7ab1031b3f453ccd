/** Choosing between two operands. */
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';

const wherePrimitive: ElementwisePrimitive = {
  name: 'where',
  scalar: (s, condition, a, b) => s.select(s.equal(condition, s.constant(0)), b, a),
  vjp: (ct, [condition]) => [undefined, () => where(condition, ct, 0), () => where(condition, 0, ct)],
};

/**
 * a where `condition` is not 0 (NaN counts as true), else b; all three broadcast. Mirrors numpy.where.
 *
 * Both branches are differentiated: a NaN or infinite derivative in the branch that was not chosen still gives NaN (0·∞), as
 * in JAX. Choose a harmless argument first: where(c, log(where(c, x, 1)), 0).
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return bind(wherePrimitive, [condition, a, b], undefined);
}

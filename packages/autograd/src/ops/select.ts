/** Selection between two operands. */
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';

const wherePrimitive: ElementwisePrimitive = {
  name: 'where',
  scalar: (s, condition, a, b) => s.select(s.equal(condition, s.constant(0)), b, a),
  vjp: (ct, [condition]) => [undefined, () => where(condition, ct, 0), () => where(condition, 0, ct)],
};

/**
 * Returns a where `condition` is not 0 (NaN counts as true), else b. Mirrors numpy.where.
 *
 * The shapes of all three broadcast; throws a RangeError for shapes that do not.
 *
 * Both branches are differentiated: a NaN or infinite derivative in the branch that was not chosen
 * results in NaN (0·∞), as in JAX. To avoid this, choose a harmless argument first: where(c,
 * log(where(c, x, 1)), 0).
 *
 * @example
 * const x = tensor([-1, 0, 4]);
 * const isPositive = greater(x, 0);
 * const y = where(isPositive, sqrt(where(isPositive, x, 1)), 0);
 * console.log(y.toArray()); // → [ 0, 0, 2 ]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return bind(wherePrimitive, [condition, a, b], undefined);
}

/** Vector-Jacobian and Jacobian-vector products of functions from trees to trees. */
import { asOpCalling, callerOr } from '../base/errors.ts';
import type { AnyResult } from './any-function.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { recording } from '../core/record.ts';
import { variable } from './variable.ts';
import { checkFunction, checkList, toTensor } from '../core/check.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { buildFrom, flatten, flattenArgument, rebuild } from '../tree/form.ts';
import { mapTrees } from '../tree/map-trees.ts';
import { cotangentsOf, detach } from './cotangents.ts';
import { leavesLike, flattenResult } from './results.ts';

/**
 * Returns the value of f at `primals`, and the pullback of f there.
 *
 * The pullback maps a cotangent v, a tree of the form of the value, to the cotangents vᵀJ of all
 * primals. Throws a TypeError if f does not return a tree of tensors. The pullback throws for a
 * cotangent of another form or with other shapes. Mirrors jax.vjp.
 *
 * @example
 * const [value, pullback] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
 * const [ct] = pullback(tensor([1, 10]));
 * console.log(value.toArray(), ct.toArray()); // → [ 1, 4 ] [ 2, 40 ]
 */
export function vjp<A extends unknown[], R extends AnyResult = Tensor>(
  f: (...primals: A) => R,
  ...primals: A
): [R, (ct: R) => A] {
  const [value, pullback] = valueAndPullback(f, primals);
  return [value, (ct) => pullback(ct)];
}

/** `vjp`, whose pullback passes `onRefusal` on to the ops. */
const valueAndPullback = <A extends unknown[], R>(
  f: (...primals: A) => R,
  primals: A,
): [R, (ct: R, onRefusal?: () => void) => A] => {
  const op = callerOr('vjp');
  checkFunction(op, 'f', f);
  const flat = primals.map((primal, i) => flattenArgument(op, i, primal));
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const out = recording(() => f(...(rebuild(flat, variables) as A)));
  const result = flattenResult(op, out);
  const value = buildFrom(result.form, result.leaves.map(detach)) as R;
  const pullback = (ct: R, onRefusal?: () => void): A => {
    // A number is the cotangent of a scalar.
    const tree = isTensor(value) ? toTensor(op, ct, 'cotangent') : ct;
    const cts = leavesLike(op, 'cotangent', 'the result', value, tree);
    return rebuild(flat, cotangentsOf(variables, result.leaves, cts, onRefusal)) as A;
  };
  return [value, pullback];
};

/**
 * Returns the value of f at `primals`, and its derivative J·v along v = `tangents`.
 *
 * The tangents are trees of the same form as the primals, and the derivative is one of the form of
 * the value. Throws a TypeError or a RangeError for tangents of another form or with other shapes.
 * Mirrors jax.jvp.
 *
 * It applies reverse mode twice: u ↦ uᵀJ is linear in u, and the pullback of this linear function
 * maps v to J·v.
 *
 * @example
 * const [value, tangent] = jvp((x: Tensor) => x.mul(x), [tensor([1, 2])], [tensor([1, 10])]);
 * console.log(value.toArray(), tangent.toArray()); // → [ 1, 4 ] [ 2, 40 ]
 */
export function jvp<A extends unknown[], R extends AnyResult = Tensor>(
  f: (...primals: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): [R, R] {
  const op = 'jvp';
  checkFunction(op, 'f', f);
  const at = checkList(op, 'primals', primals, (primal) => primal) as A;
  const along = checkList(op, 'tangents', tangents, (tangent) => tangent) as A;
  const both = asOpCalling(op, f, (run) => {
    const [value, pushforward] = recording(() => {
      const [primal, pullback] = valueAndPullback(run, at);
      const start = mapTrees(op, (_path, [leaf]) => zeros(leaf.shape), [primal]) as R;
      // Only the records of these cotangents matter: the tangents are their derivatives.
      const cotangents = (ct: R): A => pullback(ct, () => {});
      return [primal, vjp((ct: R) => dotTrees(cotangents(ct), along), start)[1]] as const;
    });
    return [value, pushforward(ones([]))[0]] as const;
  });
  return both.map((part) => mapTrees(op, (_path, [leaf]) => detach(leaf), [part])) as [R, R];
}

/** Returns Σ a·b over all leaves of two trees of the same form, of primals and tangents. */
const dotTrees = (primals: unknown, tangents: unknown): Tensor => {
  const { leaves } = flatten('jvp', primals);
  const along = leavesLike('jvp', 'tangent', 'its primal', primals, tangents);
  const parts = leaves.map((x, i) => sum(mul(x, along[i])));
  return parts.length === 0 ? zeros([]) : parts.reduce((total, part) => add(total, part));
};

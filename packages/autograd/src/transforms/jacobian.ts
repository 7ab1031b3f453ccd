/** Jacobians and second derivatives. */
import { checkArgnums, checkFunction, checkOptions, checkSize, toTensor } from '../core/check.ts';
import { mul } from '../ops/arithmetic.ts';
import { eye, ones, zeros } from '../ops/creation.ts';
import { withShape } from '../ops/structure.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { buildFrom, flatten } from '../tree/form.ts';
import { mapTrees } from '../tree/map-trees.ts';
import type { AnyFunction, AnyResult } from './any-function.ts';
import type { ArgumentsAt } from './derivative-types.ts';
import { argumentsAt, grad, withArguments } from './grad.ts';
import { jvp, vjp } from './vjp.ts';
import { asOpCalling, typeError } from '../base/errors.ts';
import { vmap } from './vmap.ts';

/** The tree R with a tree P in place of each tensor. */
export type Jacobian<R, P> = R extends Tensor ? P : { [K in keyof R]: Jacobian<R[K], P> };

/** The index of the argument to differentiate with respect to (default 0), or several. */
export interface JacobianOptions<N extends number | readonly number[] = number | readonly number[]> {
  /** The numbers of the arguments to differentiate, from 0. Default 0. */
  readonly argnums?: N;
}

/** The gradient of any function. */
const gradOf = grad as (f: AnyFunction, options?: JacobianOptions) => (...args: unknown[]) => unknown;

/** A number becomes a tensor. Everything else is a tree. */
const asTree = (op: string, x: unknown): unknown =>
  typeof x === 'object' && x !== null ? x : toTensor(op, x as number);

/**
 * Returns the function x ↦ ∂f/∂x, for f from a tree of tensors to a tree of tensors. Further
 * arguments of f are constant. Mirrors jax.jacrev.
 *
 * For tensors, the shape is [...f(x).shape, ...x.shape]. For trees, the result has the form of f(x)
 * with a tree of the form of x in place of each leaf. With the option `argnums`, x is another
 * argument; for a list of indices, it is the list of these arguments. It calls f once, and its
 * pullback once for each leaf of f(x), for all elements together. The function throws a TypeError
 * for arguments and results that are not trees of tensors, and a RangeError for a missing argument.
 *
 * @example
 * const f = (x: Tensor, y: Tensor) => x.mul(y);
 * const [x, y] = [tensor([1, 2]), tensor([3, 4])];
 * console.log(jacobian(f)(x, y).toArray()); // → [ [ 3, 0 ], [ 0, 4 ] ]
 * console.log(jacobian(f, { argnums: 1 })(x, y).toArray()); // → [ [ 1, 0 ], [ 0, 2 ] ]
 */
export function jacobian<P, R extends AnyResult, B extends unknown[]>(
  f: (x: P, ...rest: B) => R,
): (x: P, ...rest: B) => Jacobian<R, P>;
export function jacobian<B extends unknown[]>(
  f: (x: Tensor, ...rest: B) => Tensor,
): (x: Tensor, ...rest: B) => Tensor;
export function jacobian<
  A extends unknown[],
  R extends AnyResult,
  const N extends number | readonly number[] = 0,
>(f: (...args: A) => R, options: JacobianOptions<N>): (...args: A) => Jacobian<R, ArgumentsAt<A, N>>;
export function jacobian(f: AnyFunction, options: JacobianOptions = {}): AnyFunction {
  const op = 'jacobian';
  checkFunction(op, 'f', f);
  const { argnums: given = 0 } = checkOptions(op, options, ['argnums']);
  const argnums = checkArgnums(op, 'argnums', given);
  return (...args: unknown[]) =>
    asOpCalling(op, f, (run) => {
      const inputs = argumentsAt(op, args, argnums).map((x) => asTree(op, x));
      const input = Array.isArray(given) ? inputs : inputs[0];
      const [value, pullback] = vjp(
        (...at: unknown[]) => run(...withArguments(args, argnums, at)),
        ...inputs,
      );
      /** The slopes of the leaf of the value at `place`, of the given shape. */
      const slopesOf = (place: string, shape: Shape): unknown => {
        const size = sizeOf(shape);
        const shapes = flatten(op, input).leaves.map((leaf) => checkSize(op, [...shape, ...leaf.shape]));
        const directions = withShape(eye(size), [size, ...shape]);
        const rows =
          size === 0
            ? mapTrees(op, (_path, [leaf]) => mul(leaf, ones([0, ...leaf.shape.map(() => 1)])), [input])
            : vmap((ct: Tensor) => {
                const cts = mapTrees(op, (path, [leaf]) => (path === place ? ct : zeros(leaf.shape)), [
                  value,
                ]);
                const slopes = pullback(cts);
                return Array.isArray(given) ? slopes : slopes[0];
              })(directions);
        const { form, leaves } = flatten(op, rows);
        return buildFrom(
          form,
          leaves.map((row, i) => withShape(row, shapes[i])),
        );
      };
      return mapTrees(op, (path, [{ shape }]) => slopesOf(path, shape), [value]);
    });
}

/**
 * Returns the function x ↦ ∂²f/∂x², for f from a tree of tensors to a scalar. Further arguments of
 * f are constant. Mirrors jax.hessian.
 *
 * For a tensor, the shape is [...x.shape, ...x.shape]. For a tree, the result has the form of x
 * with a tree of the same form in place of each leaf. With the option `argnums`, x is another
 * argument; for a list of indices, it is the list of these arguments. The function throws as that
 * of `jacobian` does, and a RangeError if f does not return a scalar.
 *
 * @example
 * const f = (x: Tensor) => prod(x);
 * console.log(hessian(f)(tensor([2, 3])).toArray()); // → [ [ 0, 1 ], [ 1, 0 ] ]
 */
export function hessian<B extends unknown[]>(
  f: (x: Tensor, ...rest: B) => Tensor,
): (x: Tensor, ...rest: B) => Tensor;
export function hessian<P, B extends unknown[]>(
  f: (x: P, ...rest: B) => Tensor,
): (x: P, ...rest: B) => Jacobian<P, P>;
export function hessian<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options: JacobianOptions<N>,
): (...args: A) => Jacobian<ArgumentsAt<A, N>, ArgumentsAt<A, N>>;
export function hessian(f: AnyFunction, options: JacobianOptions = {}): AnyFunction {
  checkFunction('hessian', 'f', f);
  const { argnums: given = 0 } = checkOptions('hessian', options, ['argnums']);
  const checked = checkArgnums('hessian', 'argnums', given);
  const argnums = Array.isArray(given) ? checked : checked[0];
  return (...args: unknown[]) =>
    asOpCalling('hessian', f, (run) => jacobian(gradOf(run, { argnums }), { argnums })(...args));
}

/**
 * Returns the Hessian of f at x times v, a tree of the form of x, for the cost of a few gradients.
 *
 * It computes the derivative of the gradient along v, without the Hessian itself. In JAX, it is
 * jvp(grad(f), [x], [v])[1], which works here, too. Throws a TypeError or a RangeError if v has
 * another form or other shapes than x, and if f does not return a scalar.
 *
 * @example
 * const f = (x: Tensor) => sum(pow(x, 3));
 * console.log(hvp(f, tensor([1, 2]), tensor([1, 0])).toArray()); // → [ 6, 0 ]
 */
export function hvp<P = Tensor>(f: (x: P) => Tensor, x: P, v: NoInfer<P>): P {
  checkFunction('hvp', 'f', f);
  if (x === undefined || v === undefined)
    throw typeError('hvp', `missing argument: expected hvp(f, x, v), got no ${x === undefined ? 'x' : 'v'}`);
  const [at, along] = [asTree('hvp', x), asTree('hvp', v)];
  return asOpCalling('hvp', f, (run) => jvp(gradOf(run), [at], [along])[1]) as P;
}

/** Limits for gradients. */
import {
  add,
  clip as clipElements,
  div,
  maximum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
  tree,
} from '@mini/autograd';
import { asOp, checkNumber } from '@mini/autograd/check';
import { checkPositive } from '../checks.ts';
import { checkLike } from './checks.ts';
import { makeTransformation } from './transformation.ts';
import type { NoMemory, Transformation } from './types.ts';

/**
 * √Σx² over all elements of all leaves of a tree.
 *
 * @example
 * console.log(globalNorm({ w: tensor([3, 0]), b: tensor(-4) })); // → Tensor 5
 */
export function globalNorm(gradients: unknown): Tensor {
  checkLike('globalNorm', 'gradients', gradients, gradients);
  return asOp('globalNorm', () =>
    sqrt(tree.reduce((total, leaf) => add(total, sum(square(leaf))), gradients, tensor(0))),
  );
}

const clipTree = <P>(gradients: P, maxNorm: number): P => {
  if (maxNorm === Infinity) return gradients;
  // The factor is 1 for norms up to maxNorm. The quotient is never infinite.
  const factor = div(maxNorm, maximum(globalNorm(gradients), maxNorm));
  return tree.map((g) => mul(g, factor), gradients);
};

/**
 * Scales all gradients by one factor, so that their global norm is at most `maxNorm`.
 *
 * The factor is never greater than 1. With `maxNorm` alone, it returns a transformation, as
 * optax.clip_by_global_norm does. Source: Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 *
 * @example
 * console.log(clipByGlobalNorm({ w: tensor([3, -4]) }, 1).w); // → Tensor [2] [0.6, -0.8]
 */
export function clipByGlobalNorm(maxNorm: number): Transformation<NoMemory>;
export function clipByGlobalNorm<P>(gradients: P, maxNorm: number): P;
export function clipByGlobalNorm<P>(...args: readonly [number] | readonly [P, number]): unknown {
  const op = 'clipByGlobalNorm';
  const given: unknown = args.length < 2 ? args[0] : args[1];
  // A limit too large for float32 has no effect.
  const isNone = typeof given === 'number' && Math.fround(given) === Infinity;
  const maxNorm = isNone ? Infinity : checkNumber(op, 'maxNorm', given, 'a number > 0', (norm) => norm > 0);
  if (args.length < 2)
    return makeTransformation<NoMemory>(op, {}, (gradients, state) => [clipTree(gradients, maxNorm), state]);
  checkLike(op, 'gradients', args[0], args[0]);
  return asOp(op, () => clipTree(args[0], maxNorm));
}

/**
 * Limits each element of the gradients to [-maxDelta, maxDelta]. Mirrors optax.clip.
 *
 * Not to be confused with `clip` of @mini/autograd, which limits the elements of a tensor.
 *
 * @example
 * import * as nn from '@mini/nn';
 *
 * const params = { w: tensor([1, 2]) };
 * const clipped = optimizer(chain(nn.clip(1), scale(-0.5)));
 * const [next] = clipped.update(params, { w: tensor([10, -0.5]) }, clipped.init(params));
 * console.log(next.w.toArray()); // → [ 0.5, 2.25 ]
 */
export function clip(maxDelta: number): Transformation<NoMemory> {
  checkPositive('clip', 'maxDelta', maxDelta);
  return makeTransformation<NoMemory>('clip', {}, (gradients, state) => [
    tree.map((g) => clipElements(g, -maxDelta, maxDelta), gradients),
    state,
  ]);
}

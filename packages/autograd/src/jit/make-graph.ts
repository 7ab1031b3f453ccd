/** `makeGraph`, as `@mini/autograd/graph`: programs as data, to look at or to transform. */
import { checkFunction } from '../core/check.ts';
import { type Graph, traceGraph } from './graph.ts';

export type { BitsLoop, ElementLoop, Loop, MatmulLoop, ReduceLoop } from '../compiler/loops.ts';
export type { Algebra, ScalarRule } from '../kernels/algebra.ts';
export type { ElementaryFunction } from '../kernels/elementary/function.ts';
export type { Computation, Constant, Equation, Graph, NamedValue, Value } from './graph.ts';

/**
 * Returns a function that returns the graph of f for its arguments. Mirrors jax.make_jaxpr.
 *
 * Arguments are as for `jit`: trees of tensors, random keys and typed arrays; only their shapes
 * matter. f must be pure; it runs once. Derivatives, as in `grad(f)`, and compiled functions inside
 * of f become part of the graph.
 *
 * Throws a TypeError for arguments or results that are not such trees, and where f reads a value or
 * branches on it.
 *
 * @example
 * const graph = makeGraph((x: Tensor) => sum(square(x)))(tensor([1, 2, 3]));
 * for (const { op, outputs } of graph) console.log(op, outputs[0].shape);
 * // → square [ 3 ]
 * // → sum []
 */
export function makeGraph<A extends unknown[]>(f: (...args: A) => unknown): (...args: A) => Graph {
  checkFunction('makeGraph', 'f', f);
  return (...args) => traceGraph('makeGraph', f, args);
}

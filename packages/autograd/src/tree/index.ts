/**
 * Trees: nested plain objects and arrays with tensors as leaves, such as the parameters of a
 * network.
 *
 * null and undefined are branches without leaves. Objects match by key. Their leaves are in the
 * order of the sorted keys (by code units, as JAX sorts them), in whatever order the keys were
 * written. New objects have the keys in the order in which they were written.
 */
import { rangeError } from '../base/errors.ts';
import { checkFunction, checkList, wrongType } from '../core/check.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { type Form, buildFrom, flatten as flattenTree } from './form.ts';
import { mapTrees } from './map-trees.ts';

/** The form of a tree of type T, from which `unflatten` rebuilds the tree. */
export interface Structure<T> {
  readonly leafCount: number;
  /** The paths of the leaves; equal for trees of the same form. */
  readonly paths: readonly string[];
  /** Never set. It carries the type T of the trees that have this form. */
  readonly tree?: T;
}

class FormOf<T> implements Structure<T> {
  readonly leafCount: number;
  readonly paths: readonly string[];
  readonly form: Form;
  declare readonly tree?: T;

  constructor(form: Form, paths: readonly string[]) {
    this.leafCount = paths.length;
    this.paths = paths;
    this.form = form;
  }

  toString(): string {
    return formatForm(this.form);
  }
}

/** Returns a form as a text, with * for each leaf. */
const formatForm = (form: Form): string => {
  switch (form.kind) {
    case 'leaf':
      return '*';
    case 'nothing':
      return String(form.value);
    case 'array':
      return `[${form.items.map(formatForm).join(', ')}]`;
    case 'object':
      return `{ ${form.keys.map((key, i) => `${key}: ${formatForm(form.items[i])}`).join(', ')} }`;
  }
};

/** The type of a tree with every leaf replaced by U. */
export type Mapped<T, U> = T extends Tensor ? U : T extends object ? { [K in keyof T]: Mapped<T[K], U> } : T;

/** T, if it is a tree of tensors; otherwise a type that T is not assignable to. */
export type TensorTree<T> = T extends Tensor | null | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends object
      ? { [K in keyof T]: TensorTree<T[K]> }
      : never;

/**
 * Returns the tree with f applied to every leaf, and to the leaves at the same paths of other
 * trees.
 *
 * Throws a TypeError with the path where the trees differ. Mirrors jax.tree.map.
 *
 * @example
 * const params = { w: tensor([1, 2]), b: tensor(0) };
 * const gradients = { w: tensor([10, 10]), b: tensor(-10) };
 * console.log(tree.map((w, g) => w.sub(g.mul(0.1)), params, gradients).b.item()); // → 1
 */
export function map<T>(f: (leaf: Tensor, ...others: Tensor[]) => Tensor, tree: T, ...others: NoInfer<T>[]): T;
export function map<T, U>(
  f: (leaf: Tensor, ...others: Tensor[]) => U,
  tree: T,
  ...others: NoInfer<T>[]
): Mapped<T, U>;
export function map(f: (leaf: Tensor, ...others: Tensor[]) => unknown, ...trees: unknown[]): unknown {
  checkFunction('tree.map', 'f', f);
  return mapTrees('tree.map', (_path, [leaf, ...others]) => f(leaf, ...others), trees);
}

/**
 * Like `map`, but the first argument of f is the path of the leaf, such as `layers[0].bias`.
 *
 * Mirrors jax.tree_util.tree_map_with_path.
 *
 * @example
 * const params = { w: tensor([1, 2]), b: tensor(5) };
 * const cleared = tree.mapWithPath((path, x) => (path === 'b' ? x.mul(0) : x), params);
 * console.log(cleared.w.toArray(), cleared.b.item()); // → [ 1, 2 ] 0
 */
export function mapWithPath<T>(
  f: (path: string, leaf: Tensor, ...others: Tensor[]) => Tensor,
  tree: T,
  ...others: NoInfer<T>[]
): T;
export function mapWithPath<T, U>(
  f: (path: string, leaf: Tensor, ...others: Tensor[]) => U,
  tree: T,
  ...others: NoInfer<T>[]
): Mapped<T, U>;
export function mapWithPath(
  f: (path: string, leaf: Tensor, ...others: Tensor[]) => unknown,
  ...trees: unknown[]
): unknown {
  const op = 'tree.mapWithPath';
  checkFunction(op, 'f', f);
  return mapTrees(op, (path, [leaf, ...others]) => f(path, leaf, ...others), trees);
}

/**
 * Returns the leaves, in the order of the sorted keys. Mirrors jax.tree.leaves.
 *
 * @example
 * const leaves = tree.leaves({ b: tensor(1), a: [tensor(2), null] });
 * console.log(leaves.map((leaf) => leaf.item())); // → [ 2, 1 ]
 */
export function leaves(tree: unknown): Tensor[] {
  return flattenTree('tree.leaves', tree).leaves;
}

/**
 * Combines the leaves, in order, into one value. Mirrors jax.tree.reduce.
 *
 * @example
 * const params = { w: zeros([2, 3]), b: zeros([3]) };
 * console.log(tree.reduce((count, leaf) => count + leaf.size, params, 0)); // → 9
 */
export function reduce<U>(f: (accumulated: U, leaf: Tensor) => U, tree: unknown, initial: U): U {
  checkFunction('tree.reduce', 'f', f);
  const { leaves } = flattenTree('tree.reduce', tree);
  return leaves.reduce((accumulated, leaf) => f(accumulated, leaf), initial);
}

/**
 * Returns the form of a tree, which prints with * for each leaf. Mirrors jax.tree.structure.
 *
 * @example
 * console.log(`${tree.structure({ w: tensor([1, 2]), b: [tensor(3)] })}`); // → { b: [*], w: * }
 */
export function structure<T>(tree: T): Structure<T> {
  const { form, paths } = flattenTree('tree.structure', tree);
  return new FormOf(form, paths);
}

/**
 * Returns the leaves of a tree and its form. Mirrors jax.tree.flatten.
 *
 * @example
 * const [leaves, form] = tree.flatten({ w: tensor(2), b: tensor(1) });
 * const doubled = tree.unflatten(form, leaves.map((leaf) => leaf.mul(2)));
 * console.log(doubled.w.item(), doubled.b.item()); // → 4 2
 */
export function flatten<T>(tree: T): [Tensor[], Structure<T>] {
  const { form, leaves, paths } = flattenTree('tree.flatten', tree);
  return [leaves, new FormOf(form, paths)];
}

/**
 * Builds a tree of a form from leaves. Mirrors jax.tree.unflatten.
 *
 * Throws a RangeError if the number of leaves differs from that of the form.
 *
 * @example
 * const [leaves, structure] = tree.flatten({ w: tensor(1), b: tensor(2) });
 * const result = tree.unflatten(structure, leaves.map((x) => x.mul(10)));
 * console.log(result); // → { w: Tensor 10, b: Tensor 20 }
 */
export function unflatten<T>(form: Structure<T>, newLeaves: readonly Tensor[]): T {
  const op = 'tree.unflatten';
  if (!(form instanceof FormOf))
    throw wrongType(op, 'form', 'a form made by tree.structure or tree.flatten', form);
  const leaves = checkList(op, 'leaves', newLeaves, (leaf, i) => {
    if (isTensor(leaf)) return leaf;
    throw wrongType(op, `leaf ${i}`, 'a Tensor', leaf);
  });
  if (leaves.length !== form.leafCount)
    throw rangeError(op, `wrong number of leaves: expected ${form.leafCount}, got ${leaves.length}`);
  return buildFrom(form.form, leaves) as T;
}

/**
 * Trees: nested plain objects and arrays with tensors as leaves, such as the parameters of a network. Objects match by key, whatever the order of
 * their keys; null and undefined are branches without leaves.
 */
import { describe } from './shape.ts';
import { Tensor } from './tensor.ts';

/** The type of a tree with every leaf replaced by U. */
export type Mapped<T, U> = T extends Tensor ? U : T extends object ? { [K in keyof T]: Mapped<T[K], U> } : T;

/** T, if it is a tree of tensors; otherwise a type that T does not fit. */
export type TensorTree<T> = T extends Tensor | null | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends object
      ? { [K in keyof T]: TensorTree<T[K]> }
      : never;

type Path = readonly (string | number)[];
type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/** A path as JavaScript would write it: layers[0].bias */
export const formatPath = (path: Path): string =>
  path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return i === 0 ? key : `.${key}`;
    })
    .join('');

const at = (path: Path): string => (path.length === 0 ? 'the top' : formatPath(path));

const MAXIMUM_DEPTH = 200;

/** The keys of a container, or undefined for a leaf. Throws for what is neither. */
const keysOf = (op: string, value: unknown, path: Path): readonly (string | number)[] | undefined => {
  if (value instanceof Tensor) return undefined;
  if (value === null || value === undefined) return [];
  if (path.length > MAXIMUM_DEPTH)
    throw new RangeError(`${op}: the tree is nested too deeply, or in a cycle`);
  if (Array.isArray(value)) return [...value.keys()];
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return Object.keys(value);
  }
  const hint = typeof value === 'number' ? '; wrap it with tensor()' : '';
  throw new TypeError(`${op}: leaves must be Tensors: ${describe(value)} at ${at(path)}${hint}`);
};

const child = (container: unknown, key: string | number): unknown =>
  (container as Readonly<Record<string | number, unknown>>)[key];

/** Throws unless `other` has the same keys as a container with `keys`. */
const checkSame = (
  op: string,
  value: unknown,
  keys: readonly (string | number)[],
  other: unknown,
  path: Path,
): void => {
  if (other instanceof Tensor)
    throw new TypeError(`${op}: trees differ at ${at(path)}: a branch and a Tensor`);
  const otherKeys = keysOf(op, other, path);
  const missing = keys.find((key) => !otherKeys?.includes(key));
  if (missing !== undefined)
    throw new TypeError(`${op}: trees differ: ${at([...path, missing])} is missing in another tree`);
  const added = otherKeys?.find((key) => !keys.includes(key));
  if (added !== undefined)
    throw new TypeError(`${op}: trees differ: ${at([...path, added])} is only in another tree`);
  if (Array.isArray(value) !== Array.isArray(other))
    throw new TypeError(`${op}: trees differ at ${at(path)}: an array and an object`);
};

const mapTrees = (
  op: string,
  f: (path: Path, leaves: readonly Tensor[]) => unknown,
  trees: readonly unknown[],
  path: Path,
): unknown => {
  const [first, ...others] = trees;
  const keys = keysOf(op, first, path);
  if (keys === undefined) {
    for (const other of others) {
      if (!(other instanceof Tensor)) {
        throw new TypeError(`${op}: trees differ at ${at(path)}: a Tensor and ${describe(other)}`);
      }
    }
    return f(path, trees as readonly Tensor[]);
  }
  for (const other of others) checkSame(op, first, keys, other, path);
  if (first === null || first === undefined) return first;
  const entries = keys.map(
    (key) =>
      [
        key,
        mapTrees(
          op,
          f,
          trees.map((t) => child(t as Container, key)),
          [...path, key],
        ),
      ] as const,
  );
  return Array.isArray(first) ? entries.map(([, value]) => value) : fromEntries(entries);
};

/** Object.fromEntries would lose a key named __proto__. */
const fromEntries = (entries: readonly (readonly [string | number, unknown])[]): object => {
  const result = {};
  for (const [key, value] of entries) {
    Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return result;
};

/**
 * A tree with f applied to every leaf, and to the leaves at the same places of further trees. Mirrors jax.tree.map. Throws a TypeError
 * with the path where the trees differ.
 *
 * @example map((w, g) => w.sub(g.mul(0.01)), params, gradients)
 */
export function map<T>(f: (leaf: Tensor, ...others: Tensor[]) => Tensor, tree: T, ...others: NoInfer<T>[]): T;
export function map<T, U>(
  f: (leaf: Tensor, ...others: Tensor[]) => U,
  tree: T,
  ...others: NoInfer<T>[]
): Mapped<T, U>;
export function map(f: (leaf: Tensor, ...others: Tensor[]) => unknown, ...trees: unknown[]): unknown {
  return mapTrees('tree.map', (_path, [leaf, ...others]) => f(leaf, ...others), trees, []);
}

/** Like `map`, but f is first given the path of the leaf, such as `layers[0].bias`. Mirrors jax.tree_util.tree_map_with_path. */
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
  return mapTrees(
    'tree.mapWithPath',
    (path, [leaf, ...others]) => f(formatPath(path), leaf, ...others),
    trees,
    [],
  );
}

const collectLeaves = (op: string, tree: unknown): Tensor[] => {
  const found: Tensor[] = [];
  mapTrees(op, (_path, [leaf]) => found.push(leaf), [tree], []);
  return found;
};

/** The leaves in the order of keys. Mirrors jax.tree.leaves. */
export function leaves(tree: unknown): Tensor[] {
  return collectLeaves('tree.leaves', tree);
}

/** Folds the leaves, in order, into one value. Mirrors jax.tree.reduce. */
export function reduce<U>(f: (accumulated: U, leaf: Tensor) => U, tree: unknown, initial: U): U {
  return collectLeaves('tree.reduce', tree).reduce(f, initial);
}

/** The form of a tree without its leaves. */
export interface Structure<T> {
  readonly leafCount: number;
  /** The paths of the leaves; equal for trees of the same form. */
  readonly paths: readonly string[];
  /** @internal */
  readonly template: T;
}

/** The form of a tree: what `unflatten` needs besides the leaves. */
export function structure<T>(tree: T): Structure<T> {
  const paths: string[] = [];
  mapTrees('tree.structure', (path) => paths.push(formatPath(path)), [tree], []);
  return { leafCount: paths.length, paths, template: tree };
}

/** The leaves of a tree and its form. Mirrors jax.tree.flatten. */
export function flatten<T>(tree: T): [Tensor[], Structure<T>] {
  return [collectLeaves('tree.flatten', tree), structure(tree)];
}

/** Puts leaves back into a form. Mirrors jax.tree.unflatten. Throws a RangeError if their number is not the form's. */
export function unflatten<T>(form: Structure<T>, newLeaves: readonly Tensor[]): T {
  if (newLeaves.length !== form.leafCount) {
    throw new RangeError(`tree.unflatten: ${newLeaves.length} leaves for a tree with ${form.leafCount}`);
  }
  let next = 0;
  return mapTrees('tree.unflatten', () => newLeaves[next++], [form.template], []) as T;
}

/** @internal `flatten` for argument number `argnum` of `op`, whose name the errors bear. */
export function flattenArgument<T>(op: string, argnum: number, argument: T): [Tensor[], Structure<T>] {
  return [collectLeaves(argnum === 0 ? op : `${op}: argument ${argnum}`, argument), structure(argument)];
}

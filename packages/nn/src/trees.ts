/** Helpers for trees of parameters. */
import { type Tensor, tree } from '@mini/autograd';
import { describe, renamed, typeError } from '@mini/autograd/check';

/**
 * Calls `walk`, which calls a function of `tree`, and returns its result.
 *
 * Errors of that function start with `op` and `what`, the name of the tree, instead of its name.
 */
export const forTree = <T>(op: string, what: string, walk: () => T): T => {
  try {
    return walk();
  } catch (error) {
    throw renamed(op, error, what);
  }
};

/** Throws for undefined, which `tree` would read as an empty tree. */
export const checkGivenTree = (op: string, what: string, value: unknown): void => {
  if (value === undefined) throw typeError(op, `no ${what}: expected a tree of tensors, got undefined`);
};

/** Returns the leaves and the structure of a tree of tensors. `what` names the tree in errors. */
export const flattenTree = <P>(op: string, what: string, value: P): [Tensor[], tree.Structure<P>] => {
  checkGivenTree(op, what, value);
  return forTree(op, what, () => tree.flatten(value));
};

export type Branch = Readonly<Record<string, unknown>>;

/** Whether a value is an object that a tree can have as a branch, and not a random key. */
const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Whether a value is a random key. */
export const isKey = (value: unknown): boolean => describe(value) === 'a Key';

/** Replaces the leaves of a tree, also random keys, which `tree.map` refuses. */
export const mapLeaves = (tree: unknown, f: (leaf: unknown, path: readonly string[]) => unknown): unknown => {
  const visit = (value: unknown, path: readonly string[], around: readonly unknown[]): unknown => {
    // A tree that contains itself stays, so that `tree.map` names it.
    if (around.includes(value)) return value;
    const next = (name: string, own: unknown): unknown => visit(own, [...path, name], [...around, value]);
    if (Array.isArray(value)) return value.map((own, i) => next(String(i), own));
    if (!isBranch(value)) return f(value, path);
    return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, next(name, own)]));
  };
  return visit(tree, [], []);
};

/** Whether a tree has random keys among its leaves. */
export const hasKeys = (tree: unknown): boolean => {
  let found = false;
  mapLeaves(tree, (leaf) => (found ||= isKey(leaf)));
  return found;
};

/** Helpers for trees of parameters. */
import { type Tensor, tree } from '@mini/autograd';
import { renamed, typeError } from '@mini/autograd/check';

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

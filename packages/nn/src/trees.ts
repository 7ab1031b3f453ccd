/** Helpers for trees of parameters. */
import { type Tensor, tree } from '@mini/autograd';

/**
 * Calls `walk`, which calls a function of `tree`, and returns its result.
 *
 * Errors of that function start with `op` and `what`, the name of the tree, instead of its name.
 */
export const forTree = <T>(op: string, what: string, walk: () => T): T => {
  try {
    return walk();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError) || !WALK.test(error.message))
      throw error;
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(error.message.replace(WALK, `${op}: ${what}: `), { cause: error });
  }
};
/** The name of a function of `tree` at the start of an error message. */
const WALK = /^tree\.\w+: /;

/** Returns the leaves and the structure of a tree of tensors. `what` names the tree in errors. */
export const flattenTree = <P>(op: string, what: string, value: P): [Tensor[], tree.Structure<P>] =>
  forTree(op, what, () => tree.flatten(value));

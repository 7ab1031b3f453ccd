/** Trees of parameters, as the functions of this package take them. */
import { type Tensor, tree } from '@mini/autograd';

/** What `walk` gives, a function of `tree`; its errors bear the names of `op` and of the tree, `what`, instead. */
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
const WALK = /^tree\.\w+: /;

/** The leaves of a tree of tensors and its form; `what` names the tree in errors. */
export const flattenTree = <P>(op: string, what: string, value: P): [Tensor[], tree.Structure<P>] =>
  forTree(op, what, () => tree.flatten(value));

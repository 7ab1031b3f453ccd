/** Trees of parameters, as the functions of this package take them. */
import { type Tensor, tree } from '@mini/autograd';

/** The leaves of a tree of tensors and its form; `what` names the tree in errors. */
export const flattenTree = <P>(op: string, what: string, value: P): [Tensor[], tree.Structure<P>] => {
  try {
    return tree.flatten(value);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const message = `${op}: ${what}: ${error.message.replace(/^tree\.flatten: /, '')}`;
    throw error instanceof TypeError
      ? new TypeError(message, { cause: error })
      : new RangeError(message, { cause: error });
  }
};

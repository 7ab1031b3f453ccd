/** Copies of parameters and states, since steps overwrite the tensors that they are given. */
import { isTensor, type Tensor, tensor, tree } from '@mini/autograd';
import { formatShape, rangeError, sameShape } from '@mini/autograd/check';
import { forTree } from '../trees.ts';

/** Returns a tensor that no later step overwrites. Random keys need no copy. */
const copyOf = (x: Tensor): Tensor => (isTensor(x) ? tensor(x.data, x.shape) : x);

/** Returns a copy of parameters or of a state. */
export const keep = <T>(params: T): T => tree.map(copyOf, params);

/**
 * Returns a copy of the given tree, since steps overwrite tensors; or of the initial tree, whose
 * tensors can also be elsewhere. Throws if their forms or shapes differ.
 */
export const startFrom = (name: string, initial: object, given: object | undefined): object => {
  if (given === undefined) return keep(initial);
  return forTree('fit', name, () =>
    tree.mapWithPath(
      (path, own: Tensor, x: Tensor) => {
        if (!sameShape(own.shape, x.shape))
          throw rangeError(
            'fit',
            `${name} do not fit the network: expected shape ${formatShape(own.shape)} at ${path}, got ${formatShape(x.shape)}`,
          );
        return copyOf(x);
      },
      initial,
      given,
    ),
  );
};

/** Copies of parameters and states, since steps overwrite the tensors that they are given. */
import { isTensor, type Tensor, tensor, tree } from '@mini/autograd';
import { formatShape, rangeError, sameShape } from '@mini/autograd/check';
import { type Branch, forTree, isKey, mapLeaves } from '../trees.ts';

/** Returns a tensor that no later step overwrites. */
const copyOf = (x: Tensor): Tensor => tensor(x.data, x.shape);

/** Returns a copy of parameters or of a state. */
export const keep = <T>(value: T): T =>
  mapLeaves(value, (leaf) => (isTensor(leaf) ? copyOf(leaf) : leaf)) as T;

const withoutKeys = (value: unknown): object =>
  mapLeaves(value, (leaf) => (isKey(leaf) ? null : leaf)) as object;

/** Returns `value` with the random keys of `keys` at their places. */
const withKeys = (value: object, keys: object): object => {
  const at = (path: readonly string[]): unknown =>
    path.reduce<unknown>((branch, name) => (branch as Branch)[name], keys);
  return mapLeaves(value, (leaf, path) => (leaf === null ? at(path) : leaf)) as object;
};

/**
 * Returns a copy of the given tree, since steps overwrite tensors; or of the initial tree, whose
 * tensors can be shared with other trees. Throws if their forms or shapes differ.
 */
export const startFrom = (name: string, initial: object, given: object | undefined): object => {
  if (given === undefined) return keep(initial);
  const copied = forTree('fit', name, () =>
    tree.mapWithPath(
      (path, own: Tensor, x: Tensor) => {
        if (!sameShape(own.shape, x.shape))
          throw rangeError(
            'fit',
            `${name} do not fit the network: expected shape ${formatShape(own.shape)} at ${path}, got ${formatShape(x.shape)}`,
          );
        return copyOf(x);
      },
      withoutKeys(initial),
      withoutKeys(given),
    ),
  );
  return withKeys(copied, given);
};

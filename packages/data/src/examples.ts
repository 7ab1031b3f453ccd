/** Trees of tensors whose first axis counts examples. */
import { take, type Tensor, tree } from '@mini/autograd';
import { asOp, formatShape, rangeError, renamed } from '@mini/autograd/check';

/** A flattened tree of examples. */
export interface Examples<T> {
  readonly count: number;
  /** Returns the tree with the examples of these indices. */
  take(indices: Float32Array): T;
}

const flatten = <T>(op: string, data: T): [Tensor[], tree.Structure<T>] => {
  try {
    return tree.flatten(data);
  } catch (error) {
    throw renamed(op, error, 'data');
  }
};

/** Reads a tree. Throws unless all leaves have a first axis of the same size. */
export const readExamples = <T>(op: string, data: T): Examples<T> => {
  const [leaves, form] = flatten(op, data);
  if (leaves.length === 0) throw rangeError(op, 'data has no tensors: expected at least one, got none');
  const nameOf = (i: number): string => (form.paths[i] === '' ? 'data' : form.paths[i]);
  leaves.forEach(({ shape }, i) => {
    if (shape.length === 0)
      throw rangeError(
        op,
        `a tensor has no axis for examples: expected [examples, …], got shape [] at ${nameOf(i)}`,
      );
    if (shape[0] !== leaves[0].shape[0])
      throw rangeError(
        op,
        `numbers of examples differ: expected ${leaves[0].shape[0]} as in ${nameOf(0)}, got shape ${formatShape(shape)} at ${nameOf(i)}`,
      );
  });
  return {
    count: leaves[0].shape[0],
    take: (indices) =>
      asOp(op, () =>
        tree.unflatten(
          form,
          leaves.map((leaf) => take(leaf, indices)),
        ),
      ),
  };
};

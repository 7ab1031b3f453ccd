/** Copies of parameters and states, since steps overwrite the tensors that they are given. */
import { isTensor, type Tensor, tensor, tree } from '@mini/autograd';
import { formatShape, rangeError, sameShape } from '@mini/autograd/check';
import { forTree } from '../trees.ts';

/** Returns a tensor that no later step overwrites. */
const copyOf = (x: Tensor): Tensor => tensor(x.data, x.shape);

/** Returns a copy of parameters or of a state. Random keys, which `tree.map` refuses, stay. */
export const keep = <T>(value: T): T => {
  if (isTensor(value)) return copyOf(value) as T;
  if (Array.isArray(value)) return value.map(keep) as T;
  const isObject = Object.prototype.toString.call(value) === '[object Object]';
  if (!isObject || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value as object).map(([name, own]) => [name, keep(own)])) as T;
};

/**
 * Returns a copy of the given tree, since steps overwrite tensors; or of the initial tree, whose
 * tensors can be shared with other trees. Throws if their forms or shapes differ.
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

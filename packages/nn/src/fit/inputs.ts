/** Inputs of a network: a tensor, or a tree of tensors with the same number of examples. */
import { isTensor, type Shape, type Tensor, tree } from '@mini/autograd';

export type Inputs = Tensor | object;

/** Returns inputs of the same form: the result of `f` for each tensor. */
export const mapInputs = (x: Inputs, f: (x: Tensor) => Tensor): Inputs =>
  isTensor(x) ? f(x) : tree.map(f, x);

/** Returns the shape of inputs; for a tree, a tree of the shapes. */
export const shapesOf = (x: Inputs): unknown => {
  if (isTensor(x)) return x.shape;
  if (Array.isArray(x)) return x.map(shapesOf);
  return Object.fromEntries(Object.entries(x).map(([name, own]) => [name, shapesOf(own as Inputs)]));
};

/** Returns the shape of a tensor as a text; for a tree, each path with its shape. */
export const describeInputs = (x: Inputs, format: (shape: Shape) => string): string => {
  if (isTensor(x)) return format(x.shape);
  const { paths } = tree.structure(x);
  return tree
    .leaves(x)
    .map(({ shape }: Tensor, i) => `${paths[i]} ${format(shape)}`)
    .join(', ');
};

/** Whether a value is a tree of tensors: an object or an array with tensors and nothing else. */
export const isTreeOfTensors = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null || isTensor(value)) return false;
  try {
    return tree.leaves(value).length > 0;
  } catch {
    return false;
  }
};

/** Returns the number of examples; undefined if the tensors have different ones. */
export const countOf = (x: Inputs): number | undefined => {
  const [first, ...others] = tree.leaves(x).map(({ shape }: Tensor) => shape[0]);
  return others.every((count) => count === first) ? first : undefined;
};

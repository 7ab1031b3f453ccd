/** Checks of the results of functions that are differentiated, and of cotangents and tangents. */
import { rangeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { checkNoPromise, wrongType } from '../core/check.ts';
import { resolve } from '../core/replaced.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Flat, flatten } from '../tree/form.ts';
import { alignedLeaves } from '../tree/map-trees.ts';

/** Flattens the result of a function that `op` differentiates: a tree of tensors. */
export const flattenResult = (op: string, value: unknown): Flat => {
  checkNoPromise(op, 'the function', value);
  if (typeof value !== 'object' || value === null)
    throw wrongType(op, 'result of the function', 'a Tensor or a tree of Tensors', value);
  const { form, leaves, paths } = flatten(op, value, 'the result');
  return { form, leaves: leaves.map(resolve), paths };
};

/**
 * Returns the leaves of a tree with the form and the shapes of `expected`. Errors name `op`; in
 * them, `name` stands for the tree, and `owner` for the expected one.
 */
export const leavesLike = (
  op: string,
  name: string,
  owner: string,
  expected: unknown,
  tree: unknown,
): readonly Tensor[] =>
  alignedLeaves(op, [expected, tree]).map(({ path, leaves: [{ shape }, own] }) => {
    if (!sameShape(own.shape, shape))
      throw rangeError(
        op,
        `invalid ${name}${path === '' ? '' : ` at ${path}`}: expected ${owner}'s shape ${formatShape(shape)}, got ${formatShape(own.shape)}`,
      );
    return own;
  });

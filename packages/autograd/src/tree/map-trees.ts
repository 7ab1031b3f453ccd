/** Several trees of the same form, leaf by leaf. */
import { typeError } from '../base/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Flat, type Form, at, build, childPath, flatten } from './form.ts';

/** Returns the keys or the indices of the children of a form. */
const keysOf = (form: Form): readonly (string | number)[] => {
  if (form.kind === 'object') return form.keys;
  return form.kind === 'array' ? [...form.items.keys()] : [];
};

/**
 * Returns the index in `other` of each leaf of `form`, in order. Throws a TypeError with the path
 * if the two forms differ.
 */
const align = (op: string, form: Form, other: Form, path: string): number[] => {
  const differ = (a: string, b: string): TypeError =>
    typeError(op, `trees differ at ${at(path)}: expected ${a} in both, got ${b} in one`);
  if (form.kind === 'leaf') {
    if (other.kind !== 'leaf') throw differ('a Tensor', 'a branch');
    return [other.index];
  }
  if (other.kind === 'leaf') throw differ('a branch', 'a Tensor');
  const [keys, otherKeys] = [keysOf(form), keysOf(other)];
  // Keys are sorted, so equal sets of keys are equal lists.
  if (keys.length !== otherKeys.length || keys.some((key, i) => key !== otherKeys[i]))
    throw differentKeys(op, keys, otherKeys, path);
  if ((form.kind === 'array') !== (other.kind === 'array')) throw differ('an array', 'an object');
  if (form.kind === 'nothing' || other.kind === 'nothing') return [];
  const indices: number[] = [];
  for (let i = 0; i < keys.length; i++) {
    const [item, otherItem] = [form.items[i], other.items[i]];
    // Paths are only for errors.
    if (item.kind === 'leaf' && otherItem.kind === 'leaf') indices.push(otherItem.index);
    else for (const index of align(op, item, otherItem, childPath(path, keys[i]))) indices.push(index);
  }
  return indices;
};

/** Creates the error for branches whose keys differ, which names the first such key. */
const differentKeys = (
  op: string,
  keys: readonly (string | number)[],
  otherKeys: readonly (string | number)[],
  path: string,
): Error => {
  const [own, other] = [new Set(keys), new Set(otherKeys)];
  const missing = keys.find((key) => !other.has(key));
  if (missing !== undefined)
    return typeError(
      op,
      `trees differ: expected ${childPath(path, missing)} in all trees, got one without it`,
    );
  const extra = otherKeys.find((key) => !own.has(key)) ?? '';
  return typeError(
    op,
    `trees differ: expected the same keys, got one tree with ${childPath(path, extra)} as well`,
  );
};

/** Flattened trees of the same form. */
interface Aligned {
  readonly first: Flat;
  /** Returns the leaves of all trees at the path of leaf number `index` of the first. */
  leavesAt(index: number): readonly Tensor[];
}

const alignTrees = (op: string, trees: readonly unknown[]): Aligned => {
  const [first, ...others] = trees.map((tree) => flatten(op, tree));
  const indices = others.map(({ form }) => align(op, first.form, form, ''));
  return {
    first,
    leavesAt: (index) => [first.leaves[index], ...others.map(({ leaves }, i) => leaves[indices[i][index]])],
  };
};

/** Returns the path of each leaf, and the leaves of all trees there. */
export const alignedLeaves = (
  op: string,
  trees: readonly unknown[],
): { readonly path: string; readonly leaves: readonly Tensor[] }[] => {
  const { first, leavesAt } = alignTrees(op, trees);
  return first.paths.map((path, index) => ({ path, leaves: leavesAt(index) }));
};

/**
 * Returns the first tree with each leaf replaced by `f` of its path and of the leaves at this path
 * in all `trees`.
 */
export const mapTrees = (
  op: string,
  f: (path: string, leaves: readonly Tensor[]) => unknown,
  trees: readonly unknown[],
): unknown => {
  const { first, leavesAt } = alignTrees(op, trees);
  let next = 0;
  return build(first.form, () => {
    const index = next++;
    return f(first.paths[index], leavesAt(index));
  });
};

/**
 * The leaves of trees that transforms accept: tensors, random keys, and typed arrays such as
 * labels.
 */
import { isTypedArray, vector } from '../ops/creation.ts';
import { Key } from '../random/keys.ts';
import { type Flat, flatten, type LeafKind, tensors } from '../tree/form.ts';

/** Random keys, as the tensors of their words. */
export const keys: LeafKind = {
  read: (value) => (Key.is(value) ? value.words : undefined),
  wrap: (words) => new Key(words),
};

/** Typed arrays become tensors. There is one kind for each op, so that forms can be compared. */
const typedArrays = (op: string): LeafKind => {
  let kind = typedArraysOf.get(op);
  if (kind === undefined) {
    kind = { read: (value) => (isTypedArray(value) ? vector(op, value) : undefined), wrap: (leaf) => leaf };
    typedArraysOf.set(op, kind);
  }
  return kind;
};
const typedArraysOf = new Map<string, LeafKind>();

/** Flattens an argument or a result of a function that `op` transforms. */
export const flattenLeaves = (op: string, value: unknown, path: string): Flat => {
  const kinds = [tensors, keys, typedArrays(op)];
  // A function can close over an argument, but not over its result.
  const hints =
    path === 'result'
      ? ['wrap it with tensor()']
      : ['wrap it with tensor(), or close over it', 'close over it'];
  return flatten(op, value, path, kinds, 'Tensors or random keys', ...hints);
};

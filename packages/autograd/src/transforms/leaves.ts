/**
 * The leaves of trees that transforms accept: tensors, random keys, and typed arrays such as
 * labels.
 */
import { typeError } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { isTypedArray, vector } from '../ops/creation.ts';
import { Key } from '../random/keys.ts';
import { type Flat, type Form, flatten, type LeafKind, tensors } from '../tree/form.ts';

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

type LeafForm = Form & { readonly kind: 'leaf' };

/** Returns the shape of a leaf. For a key, the axis of its words is left out. */
export const shapeOfLeaf = (leaf: LeafForm): Shape =>
  leaf.leaf === keys ? leaf.shape.slice(0, -1) : leaf.shape;

/** Throws if a leaf that is mapped over is a single key. */
export const checkSeveralKeys = (op: string, form: LeafForm, path: string, advice: string): void => {
  if (form.leaf === keys && shapeOfLeaf(form).length === 0)
    throw typeError(
      op,
      `invalid key at ${path}: expected a Key of shape [count], as random.keys(key, count) returns, got a single key; ${advice}`,
    );
};

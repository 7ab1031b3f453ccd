/**
 * The form of a tree: its containers, and the positions of its leaves.
 *
 * A tree is read once. Its form does not change if the tree is changed later.
 */
import { rangeError, typeError } from '../base/errors.ts';
import { checkInteger } from '../core/check.ts';
import { describe, isPlain } from '../base/describe.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { Tensor, isTensor, isTensorClone } from '../core/tensor.ts';
import { MAX_DEPTH } from '../base/limits.ts';

/** A kind of values that are leaves because they contain a tensor. */
export interface LeafKind {
  /** Returns the tensor in a value of this kind; undefined for other values. */
  read(value: unknown): Tensor | undefined;
  /** Returns a value of this kind that contains `leaf`. */
  wrap(leaf: Tensor): unknown;
}

/** Leaves that are tensors themselves. */
export const tensors: LeafKind = {
  read: (value) => (isTensor(value) ? value : undefined),
  wrap: (leaf) => leaf,
};

/** The form of a tree or of one of its branches. */
export type Form =
  /** `index` counts the leaves of the tree in order. */
  | { readonly kind: 'leaf'; readonly leaf: LeafKind; readonly shape: Shape; readonly index: number }
  | { readonly kind: 'nothing'; readonly value: null | undefined }
  | { readonly kind: 'array'; readonly items: readonly Form[] }
  | ObjectForm;

/**
 * The form of an object.
 *
 * Its keys are sorted by code units, as JAX sorts them, so that trees with the same keys have their
 * leaves in the same order. Objects that are built from the form have the keys in the order in
 * which they were written. This order is private, so that forms that differ only in it are equal.
 */
class ObjectForm {
  readonly kind = 'object';
  readonly keys: readonly string[];
  readonly items: readonly Form[];
  /** The indices of the keys in `keys`, in the order in which they were written. */
  readonly #written: readonly number[];

  constructor(written: readonly string[], read: (key: string) => Form) {
    const isSorted = written.every((key, i) => i === 0 || written[i - 1] < key);
    this.keys = isSorted ? written : written.toSorted();
    this.items = this.keys.map(read);
    const indices = isSorted ? undefined : new Map(this.keys.map((key, index) => [key, index]));
    this.#written = written.map((key, i) => indices?.get(key) ?? i);
  }

  /** Whether the keys were written in the same order. */
  isWrittenLike(other: ObjectForm): boolean {
    return this.#written.every((index, i) => index === other.#written[i]);
  }

  /** Whether an object with these keys, in this order, has the form. */
  isWritten(keys: readonly string[]): boolean {
    if (keys.length !== this.#written.length) return false;
    for (let i = 0; i < keys.length; i++) if (keys[i] !== this.keys[this.#written[i]]) return false;
    return true;
  }

  /** Builds an object whose leaves are the values that `next` returns, in sorted order. */
  build(next: () => unknown): object {
    const values: unknown[] = [];
    for (let i = 0; i < this.items.length; i++) values.push(build(this.items[i], next));
    const result: Record<string, unknown> = {};
    for (const index of this.#written) setKey(result, this.keys[index], values[index]);
    return result;
  }
}

/** A flattened tree. */
export interface Flat {
  readonly form: Form;
  readonly leaves: Tensor[];
  /** The path of each leaf in JavaScript syntax, such as layers[0].bias. */
  readonly paths: string[];
}

/**
 * The most branches of a tree. A tree that contains the same branch many times can be far larger
 * than the memory it takes.
 */
const MAX_BRANCHES = 2 ** 17;

/** Returns the path of a child in JavaScript syntax. */
export const childPath = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
};

export const at = (path: string): string => path || 'the top';

/**
 * Flattens a tree whose leaves are of `kinds`. Throws for a value that is not a tree.
 *
 * Errors name `op`. In them, `expected` describes the leaves, and `hint` is the advice for a
 * number, `hintForOthers` that for a boolean or a text.
 */
export const flatten = (
  op: string,
  tree: unknown,
  root: string = '',
  kinds: readonly LeafKind[] = [tensors],
  expected: string = 'Tensors',
  hint: string = 'wrap it with tensor()',
  hintForOthers: string = '',
): Flat => {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  let branches = 0;
  const read = (value: unknown, path: string, depth: number): Form => {
    for (const leaf of kinds) {
      const tensor = leaf.read(value);
      if (tensor === undefined) continue;
      paths.push(path);
      return { kind: 'leaf', leaf, shape: tensor.shape, index: leaves.push(tensor) - 1 };
    }
    if (value === null || value === undefined) return { kind: 'nothing', value };
    if (depth > MAX_DEPTH)
      throw rangeError(
        op,
        `tree is nested too deeply, or in a cycle: expected at most ${MAX_DEPTH} levels, got more`,
      );
    const isArray = Array.isArray(value);
    if (!isArray && (typeof value !== 'object' || !isPlain(value) || isTensorClone(value))) {
      const isOther = typeof value === 'boolean' || typeof value === 'string';
      const isNumeric = typeof value === 'number' || ArrayBuffer.isView(value);
      const forObjects =
        typeof value === 'object' && !isPlain(value) ? 'trees are plain objects and arrays' : '';
      const text = isNumeric ? hint : isOther ? hintForOthers : forObjects;
      const advice = text === '' ? '' : `; ${text}`;
      throw typeError(
        op,
        `invalid leaf: expected ${expected}, got ${describe(value)} at ${at(path)}${advice}`,
      );
    }
    const keys = isArray ? undefined : Object.keys(value);
    const size = keys === undefined ? lengthOf(op, value as readonly unknown[], path) : keys.length;
    branches += size;
    if (branches > MAX_BRANCHES)
      throw rangeError(op, `tree is too large: expected at most ${MAX_BRANCHES} branches, got more`);
    const container = value as Readonly<Record<string | number, unknown>>;
    const readChild = (key: string | number): Form => read(container[key], childPath(path, key), depth + 1);
    return keys === undefined
      ? { kind: 'array', items: Array.from({ length: size }, (_, i) => readChild(i)) }
      : new ObjectForm(keys, readChild);
  };
  return { form: read(tree, root, 0), leaves, paths };
};

/** Checks the length of an array in a tree. */
const lengthOf = (op: string, array: readonly unknown[], path: string): number =>
  checkInteger(op, `length of the array at ${at(path)}`, array.length, 0, MAX_BRANCHES);

/** Flattens argument number `argnum` of `op`; the paths in errors name it. */
export const flattenArgument = (op: string, argnum: number, argument: unknown): Flat =>
  flatten(op, argument, `argument ${argnum}`);

/**
 * Whether `value` has this form, with its keys written in the same order. Appends its leaves to
 * `leaves`.
 */
export const matchForm = (form: Form, value: unknown, leaves: Tensor[]): boolean => {
  switch (form.kind) {
    case 'leaf': {
      const leaf = form.leaf === tensors && value instanceof Tensor ? value : form.leaf.read(value);
      if (leaf === undefined || !sameShape(leaf.shape, form.shape)) return false;
      leaves.push(leaf);
      return true;
    }
    case 'nothing':
      return value === form.value;
    case 'array':
      if (!Array.isArray(value) || value.length !== form.items.length) return false;
      for (let i = 0; i < form.items.length; i++)
        if (!matchForm(form.items[i], value[i], leaves)) return false;
      return true;
    case 'object': {
      if (typeof value !== 'object' || value === null || !isPlain(value)) return false;
      const { keys, items } = form;
      const record = value as Readonly<Record<string, unknown>>;
      if (!form.isWritten(Object.keys(record))) return false;
      for (let i = 0; i < keys.length; i++) if (!matchForm(items[i], record[keys[i]], leaves)) return false;
      return true;
    }
  }
};

/** Whether two forms are equal, with their keys written in the same order. */
export const sameForm = (a: Form, b: Form): boolean => {
  if (a.kind === 'leaf') return b.kind === 'leaf' && a.leaf === b.leaf && sameShape(a.shape, b.shape);
  if (a.kind === 'nothing') return b.kind === 'nothing' && a.value === b.value;
  if (b.kind !== a.kind || b.items.length !== a.items.length) return false;
  if (a.kind === 'object') {
    const other = b as ObjectForm;
    if (!a.keys.every((key, i) => key === other.keys[i]) || !a.isWrittenLike(other)) return false;
  }
  return a.items.every((item, i) => sameForm(item, b.items[i]));
};

/** Builds a tree of this form whose leaves are the values of `next`, in order. */
export const build = (form: Form, next: () => unknown): unknown => {
  switch (form.kind) {
    case 'leaf':
      return form.leaf.wrap(next() as Tensor);
    case 'nothing':
      return form.value;
    case 'array':
      return form.items.map((item) => build(item, next));
    case 'object':
      return form.build(next);
  }
};

/** Builds a tree of this form from its leaves, in order. */
export const buildFrom = (form: Form, leaves: readonly unknown[]): unknown => {
  let next = 0;
  return build(form, () => leaves[next++]);
};

/** Builds trees of these forms from the leaves of all of them, in order. */
export const rebuild = (forms: readonly Pick<Flat, 'form'>[], leaves: readonly Tensor[]): unknown[] => {
  let next = 0;
  return forms.map(({ form }) => build(form, () => leaves[next++]));
};

/** Sets a property. An assignment would not create a property named __proto__. */
const setKey = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
};

/** Returns an object with these entries. */
export const fromEntries = (entries: readonly (readonly [string, unknown])[]): object => {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries) setKey(result, key, value);
  return result;
};

/** Returns the leaves of a form, in order. */
export const leavesOf = (form: Form): (Form & { readonly kind: 'leaf' })[] => {
  if (form.kind === 'leaf') return [form];
  return form.kind === 'nothing' ? [] : form.items.flatMap(leavesOf);
};

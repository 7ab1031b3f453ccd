/** The form of a tree: its containers, and where its leaves are. A tree is read once; what is made of its form later does not depend on it. */
import { rangeError, typeError } from '../base/errors.ts';
import { checkInteger } from '../core/check.ts';
import { describe, isPlain } from '../base/describe.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { Tensor, isTensor, isTensorClone } from '../core/tensor.ts';
import { MAX_DEPTH } from '../base/limits.ts';

/** A kind of values that are leaves, because there is a tensor in them. */
export interface LeafKind {
  /** The tensor in a value of this kind; undefined for other values. */
  read(value: unknown): Tensor | undefined;
  wrap(leaf: Tensor): unknown;
}

export const tensors: LeafKind = {
  read: (value) => (isTensor(value) ? value : undefined),
  wrap: (leaf) => leaf,
};

export type Form =
  /** `place` is its number among the leaves. */
  | { readonly kind: 'leaf'; readonly leaf: LeafKind; readonly shape: Shape; readonly place: number }
  | { readonly kind: 'nothing'; readonly value: null | undefined }
  | { readonly kind: 'array'; readonly items: readonly Form[] }
  | ObjectForm;

/**
 * An object. Its keys are sorted by code units, as JAX sorts them, so that trees with the same keys
 * have their leaves in the same order. Objects that are built from the form keep the order in which
 * the keys were written; it is private, because it makes no difference between forms.
 */
class ObjectForm {
  readonly kind = 'object';
  readonly keys: readonly string[];
  readonly items: readonly Form[];
  /** The places among the keys, in the order in which these were written. */
  readonly #written: readonly number[];

  constructor(written: readonly string[], read: (key: string) => Form) {
    this.keys = written.toSorted();
    this.items = this.keys.map(read);
    const places = new Map(this.keys.map((key, place) => [key, place]));
    this.#written = written.map((key) => places.get(key) ?? 0);
  }

  /** Whether an object with these keys, in this order, has the form. */
  isWritten(keys: readonly string[]): boolean {
    if (keys.length !== this.#written.length) return false;
    for (let i = 0; i < keys.length; i++) if (keys[i] !== this.keys[this.#written[i]]) return false;
    return true;
  }

  /** The object with the values that `next` returns for the leaves, in sorted order. */
  build(next: () => unknown): object {
    const values: unknown[] = [];
    for (let i = 0; i < this.items.length; i++) values.push(build(this.items[i], next));
    const result: Record<string, unknown> = {};
    for (const place of this.#written) setKey(result, this.keys[place], values[place]);
    return result;
  }
}

/** A tree taken apart. */
export interface Flat {
  readonly form: Form;
  readonly leaves: Tensor[];
  /** The path of each leaf, as JavaScript would write it: layers[0].bias */
  readonly paths: string[];
}

/** A tree that holds the same branch many times can be far larger than it looks. */
const MAX_BRANCHES = 2 ** 17;

const child = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
};

const at = (path: string): string => path || 'the top';

/** Takes a tree apart, whose leaves are of `kinds`, for `op`; throws for anything that is no tree. `expected` says in errors what leaves must be, `hint` what to do about a number. */
export const flatten = (
  op: string,
  tree: unknown,
  root: string = '',
  kinds: readonly LeafKind[] = [tensors],
  expected: string = 'Tensors',
  hint: string = 'wrap it with tensor()',
): Flat => {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  let branches = 0;
  const read = (value: unknown, path: string, depth: number): Form => {
    for (const leaf of kinds) {
      const tensor = leaf.read(value);
      if (tensor === undefined) continue;
      paths.push(path);
      return { kind: 'leaf', leaf, shape: tensor.shape, place: leaves.push(tensor) - 1 };
    }
    if (value === null || value === undefined) return { kind: 'nothing', value };
    if (depth > MAX_DEPTH)
      throw rangeError(
        op,
        `tree is nested too deeply, or in a cycle: expected at most ${MAX_DEPTH} levels, got more`,
      );
    const isArray = Array.isArray(value);
    if (!isArray && (typeof value !== 'object' || !isPlain(value) || isTensorClone(value))) {
      const advice = typeof value === 'number' ? `; ${hint}` : '';
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
    const readChild = (key: string | number): Form => read(container[key], child(path, key), depth + 1);
    return keys === undefined
      ? { kind: 'array', items: Array.from({ length: size }, (_, i) => readChild(i)) }
      : new ObjectForm(keys, readChild);
  };
  return { form: read(tree, root, 0), leaves, paths };
};

const lengthOf = (op: string, array: readonly unknown[], path: string): number =>
  checkInteger(op, `the length of the array at ${at(path)}`, array.length, 0, MAX_BRANCHES);

/** `flatten` for argument number `argnum` of `op`, whose name the errors bear. */
export const flattenArgument = (op: string, argnum: number, argument: unknown): Flat =>
  flatten(op, argument, argnum === 0 ? '' : `argument ${argnum}`);

/**
 * Whether `value` has the form, its keys written in the same order; puts its leaves into `leaves`.
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

/** A tree of the form with what `next` gives in the places of its leaves, in order. */
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

/** Trees like those that were taken apart, with other leaves. */
export const rebuild = (forms: readonly Pick<Flat, 'form'>[], leaves: readonly Tensor[]): unknown[] => {
  let next = 0;
  return forms.map(({ form }) => build(form, () => leaves[next++]));
};

/** Assignment alone would not make a key named __proto__. */
const setKey = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
};

/** An object of the given entries. */
export const fromEntries = (entries: readonly (readonly [string, unknown])[]): object => {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries) setKey(result, key, value);
  return result;
};

/** The leaves of a form. */
export const leavesOf = (form: Form): (Form & { readonly kind: 'leaf' })[] => {
  if (form.kind === 'leaf') return [form];
  return form.kind === 'nothing' ? [] : form.items.flatMap(leavesOf);
};

const keysOf = (form: Form): readonly (string | number)[] => {
  if (form.kind === 'object') return form.keys;
  return form.kind === 'array' ? [...form.items.keys()] : [];
};

/** The places in `other` of the leaves of `form`, in their order. Throws a TypeError that says where the two trees differ, if they do. */
const align = (op: string, form: Form, other: Form, path: string): number[] => {
  const differ = (a: string, b: string): TypeError =>
    typeError(op, `trees differ at ${at(path)}: expected ${a} in both, got ${b} in one`);
  if (form.kind === 'leaf') {
    if (other.kind !== 'leaf') throw differ('a Tensor', 'a branch');
    return [other.place];
  }
  if (other.kind === 'leaf') throw differ('a branch', 'a Tensor');
  const [keys, otherKeys] = [keysOf(form), keysOf(other)];
  const own = new Set(keys);
  const places = new Map(otherKeys.map((key, i) => [key, i]));
  const missing = keys.find((key) => !places.has(key));
  if (missing !== undefined)
    throw typeError(op, `trees differ: expected ${child(path, missing)} in all trees, got one without it`);
  const added = otherKeys.find((key) => !own.has(key));
  if (added !== undefined)
    throw typeError(
      op,
      `trees differ: expected the same keys, got one tree with ${child(path, added)} as well`,
    );
  if ((form.kind === 'array') !== (other.kind === 'array')) throw differ('an array', 'an object');
  if (form.kind === 'nothing' || other.kind === 'nothing') return [];
  return keys.flatMap((key, i) =>
    align(op, form.items[i], other.items[places.get(key) ?? 0], child(path, key)),
  );
};

/** The tree with `f` of the leaves at the same places of all `trees`, and of their path, in the place of each leaf. */
export const mapTrees = (
  op: string,
  f: (path: string, leaves: readonly Tensor[]) => unknown,
  trees: readonly unknown[],
): unknown => {
  const [first, ...others] = trees.map((tree) => flatten(op, tree));
  const places = others.map(({ form }) => align(op, first.form, form, ''));
  let next = 0;
  return build(first.form, () => {
    const place = next++;
    return f(first.paths[place], [
      first.leaves[place],
      ...others.map(({ leaves }, i) => leaves[places[i][place]]),
    ]);
  });
};

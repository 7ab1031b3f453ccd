/** The form of an argument or result of a compiled function: its containers, and the shapes of its leaves. */
import { checkInteger, describe, sameShape, type Shape } from '../shape.ts';
import { copyElements } from '../ops/creation.ts';
import { isKey, Key } from '../random/keys.ts';
import { Tensor } from '../tensor.ts';
import { fromEntries, isPlain } from '../walk.ts';

export type Form =
  | { readonly kind: 'tensor'; readonly shape: Shape }
  | { readonly kind: 'key' }
  | { readonly kind: 'typed array'; readonly length: number }
  | { readonly kind: 'nothing'; readonly value: null | undefined }
  | { readonly kind: 'array'; readonly items: readonly Form[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly items: readonly Form[] };

const MAXIMUM_DEPTH = 200;
/** A tree that holds the same branch many times can be far larger than it looks. */
const MAXIMUM_LEAVES = 2 ** 16;

const isNumbers = (value: unknown): value is ArrayBufferView & ArrayLike<number> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** A typed array as a tensor. */
const vector = (numbers: ArrayBufferView): Tensor => {
  const elements = copyElements('jit', numbers);
  return new Tensor([elements.length], elements);
};

/** The form of `value`; puts its leaves into `leaves` and where they are into `paths`. Throws a TypeError for what is no tree. */
export const formOf = (
  value: unknown,
  path: string,
  leaves: Tensor[],
  paths: string[],
  depth: number = 0,
): Form => {
  if (value instanceof Tensor) {
    leaves.push(value);
    paths.push(path);
    return { kind: 'tensor', shape: value.shape };
  }
  if (isKey(value)) {
    leaves.push(value.words);
    paths.push(path);
    return { kind: 'key' };
  }
  if (value === null || value === undefined) return { kind: 'nothing', value };
  if (depth > MAXIMUM_DEPTH)
    throw new RangeError(`jit: ${path}: the tree is nested too deeply, or in a cycle`);
  if (isNumbers(value)) {
    const numbers = vector(value);
    leaves.push(numbers);
    paths.push(path);
    return { kind: 'typed array', length: numbers.size };
  }
  if (leaves.length > MAXIMUM_LEAVES)
    throw new RangeError(`jit: ${path}: the tree has more than ${MAXIMUM_LEAVES} leaves`);
  if (Array.isArray(value)) {
    const given: readonly unknown[] = value;
    const length = checkInteger('jit', `the length of ${path}`, value.length, 0, MAXIMUM_LEAVES);
    const items = Array.from({ length }, (_, i) =>
      formOf(given[i], `${path}[${i}]`, leaves, paths, depth + 1),
    );
    return { kind: 'array', items };
  }
  if (typeof value === 'object' && isPlain(value)) {
    const keys = Object.keys(value);
    const items = keys.map((key) =>
      formOf((value as Readonly<Record<string, unknown>>)[key], `${path}.${key}`, leaves, paths, depth + 1),
    );
    return { kind: 'object', keys, items };
  }
  const hint = typeof value === 'number' ? '; wrap it with tensor(), or close over it' : '';
  throw new TypeError(`jit: leaves must be Tensors or random keys: ${describe(value)} as ${path}${hint}`);
};

/** Whether `value` has the form; puts its leaves into `leaves`. */
export const matchForm = (form: Form, value: unknown, leaves: Tensor[]): boolean => {
  switch (form.kind) {
    case 'tensor':
      if (!(value instanceof Tensor) || !sameShape(value.shape, form.shape)) return false;
      leaves.push(value);
      return true;
    case 'key':
      if (!isKey(value)) return false;
      leaves.push(value.words);
      return true;
    case 'typed array':
      if (!isNumbers(value) || value.length !== form.length) return false;
      leaves.push(vector(value));
      return true;
    case 'nothing':
      return value === form.value;
    case 'array':
      if (!Array.isArray(value) || value.length !== form.items.length) return false;
      for (let i = 0; i < form.items.length; i++)
        if (!matchForm(form.items[i], value[i], leaves)) return false;
      return true;
    case 'object': {
      if (
        typeof value !== 'object' ||
        value === null ||
        value instanceof Tensor ||
        value instanceof Key ||
        Array.isArray(value)
      )
        return false;
      const { keys, items } = form;
      const record = value as Readonly<Record<string, unknown>>;
      if (Object.keys(record).length !== keys.length) return false;
      for (let i = 0; i < keys.length; i++) {
        if (!Object.hasOwn(record, keys[i]) || !matchForm(items[i], record[keys[i]], leaves)) return false;
      }
      return true;
    }
  }
};

/** A value of the form with the leaves that `next` gives, in order. */
export const buildForm = (form: Form, next: () => Tensor): unknown => {
  switch (form.kind) {
    case 'tensor':
    case 'typed array':
      return next();
    case 'key':
      return new Key(next());
    case 'nothing':
      return form.value;
    case 'array':
      return form.items.map((item) => buildForm(item, next));
    case 'object':
      return fromEntries(form.keys.map((key, i) => [key, buildForm(form.items[i], next)] as const));
  }
};

/** Of each leaf of a form: whether it is a key. */
export const keyLeaves = (form: Form): readonly boolean[] => {
  switch (form.kind) {
    case 'nothing':
      return [];
    case 'array':
    case 'object':
      return form.items.flatMap(keyLeaves);
    default:
      return [form.kind === 'key'];
  }
};

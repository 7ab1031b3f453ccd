/** How trees are walked: what tree.ts and the transforms are made of. */
import { checkInteger, describe } from './shape.ts';
import { Tensor } from './tensor.ts';

type Path = readonly (string | number)[];

/** A path as JavaScript would write it: layers[0].bias */
export const formatPath = (path: Path): string =>
  path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return i === 0 ? key : `.${key}`;
    })
    .join('');

const at = (path: Path): string => (path.length === 0 ? 'the top' : formatPath(path));

const MAXIMUM_DEPTH = 200;
/** A tree that holds the same branch many times can be far larger than it looks. */
const MAXIMUM_BRANCHES = 2 ** 17;

/** Whether an object is a branch, as opposed to an instance of a class. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The keys of a container, or undefined for a leaf. Throws for what is neither. */
const keysOf = (op: string, value: unknown, path: Path): readonly (string | number)[] | undefined => {
  if (value instanceof Tensor) return undefined;
  if (value === null || value === undefined) return [];
  if (path.length > MAXIMUM_DEPTH)
    throw new RangeError(`${op}: the tree is nested too deeply, or in a cycle`);
  if (Array.isArray(value)) {
    const length = checkInteger(
      op,
      `the length of the array at ${at(path)}`,
      value.length,
      0,
      MAXIMUM_BRANCHES,
    );
    return Array.from({ length }, (_, i) => i);
  }
  if (typeof value === 'object' && isPlain(value)) return Object.keys(value);
  const hint = typeof value === 'number' ? '; wrap it with tensor()' : '';
  throw new TypeError(`${op}: leaves must be Tensors: ${describe(value)} at ${at(path)}${hint}`);
};

const child = (container: unknown, key: string | number): unknown =>
  (container as Readonly<Record<string | number, unknown>>)[key];

/** Throws unless `other` has the same keys as a container with `keys`. */
const checkSame = (
  op: string,
  value: unknown,
  keys: readonly (string | number)[],
  other: unknown,
  path: Path,
): void => {
  const otherKeys = keysOf(op, other, path);
  if (otherKeys === undefined)
    throw new TypeError(`${op}: trees differ at ${at(path)}: a branch and a Tensor`);
  const own = new Set(keys);
  const others = new Set(otherKeys);
  const missing = keys.find((key) => !others.has(key));
  if (missing !== undefined)
    throw new TypeError(`${op}: trees differ: ${at([...path, missing])} is missing in another tree`);
  const added = otherKeys.find((key) => !own.has(key));
  if (added !== undefined)
    throw new TypeError(`${op}: trees differ: ${at([...path, added])} is only in another tree`);
  if (Array.isArray(value) !== Array.isArray(other))
    throw new TypeError(`${op}: trees differ at ${at(path)}: an array and an object`);
};

interface Walk {
  readonly op: string;
  readonly f: (path: Path, leaves: readonly Tensor[]) => unknown;
  branches: number;
}

/** The tree with `f` of the leaves at the same places of all `trees`, and of their path, in the place of each leaf. */
export const mapTrees = (
  op: string,
  f: (path: Path, leaves: readonly Tensor[]) => unknown,
  trees: readonly unknown[],
): unknown => walk({ op, f, branches: 0 }, trees, []);

const walk = (state: Walk, trees: readonly unknown[], path: Path): unknown => {
  const { op, f } = state;
  const [first, ...others] = trees;
  const keys = keysOf(op, first, path);
  if (keys === undefined) {
    for (const other of others) {
      if (!(other instanceof Tensor)) {
        throw new TypeError(`${op}: trees differ at ${at(path)}: a Tensor and ${describe(other)}`);
      }
    }
    return f(path, trees as readonly Tensor[]);
  }
  for (const other of others) checkSame(op, first, keys, other, path);
  if (first === null || first === undefined) return first;
  state.branches += keys.length;
  if (state.branches > MAXIMUM_BRANCHES)
    throw new RangeError(`${op}: the tree has more than ${MAXIMUM_BRANCHES} branches`);
  const entries = keys.map((key) => {
    const children = trees.map((tree) => child(tree, key));
    return [key, walk(state, children, [...path, key])] as const;
  });
  return Array.isArray(first) ? entries.map(([, value]) => value) : fromEntries(entries);
};

/** An object of the given entries; assignment alone would not make a key named __proto__. */
export const fromEntries = (entries: readonly (readonly [string | number, unknown])[]): object => {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    if (key !== '__proto__') result[key] = value;
    else Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return result;
};

/** The form of a tree without its leaves. */
export interface Structure<T> {
  readonly leafCount: number;
  /** The paths of the leaves; equal for trees of the same form. */
  readonly paths: readonly string[];
  /** @internal */
  readonly template: T;
}

/** Stands for every leaf of a form, which thus keeps no elements alive. */
const LEAF: Tensor = new Tensor([0], new Float32Array(0));

/** `flatten` for `op`, whose name the errors bear. Every branch is read once, and what is made of it later does not depend on it. */
export const flattenFor = <T>(op: string, tree: T): [Tensor[], Structure<T>] => {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const template = mapTrees(
    op,
    (path, [leaf]) => {
      leaves.push(leaf);
      paths.push(formatPath(path));
      return LEAF;
    },
    [tree],
  ) as T;
  return [leaves, { leafCount: leaves.length, paths, template }];
};

/** `flatten` for argument number `argnum` of `op`, whose name the errors bear. */
export function flattenArgument<T>(op: string, argnum: number, argument: T): [Tensor[], Structure<T>] {
  return flattenFor(argnum === 0 ? op : `${op}: argument ${argnum}`, argument);
}

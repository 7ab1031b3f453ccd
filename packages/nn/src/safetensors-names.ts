/**
 * Names of tensors in files.
 *
 * The name of a leaf is its keys joined by dots, with indices of arrays in brackets:
 * `hidden.kernel`, `layers[0].bias`. Keys are not escaped, so that names of other programs, such as
 * `0.weight`, do not change.
 */
import { rangeError } from '@mini/autograd/check';

type Segment = string | number;

/** Splits a path of `tree`, such as layers[0]["odd key"].bias, into keys and indices. */
const parsePath = (path: string): Segment[] =>
  [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z_$][\w$]*)/g)].map(([, index, quoted, key]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : key,
  );

const join = (segments: readonly Segment[]): string =>
  segments.reduce<string>((name, segment, i) => {
    if (typeof segment === 'number') return `${name}[${segment}]`;
    return i === 0 ? segment : `${name}.${segment}`;
  }, '');

/**
 * Returns the name of each leaf, given the paths of all leaves.
 *
 * Leaves that would have the same name are named by their paths. Throws a RangeError if two names
 * are still equal.
 */
export const namesOf = (op: string, paths: readonly string[]): string[] => {
  const joined = paths.map((path) => join(parsePath(path)));
  const counts = new Map<string, number>();
  for (const name of joined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = joined.map((name, i) => ((counts.get(name) ?? 0) > 1 ? paths[i] : name));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw rangeError(
        op,
        `names of leaves are not unique: expected one leaf of each name, got two of ${JSON.stringify(name)}`,
      );
    seen.add(name);
  }
  return names;
};

/** Another name that a leaf can have in a file. */
export interface OtherName {
  readonly name: string;
  /** Whether it is a kernel of PyTorch: [output, input, ...window]. */
  readonly isTransposed: boolean;
}

/** What PyTorch calls leaves of layers. */
const PYTORCH_NAMES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  scale: 'weight',
  embedding: 'weight',
  mean: 'running_mean',
  var: 'running_var',
};

/** The collections of flax: of parameters, and of running statistics. */
const FLAX_COLLECTIONS = ['params', 'batch_stats'];

/**
 * Returns other names that a leaf can have in a file, the likeliest first.
 *
 * Earlier versions wrote its path. Other programs write dots before indices. flax has the leaves of
 * a collection under its name, and joins keys by dots or slashes. PyTorch has its own names.
 */
export const otherNames = (path: string): OtherName[] => {
  const keys = parsePath(path).map(String);
  const own = keys[0] === 'params' || keys[0] === 'state' ? keys.slice(1) : keys;
  const last = own.at(-1) ?? '';
  const pytorch = PYTORCH_NAMES[last];
  const plain = [path, keys.join('.'), keys.join('/')];
  const flax = FLAX_COLLECTIONS.flatMap((collection) =>
    ['.', '/'].map((separator) => [collection, ...own].join(separator)),
  );
  return [
    ...[...plain, ...flax].map((name) => ({ name, isTransposed: false })),
    ...(pytorch === undefined
      ? []
      : [{ name: [...own.slice(0, -1), pytorch].join('.'), isTransposed: last === 'kernel' }]),
    ...(own === keys ? [] : [{ name: own.join('.'), isTransposed: false }]),
  ];
};

/** Whether PyTorch saves a tensor that no layer here has: the number of batches so far. */
export const isCounter = (name: string): boolean => /(?:^|\.)num_batches_tracked$/.test(name);

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

/**
 * Returns other names that a leaf can have in a file.
 *
 * Earlier versions wrote its path. Other programs write dots before indices.
 */
export const otherNames = (path: string): string[] => [path, parsePath(path).join('.')];

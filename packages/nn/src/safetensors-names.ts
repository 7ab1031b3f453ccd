/**
 * Names of tensors in files. A leaf is named by its keys, joined by dots, with places in arrays in
 * brackets: `hidden.kernel`, `layers[0].bias`. Keys are written as they are, so that the names of
 * other programs, such as `0.weight`, stay what they are.
 */

type Segment = string | number;

/** The keys and places of a path as `tree` writes it: layers[0]["odd key"].bias */
const segmentsOf = (path: string): Segment[] =>
  [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([A-Za-z_$][\w$]*)/g)].map(([, place, quoted, key]) =>
    place !== undefined ? Number(place) : quoted !== undefined ? (JSON.parse(quoted) as string) : key,
  );

const join = (segments: readonly Segment[]): string =>
  segments.reduce<string>((name, segment, i) => {
    if (typeof segment === 'number') return `${name}[${segment}]`;
    return i === 0 ? segment : `${name}.${segment}`;
  }, '');

/**
 * The name of each leaf, given their paths. Where two would have the same name, both are named by
 * their paths.
 */
export const namesOf = (op: string, paths: readonly string[]): string[] => {
  const joined = paths.map((path) => join(segmentsOf(path)));
  const counts = new Map<string, number>();
  for (const name of joined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = joined.map((name, i) => ((counts.get(name) ?? 0) > 1 ? paths[i] : name));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new RangeError(`${op}: two leaves have the name ${JSON.stringify(name)}`);
    seen.add(name);
  }
  return names;
};

/**
 * Other names a leaf may have: its path, as earlier versions wrote it, and with dots before
 * indices.
 */
export const otherNames = (path: string): string[] => [path, segmentsOf(path).join('.')];

/** Finding keys that are used twice. */
import { callSite } from '../callSite.ts';
import { checkBoolean } from '../check.ts';
import type { Tensor } from '../tensor.ts';

interface Use {
  readonly op: string;
  readonly words: Tensor;
}

/** Where each key was used, by its words; undefined while nobody asks. */
let places: WeakMap<Tensor, string> | undefined;

/** What happened to keys while a function was compiled. */
export interface KeyRecord {
  readonly uses: Use[];
  /** The words of the keys that were made meanwhile. */
  readonly made: WeakSet<Tensor>;
}
let record: KeyRecord | undefined;

export const isDebuggingKeys = (): boolean => places !== undefined;

/** Says that `op` uses up a key. Throws a RangeError if that happened before, while it is looked for. */
export const useKey = (op: string, words: Tensor): void => {
  if (places === undefined) return;
  const before = places.get(words);
  const site = callSite();
  const here = site === '' ? '' : `, at ${site}`;
  if (before !== undefined)
    throw new RangeError(`${op}: this key was used before, by ${before}; split it${here}`);
  places.set(words, `${op}${here}`);
  record?.uses.push({ op, words });
};

/** Says that a key with these words was made of another one. */
export const madeKey = (words: Tensor): Tensor => {
  record?.made.add(words);
  return words;
};

/** Runs `f` and tells which keys it used. */
export const recordKeys = <T>(f: () => T): [T, KeyRecord] => {
  const before = record;
  const own: KeyRecord = { uses: [], made: new WeakSet() };
  record = own;
  try {
    return [f(), own];
  } finally {
    record = before;
  }
};

/** Runs `f` on keys that were used already. */
export const withoutKeyChecks = <T>(f: () => T): T => {
  const before = places;
  places = undefined;
  try {
    return f();
  } finally {
    places = before;
  }
};

/**
 * Makes using one key twice throw a RangeError that names both places, until it is turned off again. Samplers and `split` use a key up; its children are keys of their own,
 * and `foldIn` may be called on one key as often as you like. A key is the value that is passed around: making it again from the same seed gives another one.
 * Mirrors JAX's jax_debug_key_reuse. In compiled functions, a key that is closed over counts as used in every call.
 */
export function debugKeys(enabled: boolean): void {
  checkBoolean('debugKeys', 'enabled', enabled);
  if (enabled) places ??= new WeakMap();
  else places = undefined;
}

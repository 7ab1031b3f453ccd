/** Finding keys that are used twice. */
import { rangeError } from '../base/errors.ts';
import { callSite } from './call-site.ts';
import { checkBoolean } from '../core/check.ts';
import { type KeyUse, type KeyWatch, debugging } from '../core/hooks.ts';
import { type Tensor, isTraced } from '../core/tensor.ts';

interface Use {
  readonly op: string;
  readonly words: Tensor;
}

/** What happens to keys while a function is compiled. */
interface KeyRecord {
  readonly uses: Use[];
  readonly made: WeakSet<Tensor>;
}

const watch = (): KeyWatch => {
  /** Where each key was used. */
  const places = new WeakMap<Tensor, string>();
  let record: KeyRecord | undefined;
  const use = (op: string, words: Tensor): void => {
    const before = places.get(words);
    const site = callSite();
    const here = site === '' ? '' : `, at ${site}`;
    if (before !== undefined)
      throw rangeError(
        op,
        `key used twice: expected a new key, got one that was used by ${before}; split it${here}`,
      );
    places.set(words, `${op}${here}`);
    record?.uses.push({ op, words });
  };
  return {
    use,
    made: (words) => {
      record?.made.add(words);
    },
    trace: (f, leaves) => {
      const before = record;
      const { uses, made } = (record = { uses: [], made: new WeakSet() });
      try {
        const result = f();
        const ofCaller = uses.flatMap(({ op, words }): KeyUse[] => {
          const leaf = leaves.indexOf(words);
          if (leaf >= 0) return [{ op, leaf, words: undefined }];
          return made.has(words) || isTraced(words) ? [] : [{ op, leaf: undefined, words }];
        });
        return [result, ofCaller];
      } finally {
        record = before;
      }
    },
    call: (uses, leaves, isFirst) => {
      for (const { op, leaf, words } of uses) {
        if (leaf !== undefined) use(op, leaves[leaf]);
        else if (!isFirst && words !== undefined) use(op, words);
      }
    },
  };
};

/**
 * Makes using one key twice throw a RangeError that names both places, until it is turned off again. Samplers and `split` use a key up; its children are keys of their own,
 * and `foldIn` may be called on one key as often as you like. A key is the value that is passed around: making it again from the same seed gives another one.
 * Mirrors JAX's jax_debug_key_reuse. In compiled functions, a key that is closed over counts as used in every call.
 */
export function debugKeys(enabled: boolean): void {
  checkBoolean('debugKeys', 'enabled', enabled);
  debugging.keys = enabled ? (debugging.keys ?? watch()) : undefined;
}

/** Detects keys that are used twice. */
import { rangeError } from '../base/errors.ts';
import { callSite } from './call-site.ts';
import { checkBoolean } from '../core/check.ts';
import { type KeyUse, type KeyWatch, debugging } from '../core/hooks.ts';
import { type Tensor, isTraced } from '../core/tensor.ts';

interface Use {
  readonly op: string;
  readonly words: Tensor;
}

/** The uses and creations of keys while a function is compiled. */
interface KeyRecord {
  readonly uses: Use[];
  readonly made: WeakSet<Tensor>;
}

/**
 * Returns the tensor that identifies a key: its words, or inside `vmap` the words of all examples.
 */
const identityOf = (words: Tensor): Tensor => {
  const { outer } = words.source as { readonly outer?: Tensor };
  return outer === undefined ? words : identityOf(outer);
};

const createWatch = (): KeyWatch => {
  /** The first use of each key. */
  const firstUses = new WeakMap<Tensor, string>();
  let record: KeyRecord | undefined;
  const use = (op: string, used: Tensor): void => {
    const words = identityOf(used);
    const before = firstUses.get(words);
    const site = callSite();
    const here = site === '' ? '' : `, at ${site}`;
    if (before !== undefined)
      throw rangeError(
        op,
        `key used twice: expected a new key, got one that was used by ${before}; split it${here}`,
      );
    firstUses.set(words, `${op}${here}`);
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
 * Makes the second use of a key throw a RangeError that names both uses, until it is disabled.
 *
 * Samplers and `split` use a key. The keys that `split` returns are new. `foldIn` does not use its
 * key: call it on one key any number of times. Two keys are the same only if they are the same
 * value: another key from the same seed counts as new. In compiled functions, a key that is closed
 * over counts as used in every call. Mirrors JAX's jax_debug_key_reuse.
 *
 * @example
 * debugKeys(true);
 * const key = random.key(0);
 * random.normal(key);
 * try {
 *   random.uniform(key);
 * } catch (error) {
 *   console.log((error as Error).message.includes('random.normal')); // → true
 * }
 * debugKeys(false);
 */
export function debugKeys(enabled: boolean): void {
  checkBoolean('debugKeys', 'enabled', enabled);
  debugging.keys = enabled ? (debugging.keys ?? createWatch()) : undefined;
}

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

/** The uses and creations of keys while a function is compiled, or while a body runs. */
interface KeyRecord {
  readonly uses: Use[];
  /** The keys that it made, and those of its arguments. */
  readonly own: WeakSet<Tensor>;
  readonly around: KeyRecord | undefined;
}

/**
 * Returns the tensor that identifies a key: its words, or inside `vmap` the words of all examples.
 */
const identityOf = (words: Tensor): Tensor => {
  const { outer } = words.source as { readonly outer?: Tensor };
  return outer === undefined ? words : identityOf(outer);
};

class Watch implements KeyWatch {
  /** The first use of each key. A body has its own. */
  #firstUses = new WeakMap<Tensor, string>();
  #record: KeyRecord | undefined;

  made(words: Tensor): void {
    this.#record?.own.add(identityOf(words));
  }

  use(op: string, used: Tensor): void {
    const words = identityOf(used);
    const before = this.#firstUses.get(words);
    const site = callSite();
    const here = site === '' ? '' : `, at ${site}`;
    if (before !== undefined)
      throw rangeError(
        op,
        `key used twice: expected a new key, got one that was used by ${before}; split it${here}`,
      );
    this.#firstUses.set(words, `${op}${here}`);
    this.#record?.uses.push({ op, words });
  }

  /** Runs `f` with a record of its own. Returns its result, and that of `find` for the record. */
  #recorded<T, U>(f: () => T, leaves: readonly Tensor[], find: (own: KeyRecord, result: T) => U): [T, U] {
    const around = this.#record;
    const own = (this.#record = { uses: [], own: new WeakSet(leaves.map(identityOf)), around });
    try {
      const result = f();
      return [result, find(own, result)];
    } finally {
      this.#record = around;
    }
  }

  trace<T>(f: () => T, leaves: readonly Tensor[]): [T, readonly KeyUse[]] {
    return this.#recorded(f, leaves, ({ uses, own }) =>
      uses.flatMap(({ op, words }): KeyUse[] => {
        const leaf = leaves.indexOf(words);
        if (leaf >= 0) return [{ op, leaf, words: undefined }];
        return own.has(words) || isTraced(words) ? [] : [{ op, leaf: undefined, words }];
      }),
    );
  }

  body(
    f: () => readonly Tensor[],
    leaves: readonly Tensor[],
    carries?: number,
  ): [readonly Tensor[], readonly KeyUse[]] {
    const before = this.#firstUses;
    this.#firstUses = new WeakMap();
    try {
      return this.#recorded(f, leaves, (record, results) => {
        this.#checkCarries(results.slice(0, carries ?? 0));
        return this.#usesOfBody(record, leaves.map(identityOf), carries !== undefined);
      });
    } finally {
      this.#firstUses = before;
    }
  }

  /** Checks that the next step of a loop receives no used key. */
  #checkCarries(results: readonly Tensor[]): void {
    for (const result of results) {
      const used = this.#firstUses.get(identityOf(result));
      if (used !== undefined)
        throw rangeError(
          'debugKeys',
          `used key in the carry: expected a new key for the next step, got one that was used by ${used}; split it`,
        );
    }
  }

  /** Returns the uses of keys that the body did not make. */
  #usesOfBody({ uses, own }: KeyRecord, leaves: readonly Tensor[], isRepeated: boolean): KeyUse[] {
    return uses.flatMap(({ op, words }): KeyUse[] => {
      const leaf = leaves.indexOf(words);
      if (leaf >= 0) return [{ op, leaf, words: undefined }];
      if (own.has(words) || (isTraced(words) && !this.#isOuter(words))) return [];
      if (isRepeated)
        throw rangeError(
          op,
          `key used in each step: expected a new key for each step, got one from outside of the loop, used by ${this.#firstUses.get(words)}; split a key of the carry, or fold the number of the step in: foldIn(key, i)`,
        );
      return [{ op, leaf: undefined, words }];
    });
  }

  /** Whether a function around the current one made or received a key. */
  #isOuter(words: Tensor): boolean {
    for (let outer = this.#record?.around; outer !== undefined; outer = outer.around)
      if (outer.own.has(words)) return true;
    return false;
  }

  call(uses: readonly KeyUse[], leaves: readonly Tensor[], isFirst: boolean): void {
    for (const { op, leaf, words } of uses) {
      if (leaf !== undefined) this.use(op, leaves[leaf]);
      else if (!isFirst && words !== undefined) this.use(op, words);
    }
  }
}

/**
 * Makes the second use of a key throw a RangeError that names both uses, until it is disabled.
 *
 * Samplers and `split` use a key. The keys that `split` returns are new. `foldIn` does not use its
 * key: call it on one key any number of times. Two keys are the same only if they are the same
 * value: another key from the same seed counts as new. In compiled functions, a key that is closed
 * over counts as used in every call, and in loops as used in every step: loops of several steps
 * throw for it, and for a used key in the carry. Mirrors JAX's jax_debug_key_reuse.
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
  debugging.keys = enabled ? (debugging.keys ?? new Watch()) : undefined;
}

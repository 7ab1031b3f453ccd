/** For `debugKeys`: the keys that the bodies of loops and branches use. */
import { debugging, type KeyUse } from '../core/hooks.ts';
import type { LeafFunction } from '../core/interpreter.ts';
import type { Tensor } from '../core/tensor.ts';

/**
 * Counts the keys that bodies use once, however often the bodies run: for all examples of a batch,
 * and again for derivatives.
 */
export class KeyUses {
  readonly #found = new Map<LeafFunction, readonly KeyUse[]>();

  /**
   * Returns a body whose keys are watched. `carries` is the number of results that the next step
   * receives; undefined if there is only one step.
   */
  watch(body: LeafFunction, carries?: number): LeafFunction {
    return (...leaves) => {
      const { keys } = debugging;
      if (keys === undefined) return body(...leaves);
      const [results, uses] = keys.body(() => body(...leaves), leaves, carries);
      if (!this.#found.has(body)) this.#found.set(body, uses);
      return results;
    };
  }

  /** Counts each key as used once. `leaves` are the arguments that the bodies received. */
  count(leaves: readonly Tensor[]): void {
    const uses = new Map([...this.#found.values()].flat().map((use) => [use.leaf ?? use.words, use]));
    debugging.keys?.call([...uses.values()], leaves, false);
  }
}

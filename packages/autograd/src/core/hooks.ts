/** Hooks of the debugging modes. A bundle contains a mode only if the program imports it. */
import type { OpRecord, Tensor } from './tensor.ts';

/** A key that a function uses: a leaf of its arguments, or a key that it closes over. */
export interface KeyUse {
  readonly op: string;
  readonly leaf: number | undefined;
  readonly words: Tensor | undefined;
}

/** The hooks of `debugKeys`. A key is identified by the tensor that holds its words. */
export interface KeyWatch {
  /** Records a new key. */
  made(words: Tensor): void;
  /** Records that `op` uses a key. Throws a RangeError if the key was used before. */
  use(op: string, words: Tensor): void;
  /**
   * Runs a function while it is compiled. Also returns the keys that it uses.
   *
   * These are leaves of its arguments, and keys that it closes over.
   */
  trace<T>(f: () => T, leaves: readonly Tensor[]): [T, readonly KeyUse[]];
  /**
   * Records the key uses of a call of a compiled function.
   *
   * `trace` already recorded those of keys that the function closes over, for the first call.
   */
  call(uses: readonly KeyUse[], leaves: readonly Tensor[], isFirst: boolean): void;
  /**
   * Runs the body of a loop, or a branch. Also returns the keys that it uses, but does not count
   * them: the body can run again, such as for a derivative.
   *
   * `carries` is the number of results that the next step receives; undefined if there is only one
   * step. Throws a RangeError if two steps would use the same key.
   */
  body(
    f: () => readonly Tensor[],
    leaves: readonly Tensor[],
    carries?: number,
  ): [readonly Tensor[], readonly KeyUse[]];
}

/** The hooks of `debugNaNs`. */
export interface NaNWatch {
  /** Returns 0 if all elements of the results of a compiled function are finite, else NaN. */
  probe(results: readonly Tensor[]): Tensor;
  /**
   * Runs `f` op by op, and throws for the first op that makes NaN or an infinity.
   *
   * Key uses are not recorded: the compiled function has already used the keys.
   */
  run<T>(f: () => T): T;
  /** Runs a gradient rule of a recorded op. Errors of the ops in the rule name that op. */
  inGradientOf<T>(record: OpRecord, rule: () => T): T;
}

/** The active modes. */
export const debugging: { keys: KeyWatch | undefined; nans: NaNWatch | undefined } = {
  keys: undefined,
  nans: undefined,
};

/** Runs `f` without recording the keys that it uses: another run has recorded them. */
export const withoutKeyWatch = <T>(f: () => T): T => {
  const { keys } = debugging;
  debugging.keys = undefined;
  try {
    return f();
  } finally {
    debugging.keys = keys;
  }
};

/** Whether a mode is active. Functions then run op by op. */
export const isDebugging = (): boolean => debugging.keys !== undefined || debugging.nans !== undefined;

/**
 * Runs a gradient rule of a recorded op. With `debugNaNs`, errors of the ops in it name that op.
 */
export const inGradientOf = <T>(record: OpRecord, rule: () => T): T =>
  debugging.nans === undefined ? rule() : debugging.nans.inGradientOf(record, rule);

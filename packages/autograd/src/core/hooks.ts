/** Where the debugging modes plug in. Programs that do not import a mode do not contain it. */
import type { OpRecord, Tensor } from './tensor.ts';

/** A key that a compiled function uses up: an argument's leaf, or one that it closes over. */
export interface KeyUse {
  readonly op: string;
  readonly leaf: number | undefined;
  readonly words: Tensor | undefined;
}

/** What `debugKeys` does. A key is known by the tensor that holds its words. */
export interface KeyWatch {
  /** Gets to know of a key that is made. */
  made(words: Tensor): void;
  /** Says that `op` uses up a key. Throws a RangeError if that happened before. */
  use(op: string, words: Tensor): void;
  /** Runs a function that is being compiled, and tells which keys it uses: of its arguments' leaves, and of those it closes over. */
  trace<T>(f: () => T, leaves: readonly Tensor[]): [T, readonly KeyUse[]];
  /** Says of a call that it uses keys up; what the function closes over was used while it was traced. */
  call(uses: readonly KeyUse[], leaves: readonly Tensor[], isFirst: boolean): void;
}

/** What `debugNaNs` does. */
export interface NaNWatch {
  /** 0 if all elements of the results of a compiled function are finite, else NaN. */
  probe(results: readonly Tensor[]): Tensor;
  /** Runs `f`, whose keys were used already, op by op; throws for the first op that makes NaN or an infinity. */
  run<T>(f: () => T): T;
  /** Runs a gradient rule; errors of the ops in it say so. */
  inGradientOf<T>(record: OpRecord, rule: () => T): T;
}

/** The modes that are on. */
export const debugging: { keys: KeyWatch | undefined; nans: NaNWatch | undefined } = {
  keys: undefined,
  nans: undefined,
};

/** Runs a gradient rule of a recorded op; with `debugNaNs`, errors of the ops in it name that op. */
export const inGradientOf = <T>(record: OpRecord, rule: () => T): T =>
  debugging.nans === undefined ? rule() : debugging.nans.inGradientOf(record, rule);

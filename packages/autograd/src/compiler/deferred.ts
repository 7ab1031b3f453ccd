/** Elements that are not in an array of their own: those that a compiled function left in its memory, or that are not known. */
export abstract class Deferred {
  /** Number of elements. */
  abstract readonly length: number;
  /** The elements, or an error that says why there are none. */
  abstract read(): Float32Array | Float64Array;

  /** Why `read` would throw, in a few words, or undefined if it would not. */
  get unreadable(): string | undefined {
    return undefined;
  }
}

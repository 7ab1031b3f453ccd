/** Kernels as data: bytes that are linked to a memory later. */

/** Where an address points: into the memory of operands and results, or into scratch memory. */
export type Space = 'arena' | 'scratch';

/** A WebAssembly module with one function. */
export interface Kernel {
  readonly name: string;
  /** What `FunctionBuilder.module` returns. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * The space of each address among the parameters. Addresses come first; sizes, strides (in bytes)
   * and other numbers follow.
   */
  readonly pointers: readonly Space[];
}

/** Calls `make` once, at the first use. */
/* @__NO_SIDE_EFFECTS__ */
export const lazy = <T>(make: () => T): (() => T) => {
  let value: T | undefined;
  return () => (value ??= make());
};

/** The limits of the library. */

/** The most elements of a tensor: 8 GB, more than WebAssembly can address. */
export const MAX_SIZE: number = 2 ** 31 - 1;

/** The most axes of a tensor, as in NumPy 2. */
export const MAX_AXES = 64;

/** float32 represents every integer from 0 to this one, but not the next. */
export const MAX_EXACT_INTEGER: number = 2 ** 24;

/** The maximum depth of a tree. */
export const MAX_DEPTH = 200;

/** The largest argument number that `argnums` and `donate` accept. */
export const MAX_ARGUMENTS: number = 2 ** 16;

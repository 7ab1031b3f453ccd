/** Limits of the library, each in one place. */

/** The most elements of a tensor: more than an engine can hold in one typed array. */
export const MAX_SIZE: number = 2 ** 31 - 1;

/** The most axes of a tensor, as in NumPy. */
export const MAX_AXES = 64;

/** float32 holds every integer up to here, and not the next one. */
export const MAX_EXACT_INTEGER: number = 2 ** 24;

/** How deeply a tree can be nested. */
export const MAX_DEPTH = 200;

/** The most argument numbers that `argnums` and `donate` can name. */
export const MAX_ARGUMENTS: number = 2 ** 16;

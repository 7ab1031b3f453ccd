/** Lists whose length TypeScript knows. */

/** A list of T, of a known length if N is a number up to 64 that TypeScript knows. */
export type ListOf<T, N extends number, Found extends T[] = []> = number extends N
  ? T[]
  : Found['length'] extends N
    ? Found
    : Found['length'] extends 64
      ? T[]
      : ListOf<T, N, [...Found, T]>;

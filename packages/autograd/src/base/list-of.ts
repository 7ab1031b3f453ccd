/** Lists whose length TypeScript knows. */

/** A list of T, of a known length if N is a number up to 64 that TypeScript knows. */
export type ListOf<T, N extends number, Found extends T[] = []> = number extends N
  ? T[]
  : Found['length'] extends N
    ? Found
    : Found['length'] extends 64
      ? T[]
      : ListOf<T, N, [...Found, T]>;

/** 0, 1, 2, … below N. */
type Below<N extends number, Found extends number[] = []> = Found['length'] extends N
  ? Found[number]
  : Below<N, [...Found, Found['length']]>;

/** Counts for which `ListOf` has a known length. A type parameter is none. */
export type KnownCount = Below<65>;

/** Shapes that cannot be changed, and that are mostly found again instead of being made. */
import { type Shape, sameShape } from './shape.ts';

/** Mixes the sizes of a shape into a hash. */
export const mixShape = (hash: number, shape: Shape): number => {
  let mixed = hash;
  for (let axis = 0; axis < shape.length; axis++) mixed = (Math.imul(mixed, 31) + shape[axis]) | 0;
  return mixed;
};

/** 2³² divided by the golden ratio: the upper bits of its products spread hashes evenly. */
const GOLDEN = 0x9e3779b1;

/** Returns the place of a hash in a table with 2 ** `bits` places. */
export const placeOf = (hash: number, bits: number): number => Math.imul(hash, GOLDEN) >>> (32 - bits);

/** Shapes that `frozen` returned last: at most 256, at places by their hash. */
const recent: (Shape | undefined)[] = [];

/**
 * Returns a copy of `shape` that cannot be changed. The shapes of all tensors come from here.
 *
 * Freezing an array takes longer than finding it, so equal shapes are mostly one array. V8 copies
 * frozen arrays slowly: `slice`, `filter` and `every` take 0.2 µs. Spread them, or use a loop.
 */
export const frozen = (shape: Shape): Shape => {
  const place = placeOf(mixShape(shape.length, shape), 8);
  const known = recent[place];
  if (known !== undefined && sameShape(known, shape)) return known;
  return (recent[place] = Object.freeze([...shape]));
};

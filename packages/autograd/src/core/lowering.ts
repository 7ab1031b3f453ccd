/**
 * Remembers what ops compute for operands of given shapes, so that an op that runs again and again
 * does not work it out anew.
 */
import { type Shape, allSame, sameShape } from '../base/shape.ts';
import { mixShape, placeOf } from '../base/frozen-shape.ts';
import { NOT_PLAIN, copyData, mixData, sameData } from '../base/plain-data.ts';
import { type Lowered, type Primitive, define } from './primitive.ts';

interface Entry {
  readonly shapes: readonly Shape[];
  readonly attrs: unknown;
  readonly lowered: Lowered;
}

/** Each primitive remembers at most 2 ** 6 results, at places by their hash. */
const PLACE_BITS = 6;

/** The results of each primitive; undefined if its attributes are not plain data. */
const remembered = new WeakMap<object, (Entry | undefined)[] | undefined>();

const matches = (entry: Entry, shapes: readonly Shape[], attrs: unknown): boolean => {
  if (entry.shapes.length !== shapes.length) return false;
  for (let i = 0; i < shapes.length; i++) if (!sameShape(entry.shapes[i], shapes[i])) return false;
  return sameData(entry.attrs, attrs);
};

/** Like `define`, but remembers results. */
export const lower = <A>(primitive: Primitive<A>, shapes: readonly Shape[], attrs: A): Lowered => {
  if ('scalar' in primitive && allSame(shapes))
    return { kind: 'map', shape: shapes[0] ?? [], rule: primitive.scalar };
  let entries = remembered.get(primitive);
  if (entries === undefined) {
    if (remembered.has(primitive)) return define(primitive, shapes, attrs);
    remembered.set(primitive, (entries = []));
  }
  let hash = mixData(shapes.length, attrs);
  for (let i = 0; i < shapes.length; i++) hash = mixShape(hash, shapes[i]);
  const place = placeOf(hash, PLACE_BITS);
  const entry = entries[place];
  if (entry !== undefined && matches(entry, shapes, attrs)) return entry.lowered;
  // Of two that meet at one place, the older one moves to the place beside it: both stay.
  const before = entries[place ^ 1];
  if (before !== undefined && matches(before, shapes, attrs)) return before.lowered;
  const copy = copyData(attrs);
  if (copy === NOT_PLAIN) {
    remembered.set(primitive, undefined);
    return define(primitive, shapes, attrs);
  }
  const lowered = define(primitive, shapes, copy as A);
  if (entry !== undefined) entries[place ^ 1] = entry;
  entries[place] = { shapes, attrs: copy, lowered };
  return lowered;
};

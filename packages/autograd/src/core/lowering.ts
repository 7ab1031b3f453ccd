/**
 * Remembers what ops compute for operands of given shapes, so that an op that runs again and again
 * does not work it out anew.
 */
import { isPlain } from '../base/describe.ts';
import { type Shape, allSame, sameShape } from '../base/shape.ts';
import { mixShape, placeOf } from '../base/frozen-shape.ts';
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

/** Mixes a number, or the numbers in plain data, into a hash. */
const mix = (hash: number, value: unknown): number => {
  if (typeof value === 'number') return Math.imul(hash, 31) + value;
  if (typeof value !== 'object' || value === null) return Math.imul(hash, 31);
  let mixed = hash;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) mixed = mix(mixed, value[i]);
  else for (const name in value) mixed = mix(mixed, (value as Record<string, unknown>)[name]);
  return mixed;
};

/** Whether two values are equal plain data. Numbers are compared as by Object.is. */
export const sameData = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameData(a[i], b[i])) return false;
    return true;
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name in left) if (!sameData(left[name], right[name])) return false;
  for (const name in right) if (!(name in left)) return false;
  return true;
};

/** What `copyData` returns for values that are not plain data. */
const NOT_PLAIN = Symbol();

/** Returns a copy of plain data, which nobody else can change, or NOT_PLAIN. */
const copyData = (value: unknown): unknown => {
  if (typeof value === 'function' || typeof value === 'symbol') return NOT_PLAIN;
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && (!isPlain(value) || Object.getOwnPropertySymbols(value).length > 0))
    return NOT_PLAIN;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([] as never) : {};
  for (const [name, part] of Object.entries(value)) {
    copy[name] = copyData(part);
    if (copy[name] === NOT_PLAIN) return NOT_PLAIN;
  }
  return copy;
};

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
  let hash = mix(shapes.length, attrs);
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

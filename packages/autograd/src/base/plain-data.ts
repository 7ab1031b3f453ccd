/**
 * Keys, hashes, equality and copies of plain data: numbers, texts, and arrays and objects of them.
 */
import { isPlain } from './describe.ts';

const numbers = new WeakMap<object, number>();
let nextNumber = 0;

/** Returns a number that identifies an object or a function. */
export const identityOf = (value: object): number => {
  let number = numbers.get(value);
  if (number === undefined) numbers.set(value, (number = nextNumber++));
  return number;
};

/**
 * Returns the key of a value.
 *
 * Plain objects and arrays are compared by their contents. Numbers are compared as by Object.is:
 * NaN equals NaN, and -0 differs from 0. Other objects and functions are compared by identity.
 */
export const dataKey = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(dataKey).join()}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') return `#${identityOf(value)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (!isPlain(value)) return `#${identityOf(value)}`;
  const entries = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${dataKey(part)}`);
  return `{${entries.sort().join()}}`;
};

/** Mixes a number, or the numbers in plain data, into a hash. */
export const mixData = (hash: number, value: unknown): number => {
  if (typeof value === 'number') return Math.imul(hash, 31) + value;
  if (typeof value !== 'object' || value === null) return Math.imul(hash, 31);
  let mixed = hash;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) mixed = mixData(mixed, value[i]);
  else for (const name in value) mixed = mixData(mixed, (value as Record<string, unknown>)[name]);
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
export const NOT_PLAIN: unique symbol = Symbol();

/** Returns a copy of plain data, which nobody else can change, or NOT_PLAIN. */
export const copyData = (value: unknown): unknown => {
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

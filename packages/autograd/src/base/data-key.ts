/** Keys of plain data: equal for equal data, different for different data. */
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

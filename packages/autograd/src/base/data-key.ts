/** A text that is equal for equal plain data, and different for different data. */
import { isPlain } from './describe.ts';

const numbers = new WeakMap<object, number>();
let nextNumber = 0;

/** A number for an object or function, by identity. */
export const identityOf = (value: object): number => {
  let number = numbers.get(value);
  if (number === undefined) numbers.set(value, (number = nextNumber++));
  return number;
};

/**
 * The key of a value: plain objects and arrays are equal if their contents are, numbers if their
 * bits are (NaN equals NaN, -0 differs from 0), and everything else by identity.
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

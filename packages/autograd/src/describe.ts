/** Values that nobody has checked yet: in words, and as whole numbers. */

/** Any value, short enough for an error message. */
export const describe = (value: unknown): string => {
  try {
    if (typeof value === 'string')
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    if (typeof value === 'function') return 'a function';
    if (typeof value === 'bigint') return `${value}n`;
    if (Object(value) !== value) return String(value);
    if (Array.isArray(value)) {
      const items = value.slice(0, 6).map((item) => (Object(item) === item ? '…' : describe(item)));
      return `[${items.join(', ')}${value.length > 6 ? ', …' : ''}]`;
    }
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return name ? `an object (${String(name).slice(0, 40)})` : 'an object';
  } catch {
    return 'an unreadable object';
  }
};

/** More elements than an engine can hold in one typed array. */
export const MAXIMUM_SIZE: number = 2 ** 31 - 1;
/** Checks a whole number in [low, high]. */
export const checkInteger = (
  op: string,
  what: string,
  value: unknown,
  low: number,
  high: number = MAXIMUM_SIZE,
): number => {
  if (typeof value !== 'number') throw new TypeError(`${op}: ${what} must be a number: ${describe(value)}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    const range = high < MAXIMUM_SIZE || low < 0 ? `from ${low} to ${high}` : `≥ ${low}`;
    throw new RangeError(`${op}: ${what} must be a whole number ${range}: ${value}`);
  }
  return value + 0;
};

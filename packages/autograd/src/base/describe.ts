/** Unchecked values in words, for error messages. */

/** Marks the classes of all copies of this package that a program has loaded. */
const BRAND = Symbol.for('@mini/autograd.class');

interface Brand {
  readonly kind: string;
  /**
   * Whether a value was made by the class, rather than being a Proxy of such a value, or inheriting
   * from one.
   */
  isMade(this: void, value: unknown): boolean;
  /**
   * Whether an object has the own properties of a value of the class, which is all that
   * structuredClone copies.
   */
  isClone(this: void, value: object): boolean;
  /** How to turn such a clone `x` into a value of the class again. */
  readonly advice: string;
}

const ownBrands: unknown[] = [];

/**
 * Marks a class by its prototype, so that errors can tell its values from those of another copy of
 * the package.
 */
export const brand = (prototype: object, value: Brand): void => {
  ownBrands.push(value);
  Object.defineProperty(prototype, BRAND, { value });
};

/** What is wrong with a value that looks like a Tensor or a Key; undefined for any other. */
const describeLookalike = (value: object): string | undefined => {
  const mark = (value as { readonly [BRAND]?: Brand })[BRAND];
  if (mark !== undefined) {
    if (!ownBrands.includes(mark))
      return `a ${mark.kind} of another copy of @mini/autograd: load one copy only`;
    return mark.isMade(value) ? undefined : `a Proxy of a ${mark.kind}, or an object that inherits from one`;
  }
  if (!isPlain(value)) return undefined;
  const original = (ownBrands as Brand[]).find(({ isClone }) => isClone(value));
  return original === undefined
    ? undefined
    : `the copy of a ${original.kind} that structuredClone or postMessage makes: ${original.advice} makes a ${original.kind} of it`;
};

/** Whether an object has these own enumerable properties, and no others. */
export const hasExactly = (value: object, ...keys: readonly string[]): boolean =>
  Object.keys(value).join() === keys.join();

/**
 * Whether an object is a literal or the like, of any realm, as opposed to an instance of a class.
 */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Another realm, such as a vm context or Jest's, has an Object.prototype of its own.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
};

/** The class of a typed array, of any realm; undefined for anything else. */
export const typeNameOf = (value: unknown): string | undefined =>
  ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : undefined;

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
    const lookalike = describeLookalike(value as object);
    if (lookalike !== undefined) return lookalike;
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return name ? `an object (${String(name).slice(0, 40)})` : 'an object';
  } catch {
    return 'an unreadable object';
  }
};

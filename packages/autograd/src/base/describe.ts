/** Descriptions of unchecked values, for error messages. */

/** The property that marks the classes of all loaded copies of this package. */
const BRAND = Symbol.for('@mini/autograd.class');

interface Brand {
  readonly kind: string;
  /**
   * Whether the class constructed a value. False for a Proxy of an instance, and for an object that
   * inherits from one.
   */
  isInstance(this: void, value: unknown): boolean;
  /**
   * Whether an object has exactly the own properties of an instance. structuredClone copies only
   * these.
   */
  isClone(this: void, value: object): boolean;
  /** Returns a description of an instance. */
  describe(this: void, value: object): string;
  /** The expression that converts such a clone `x` to an instance. */
  readonly advice: string;
}

const ownBrands: unknown[] = [];

/**
 * Marks a class by its prototype.
 *
 * Errors use the mark to detect values of another copy of the package.
 */
export const brand = (prototype: object, value: Brand): void => {
  ownBrands.push(value);
  Object.defineProperty(prototype, BRAND, { value });
};

/** Whether an object is of a marked class, or inherits from its prototype. */
export const isBranded = (value: object): boolean => BRAND in value;

/**
 * Returns what is wrong with a value that resembles a Tensor or a Key; undefined for other values.
 */
const describeLookalike = (value: object): string | undefined => {
  const mark = (value as { readonly [BRAND]?: Brand })[BRAND];
  if (mark !== undefined) {
    if (!ownBrands.includes(mark))
      return `a ${mark.kind} of another copy of @mini/autograd: load one copy only`;
    return mark.isInstance(value)
      ? undefined
      : `a Proxy of a ${mark.kind}, or an object that inherits from one`;
  }
  if (!isPlain(value)) return undefined;
  const original = (ownBrands as Brand[]).find(({ isClone }) => isClone(value));
  return original === undefined
    ? undefined
    : `the copy of a ${original.kind} that structuredClone or postMessage makes: ${original.advice} makes a ${original.kind} of it`;
};

/** Whether `keys` are all own enumerable properties of an object, in this order. */
export const hasExactly = (value: object, ...keys: readonly string[]): boolean => {
  const own = Object.keys(value);
  return own.length === keys.length && own.every((key, i) => key === keys[i]);
};

/** Whether an object is plain, such as an object literal, in any realm. Class instances are not. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Every other realm, such as a vm context or that of Jest, has its own Object.prototype.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
};

/** Returns the class name of a typed array or DataView of any realm; undefined for other values. */
export const typeNameOf = (value: unknown): string | undefined =>
  ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : undefined;

/** Describes the first items of a list. */
const describeList = (items: readonly unknown[], describeItem: (item: unknown) => string): string =>
  `[${items
    .slice(0, 6)
    .map((item) => describeItem(item))
    .join(', ')}${items.length > 6 ? ', …' : ''}]`;

const describeInner = (item: unknown): string => (Object(item) === item ? '…' : describe(item));

/** Returns a description of any value, short enough for an error message. */
export const describe = (value: unknown): string => {
  try {
    if (typeof value === 'string')
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    if (typeof value === 'function') return 'a function';
    if (typeof value === 'bigint') return `${value}n`;
    if (Object(value) !== value) return String(value);
    if (Array.isArray(value)) {
      return describeList(value, (item) =>
        Array.isArray(item) ? describeList(item, describeInner) : describeInner(item),
      );
    }
    const lookalike = describeLookalike(value as object);
    if (lookalike !== undefined) return lookalike;
    const own = (value as { readonly [BRAND]?: Brand })[BRAND];
    if (own !== undefined) return own.describe(value as object);
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return name ? `an object (${String(name).slice(0, 40)})` : 'an object';
  } catch {
    return 'an unreadable object';
  }
};

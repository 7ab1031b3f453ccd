/** Elements of files as typed arrays, and these as float32. */

/** A typed array of numbers that a file can contain. */
export type Elements =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The constructor of a typed array of elements. */
export interface ElementsConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): Elements;
}

/** Throws the error for an element that float32 cannot represent. */
export type Refuse = (value: number | bigint, index: number) => never;

/**
 * Returns the elements in `bytes`, from a copy.
 *
 * Every machine that runs WebAssembly is little-endian, so big-endian elements are reversed.
 */
export const readElements = (
  Elements: ElementsConstructor,
  bytes: Uint8Array,
  isBigEndian: boolean,
): Elements => {
  const copy = new Uint8Array(bytes);
  const size = Elements.BYTES_PER_ELEMENT;
  if (isBigEndian && size > 1)
    for (let start = 0; start + size <= copy.length; start += size)
      copy.subarray(start, start + size).reverse();
  return new Elements(copy.buffer);
};

/**
 * Converts elements to float32.
 *
 * Floating-point numbers are rounded, and must not become infinite. Integers must be exact.
 */
export const toFloat32 = (elements: Elements, refuse: Refuse): Float32Array => {
  if (elements instanceof Float32Array) return elements;
  const isRounded = elements instanceof Float64Array;
  const out = new Float32Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i];
    out[i] = Number(value);
    const isKept = isRounded
      ? Number.isFinite(out[i]) || !Number.isFinite(value)
      : typeof value === 'bigint'
        ? BigInt(out[i]) === value
        : out[i] === value;
    if (!isKept) refuse(value, i);
  }
  return out;
};

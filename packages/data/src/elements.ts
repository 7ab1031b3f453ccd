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

/** Converts an IEEE 754 binary16 word: one sign bit, five exponent bits, ten fraction bits. */
export const fromHalf = (word: number): number => {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
};

/** Returns the indices of an element, such as [1, 2], from its position in row-major order. */
export const unravel = (position: number, shape: readonly number[]): number[] => {
  const indices: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return indices;
};

/**
 * The types of elements that files may hold. Little-endian, like WebAssembly and so every machine
 * that runs it.
 */

/** Throws for an element that float32 does not hold. */
export type Refuse = (value: number | bigint, place: number) => never;

interface ElementType {
  readonly bytes: number;
  /** The elements in `bytes`, which are of their own buffer. */
  read(bytes: Uint8Array<ArrayBuffer>, refuse: Refuse): Float32Array;
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
const fromHalf = (word: number): number => {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
};

/** The class of a typed array. */
interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): ArrayLike<number> | ArrayLike<bigint>;
}

/** Whether a number rounded to float32 is the value that it was rounded from. */
const isHeld = (rounded: number, value: number | bigint): boolean =>
  typeof value === 'bigint' ? BigInt(rounded) === value : Object.is(rounded, value);

/** A type whose elements are refused unless float32 holds their values. */
/* @__NO_SIDE_EFFECTS__ */
const exact = (View: View): ElementType => ({
  bytes: View.BYTES_PER_ELEMENT,
  read: ({ buffer }, refuse) => {
    const values: ArrayLike<number | bigint> = new View(buffer);
    const elements = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      elements[i] = Number(values[i]);
      if (!isHeld(elements[i], values[i])) refuse(values[i], i);
    }
    return elements;
  },
});

export const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = /* @__PURE__ */ new Map([
  ['F32', { bytes: 4, read: ({ buffer }) => new Float32Array(buffer) }],
  ['F16', { bytes: 2, read: ({ buffer }) => Float32Array.from(new Uint16Array(buffer), fromHalf) }],
  [
    'BF16',
    {
      bytes: 2,
      // The upper half of a float32.
      read: ({ buffer }) =>
        new Float32Array(Uint32Array.from(new Uint16Array(buffer), (word) => word << 16).buffer),
    },
  ],
  ['F64', /* @__PURE__ */ exact(Float64Array)],
  ['I8', /* @__PURE__ */ exact(Int8Array)],
  ['I16', /* @__PURE__ */ exact(Int16Array)],
  ['I32', /* @__PURE__ */ exact(Int32Array)],
  ['I64', /* @__PURE__ */ exact(BigInt64Array)],
  ['U8', /* @__PURE__ */ exact(Uint8Array)],
  ['U16', /* @__PURE__ */ exact(Uint16Array)],
  ['U32', /* @__PURE__ */ exact(Uint32Array)],
  ['U64', /* @__PURE__ */ exact(BigUint64Array)],
  [
    'BOOL',
    {
      bytes: 1,
      read: (bytes, refuse) =>
        Float32Array.from(bytes, (value, place) => (value <= 1 ? value : refuse(value, place))),
    },
  ],
] satisfies [string, ElementType][]);

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

/** A view of the elements as the engine has them, and whether float32 holds one of them. */
type NumberView = new (buffer: ArrayBuffer) => ArrayLike<number> & { readonly BYTES_PER_ELEMENT: number };
type BigIntView = new (buffer: ArrayBuffer) => ArrayLike<bigint>;

const isHeld = (rounded: number, value: number | bigint): boolean =>
  typeof value === 'bigint' ? BigInt(rounded) === value : Object.is(rounded, value);

/** Elements that become float32 numbers if these have the same value. */
/* @__NO_SIDE_EFFECTS__ */
const exact = (bytes: number, View: NumberView | BigIntView): ElementType => ({
  bytes,
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
  ['F64', /* @__PURE__ */ exact(8, Float64Array)],
  ['I8', /* @__PURE__ */ exact(1, Int8Array)],
  ['I16', /* @__PURE__ */ exact(2, Int16Array)],
  ['I32', /* @__PURE__ */ exact(4, Int32Array)],
  ['I64', /* @__PURE__ */ exact(8, BigInt64Array)],
  ['U8', /* @__PURE__ */ exact(1, Uint8Array)],
  ['U16', /* @__PURE__ */ exact(2, Uint16Array)],
  ['U32', /* @__PURE__ */ exact(4, Uint32Array)],
  ['U64', /* @__PURE__ */ exact(8, BigUint64Array)],
  [
    'BOOL',
    {
      bytes: 1,
      read: (bytes, refuse) =>
        Float32Array.from(bytes, (value, place) => (value <= 1 ? value : refuse(value, place))),
    },
  ],
] satisfies [string, ElementType][]);

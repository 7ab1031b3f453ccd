/**
 * The element types of safetensors files.
 *
 * The format is little-endian, and so is every machine that runs WebAssembly: typed arrays read the
 * bytes directly.
 */

import { fromHalf } from '@mini/autograd/check';

/** Throws the error for an element that float32 cannot represent. */
export type Refuse = (value: number | bigint, index: number) => never;

interface ElementType {
  readonly bytes: number;
  /** Converts `bytes`, which fill a buffer of their own, to float32. */
  read(bytes: Uint8Array<ArrayBuffer>, refuse: Refuse): Float32Array;
}

/** The constructor of a typed array. */
interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): ArrayLike<number> | ArrayLike<bigint>;
}

/** Whether `rounded`, a value rounded to float32, still equals that value. */
const isExact = (rounded: number, value: number | bigint): boolean =>
  typeof value === 'bigint' ? BigInt(rounded) === value : Object.is(rounded, value);

/** A type that accepts only elements whose values float32 represents exactly. */
/* @__NO_SIDE_EFFECTS__ */
const exactType = (View: View): ElementType => ({
  bytes: View.BYTES_PER_ELEMENT,
  read: ({ buffer }, refuse) => {
    const values: ArrayLike<number | bigint> = new View(buffer);
    const elements = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      elements[i] = Number(values[i]);
      if (!isExact(elements[i], values[i])) refuse(values[i], i);
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
      // A bfloat16 number is the upper half of a float32 number.
      read: ({ buffer }) =>
        new Float32Array(Uint32Array.from(new Uint16Array(buffer), (word) => word << 16).buffer),
    },
  ],
  ['F64', /* @__PURE__ */ exactType(Float64Array)],
  ['I8', /* @__PURE__ */ exactType(Int8Array)],
  ['I16', /* @__PURE__ */ exactType(Int16Array)],
  ['I32', /* @__PURE__ */ exactType(Int32Array)],
  ['I64', /* @__PURE__ */ exactType(BigInt64Array)],
  ['U8', /* @__PURE__ */ exactType(Uint8Array)],
  ['U16', /* @__PURE__ */ exactType(Uint16Array)],
  ['U32', /* @__PURE__ */ exactType(Uint32Array)],
  ['U64', /* @__PURE__ */ exactType(BigUint64Array)],
  [
    'BOOL',
    {
      bytes: 1,
      read: (bytes, refuse) =>
        Float32Array.from(bytes, (value, index) => (value <= 1 ? value : refuse(value, index))),
    },
  ],
] satisfies [string, ElementType][]);

/** The types of elements that files may hold and float32 can represent exactly. Little-endian, like WebAssembly and so every machine that runs it. */

interface ElementType {
  readonly bytes: number;
  /** The elements in `bytes`, which are of their own buffer. */
  read(bytes: Uint8Array<ArrayBuffer>): Float32Array;
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
const fromHalf = (word: number): number => {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
};

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
] satisfies [string, ElementType][]);

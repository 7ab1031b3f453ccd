/**
 * How instructions are encoded: expressions are (nested) lists of bytes, so `f32x4.add(x, y)` is the code that pushes the sum of what `x` and `y` push. The files beside this one
 * name the instructions that the kernels use, as the specification does.
 *
 * https://webassembly.github.io/spec/core/binary/instructions.html
 */

/** Bytes of instructions; nested, so that larger code is built from smaller without copying. */
export type Code = readonly (number | Code)[];

export type Unary = (x: Code) => Code;
export type Binary = (x: Code, y: Code) => Code;
export type Load = (address: Code, offset?: number) => Code;
export type Store = (address: Code, value: Code, offset?: number) => Code;
export type StoreLane = (address: Code, value: Code, lane: number, offset?: number) => Code;

export const unsignedLeb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

export const signedLeb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
};

/* @__NO_SIDE_EFFECTS__ */
export const unary =
  (opcode: number): Unary =>
  (x) => [x, opcode];
/* @__NO_SIDE_EFFECTS__ */
export const binary =
  (opcode: number): Binary =>
  (x, y) => [x, y, opcode];
export const vectorOpcode = (opcode: number): number[] => [0xfd, ...unsignedLeb(opcode)];
/* @__NO_SIDE_EFFECTS__ */
export const vectorUnary = (opcode: number): Unary => {
  const bytes = vectorOpcode(opcode);
  return (x) => [x, bytes];
};
/* @__NO_SIDE_EFFECTS__ */
export const vectorBinary = (opcode: number): Binary => {
  const bytes = vectorOpcode(opcode);
  return (x, y) => [x, y, bytes];
};
/** Alignment is a hint only; all accesses are declared to be aligned to 4 bytes. */
export const memoryArgument = (offset: number): number[] => [2, ...unsignedLeb(offset)];
/* @__NO_SIDE_EFFECTS__ */
export const loadScalar =
  (opcode: number): Load =>
  (address, offset = 0) => [address, opcode, memoryArgument(offset)];
/* @__NO_SIDE_EFFECTS__ */
export const storeScalar =
  (opcode: number): Store =>
  (address, value, offset = 0) => [address, value, opcode, memoryArgument(offset)];
export const bytesOf = (values: Float32Array | Float64Array | Int32Array): number[] => [
  ...new Uint8Array(values.buffer),
];

/* @__NO_SIDE_EFFECTS__ */
export const loadVector = (opcode: number): Load => {
  const bytes = vectorOpcode(opcode);
  return (address, offset = 0) => [address, bytes, memoryArgument(offset)];
};
/* @__NO_SIDE_EFFECTS__ */
export const storeLane = (opcode: number): StoreLane => {
  const bytes = vectorOpcode(opcode);
  return (address, value, lane, offset = 0) => [address, value, bytes, memoryArgument(offset), lane];
};

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

/** A 32-bit integer in signed LEB128. For numbers that are not negative, it stands for the same number in unsigned LEB128. */
export const leb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
};

/** Alignment is a hint only; all accesses are declared to be aligned to 4 bytes. */
export const memoryArgument = (offset: number): number[] => [2, ...leb(offset)];

// Instructions by the bytes of their opcode. Those on vectors begin with 0xfd, and numbers over 127 take two bytes: 228 is 0xe4 0x01.
export const operation =
  (...opcode: Code) =>
  (...operands: Code[]): Code => [...operands, opcode];
export const loading =
  (...opcode: Code): Load =>
  (address, offset = 0) => [address, opcode, memoryArgument(offset)];
export const storing =
  (...opcode: Code): Store =>
  (address, value, offset = 0) => [address, value, opcode, memoryArgument(offset)];
export const storingLane =
  (...opcode: Code): StoreLane =>
  (address, value, lane, offset = 0) => [address, value, opcode, memoryArgument(offset), lane];

export const bytesOf = (values: Float32Array | Float64Array | Int32Array): number[] => [
  ...new Uint8Array(values.buffer),
];

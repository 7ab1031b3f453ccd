/**
 * The encoding of instructions.
 *
 * Expressions are nested lists of bytes: `f32x4.add(x, y)` is the code that pushes the sum of what
 * `x` and `y` push. The other files in this folder define the instructions that the kernels use,
 * under the names of the specification.
 *
 * https://webassembly.github.io/spec/core/binary/instructions.html
 */

/**
 * Bytes of instructions. They are nested, so that larger code contains smaller code without
 * copying.
 */
export type Code = readonly (number | Code)[];

export type Unary = (x: Code) => Code;
export type Binary = (x: Code, y: Code) => Code;
export type Load = (address: Code, offset?: number) => Code;
export type Store = (address: Code, value: Code, offset?: number) => Code;
export type StoreLane = (address: Code, value: Code, lane: number, offset?: number) => Code;

/**
 * Encodes a 32-bit integer in signed LEB128.
 *
 * For integers ≥ 0, the result is also valid unsigned LEB128 for the same integer.
 */
export const leb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
};

/**
 * Encodes the alignment and offset of an access.
 *
 * Alignment is only a hint: all accesses declare an alignment of 4 bytes.
 */
export const memoryArgument = (offset: number): number[] => [2, ...leb(offset)];

// These functions take the bytes of an opcode. Opcodes on vectors start with 0xfd, followed by a
// number in LEB128: numbers over 127 take two bytes, so 228 is 0xe4 0x01.
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

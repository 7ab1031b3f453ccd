/** Instructions on four float32 numbers. */
import {
  type Binary,
  type Code,
  type Unary,
  bytesOf,
  vectorBinary,
  vectorOpcode,
  vectorUnary,
} from './encoding.ts';

const constant = (value: number): Code => [
  vectorOpcode(12),
  bytesOf(Float32Array.of(value, value, value, value)),
];
export const equal: Binary = vectorBinary(65);
export const less: Binary = vectorBinary(67);
export const lessEqual: Binary = vectorBinary(69);
export const demoteF64Zero: Unary = vectorUnary(94);
export const ceil: Unary = vectorUnary(103);
export const floor: Unary = vectorUnary(104);
export const nearest: Unary = vectorUnary(106);
export const abs: Unary = vectorUnary(224);
export const neg: Unary = vectorUnary(225);
export const sqrt: Unary = vectorUnary(227);
export const add: Binary = vectorBinary(228);
export const sub: Binary = vectorBinary(229);
export const mul: Binary = vectorBinary(230);
export const div: Binary = vectorBinary(231);
export const min: Binary = vectorBinary(232);
export const max: Binary = vectorBinary(233);
/** x·y + z, with one rounding where the processor has such an instruction: the only operation here whose bits depend on the machine. */
export const relaxedMultiplyAdd = (x: Code, y: Code, z: Code): Code => [x, y, z, vectorOpcode(0x105)];
export { constant as const };

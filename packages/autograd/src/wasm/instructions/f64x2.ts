/** Instructions on two float64 numbers. */
import {
  type Binary,
  type Code,
  type Unary,
  bytesOf,
  vectorBinary,
  vectorOpcode,
  vectorUnary,
} from './encoding.ts';

const constant = (value: number): Code => [vectorOpcode(12), bytesOf(Float64Array.of(value, value))];
export const equal: Binary = vectorBinary(71);
export const notEqual: Binary = vectorBinary(72);
export const less: Binary = vectorBinary(73);
export const promoteLowF32: Unary = vectorUnary(95);
export const floor: Unary = vectorUnary(117);
export const nearest: Unary = vectorUnary(148);
export const abs: Unary = vectorUnary(236);
export const neg: Unary = vectorUnary(237);
export const sqrt: Unary = vectorUnary(239);
export const add: Binary = vectorBinary(240);
export const sub: Binary = vectorBinary(241);
export const mul: Binary = vectorBinary(242);
export const div: Binary = vectorBinary(243);
export const min: Binary = vectorBinary(244);
export const max: Binary = vectorBinary(245);
export { constant as const };

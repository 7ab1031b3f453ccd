/** Instructions on four 32-bit integers. */
import {
  type Binary,
  type Code,
  type Unary,
  bytesOf,
  vectorBinary,
  vectorOpcode,
  vectorUnary,
} from './encoding.ts';

const constant = (...lanes: [number, number, number, number]): Code => [
  vectorOpcode(12),
  bytesOf(Int32Array.of(...lanes)),
];
export const splat: Unary = vectorUnary(17);
export const equal: Binary = vectorBinary(55);
export const less: Binary = vectorBinary(57);
export { constant as const };

/** Instructions on two 64-bit integers. */
import { type Binary, type Code, vectorBinary, vectorOpcode } from './encoding.ts';

const constant = (value: number): Code => [
  vectorOpcode(12),
  [...new Uint8Array(BigInt64Array.of(BigInt(value), BigInt(value)).buffer)],
];
export const shiftLeft: Binary = vectorBinary(203);
export const shiftRight: Binary = vectorBinary(204);
export const add: Binary = vectorBinary(206);
export const sub: Binary = vectorBinary(209);
export { constant as const };

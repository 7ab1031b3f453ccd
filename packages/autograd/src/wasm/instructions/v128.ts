/** Instructions on vectors of 128 bits, whatever they hold. */
import {
  type Binary,
  type Code,
  type Load,
  type StoreLane,
  type Unary,
  loadVector,
  memoryArgument,
  storeLane,
  vectorBinary,
  vectorOpcode,
  vectorUnary,
} from './encoding.ts';

export const load: Load = loadVector(0);
export const load32Splat: Load = loadVector(9);
export const load32Zero: Load = loadVector(92);
/** Replaces one 32-bit lane of `vector` by the value at `address`. */
export const load32Lane = (address: Code, vector: Code, lane: number, offset = 0): Code => [
  address,
  vector,
  vectorOpcode(86),
  memoryArgument(offset),
  lane,
];
export const store = (address: Code, value: Code, offset = 0): Code => [
  address,
  value,
  vectorOpcode(11),
  memoryArgument(offset),
];
export const store32Lane: StoreLane = storeLane(90);
export const store64Lane: StoreLane = storeLane(91);
/** The lanes of `x` then of `y` are numbered 0..7; picks four. */
export const shuffle32 = (x: Code, y: Code, lanes: readonly [number, number, number, number]): Code => [
  x,
  y,
  vectorOpcode(13),
  lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
];
export const not: Unary = vectorUnary(77);
export const and: Binary = vectorBinary(78);
export const andNot: Binary = vectorBinary(79);
export const or: Binary = vectorBinary(80);
export const xor: Binary = vectorBinary(81);
/** Bits of `x` where `mask` has ones, of `y` elsewhere. */
export const select = (x: Code, y: Code, mask: Code): Code => [x, y, mask, vectorOpcode(82)];

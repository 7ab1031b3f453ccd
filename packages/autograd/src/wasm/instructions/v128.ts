/** Instructions on vectors of 128 bits, for any type of lanes. */
import {
  type Binary,
  type Code,
  type Load,
  type Store,
  type StoreLane,
  type Unary,
  loading,
  memoryArgument,
  operation,
  storing,
  storingLane,
} from './encoding.ts';

export const load: Load = /* @__PURE__ */ loading(0xfd, 0x00);
export const load32Splat: Load = /* @__PURE__ */ loading(0xfd, 0x09);
export const load32Zero: Load = /* @__PURE__ */ loading(0xfd, 0x5c);
/** Replaces one 32-bit lane of `vector` with the value at `address`. */
export const load32Lane = (address: Code, vector: Code, lane: number, offset = 0): Code => [
  address,
  vector,
  0xfd,
  0x56,
  memoryArgument(offset),
  lane,
];
export const store: Store = /* @__PURE__ */ storing(0xfd, 0x0b);
export const store32Lane: StoreLane = /* @__PURE__ */ storingLane(0xfd, 0x5a);
export const store64Lane: StoreLane = /* @__PURE__ */ storingLane(0xfd, 0x5b);
/** Selects four lanes: 0 to 3 are those of `x`, 4 to 7 those of `y`. */
export const shuffle32 = (x: Code, y: Code, lanes: readonly [number, number, number, number]): Code => [
  x,
  y,
  0xfd,
  0x0d,
  lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
];
export const not: Unary = /* @__PURE__ */ operation(0xfd, 0x4d);
/** 1 if any bit is set, else 0. */
export const anyTrue: Unary = /* @__PURE__ */ operation(0xfd, 0x53);
export const and: Binary = /* @__PURE__ */ operation(0xfd, 0x4e);
export const andNot: Binary = /* @__PURE__ */ operation(0xfd, 0x4f);
export const or: Binary = /* @__PURE__ */ operation(0xfd, 0x50);
export const xor: Binary = /* @__PURE__ */ operation(0xfd, 0x51);
/** Selects the bits of `x` where `mask` has ones, and those of `y` elsewhere. */
export const select = (x: Code, y: Code, mask: Code): Code => [x, y, mask, 0xfd, 0x52];

/** Instructions on four 32-bit integers. */
import { type Binary, type Code, type Unary, binary, bytesOf, unary } from './encoding.ts';

const constant = (...lanes: [number, number, number, number]): Code => [
  0xfd,
  0x0c,
  bytesOf(Int32Array.of(...lanes)),
];
export const splat: Unary = /* @__PURE__ */ unary(0xfd, 0x11);
export const equal: Binary = /* @__PURE__ */ binary(0xfd, 0x37);
export const less: Binary = /* @__PURE__ */ binary(0xfd, 0x39);
export { constant as const };

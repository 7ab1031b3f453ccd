/** Instructions on four 32-bit integers. */
import { type Binary, type Code, type Unary, bytesOf, operation } from './encoding.ts';

const constant = (...lanes: [number, number, number, number]): Code => [
  0xfd,
  0x0c,
  bytesOf(Int32Array.of(...lanes)),
];
export const splat: Unary = /* @__PURE__ */ operation(0xfd, 0x11);
export const equal: Binary = /* @__PURE__ */ operation(0xfd, 0x37);
export const less: Binary = /* @__PURE__ */ operation(0xfd, 0x39);
export { constant as const };

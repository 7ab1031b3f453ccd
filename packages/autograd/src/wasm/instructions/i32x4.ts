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
export const lessUnsigned: Binary = /* @__PURE__ */ operation(0xfd, 0x3a);
export const shiftLeft: Binary = /* @__PURE__ */ operation(0xfd, 0xab, 0x01);
/** Keeps the sign: copies of the highest bit come in. */
export const shiftRight: Binary = /* @__PURE__ */ operation(0xfd, 0xac, 0x01);
export const shiftRightUnsigned: Binary = /* @__PURE__ */ operation(0xfd, 0xad, 0x01);
export const add: Binary = /* @__PURE__ */ operation(0xfd, 0xae, 0x01);
export const sub: Binary = /* @__PURE__ */ operation(0xfd, 0xb1, 0x01);
export const mul: Binary = /* @__PURE__ */ operation(0xfd, 0xb5, 0x01);
export const max: Binary = /* @__PURE__ */ operation(0xfd, 0xb8, 0x01);
export const maxUnsigned: Binary = /* @__PURE__ */ operation(0xfd, 0xb9, 0x01);
/** Converts two float64 numbers to unsigned integers; the upper lanes are 0. */
export const truncateF64Zero: Unary = /* @__PURE__ */ operation(0xfd, 0xfd, 0x01);
export { constant as const };

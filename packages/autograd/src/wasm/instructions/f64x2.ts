/** Instructions on two float64 numbers. */
import { type Binary, type Code, type Unary, bytesOf, operation } from './encoding.ts';

const constant = (value: number): Code => [0xfd, 0x0c, bytesOf(Float64Array.of(value, value))];
export const equal: Binary = /* @__PURE__ */ operation(0xfd, 0x47);
export const less: Binary = /* @__PURE__ */ operation(0xfd, 0x49);
export const lessEqual: Binary = /* @__PURE__ */ operation(0xfd, 0x4b);
export const promoteLowF32: Unary = /* @__PURE__ */ operation(0xfd, 0x5f);
/** Converts the lower two of four unsigned 32-bit integers. */
export const convertLowU32: Unary = /* @__PURE__ */ operation(0xfd, 0xff, 0x01);
export const floor: Unary = /* @__PURE__ */ operation(0xfd, 0x75);
export const nearest: Unary = /* @__PURE__ */ operation(0xfd, 0x94, 0x01);
export const abs: Unary = /* @__PURE__ */ operation(0xfd, 0xec, 0x01);
export const neg: Unary = /* @__PURE__ */ operation(0xfd, 0xed, 0x01);
export const sqrt: Unary = /* @__PURE__ */ operation(0xfd, 0xef, 0x01);
export const add: Binary = /* @__PURE__ */ operation(0xfd, 0xf0, 0x01);
export const sub: Binary = /* @__PURE__ */ operation(0xfd, 0xf1, 0x01);
export const mul: Binary = /* @__PURE__ */ operation(0xfd, 0xf2, 0x01);
export const div: Binary = /* @__PURE__ */ operation(0xfd, 0xf3, 0x01);
export const min: Binary = /* @__PURE__ */ operation(0xfd, 0xf4, 0x01);
export const max: Binary = /* @__PURE__ */ operation(0xfd, 0xf5, 0x01);
/** y where y < x, else x. */
export const pseudoMin: Binary = /* @__PURE__ */ operation(0xfd, 0xf6, 0x01);
/** y where x < y, else x. */
export const pseudoMax: Binary = /* @__PURE__ */ operation(0xfd, 0xf7, 0x01);
export { constant as const };

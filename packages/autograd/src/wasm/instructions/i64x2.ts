/** Instructions on two 64-bit integers. */
import { type Binary, operation } from './encoding.ts';

export const shiftLeft: Binary = /* @__PURE__ */ operation(0xfd, 0xcb, 0x01);
export const shiftRightUnsigned: Binary = /* @__PURE__ */ operation(0xfd, 0xcd, 0x01);
export const add: Binary = /* @__PURE__ */ operation(0xfd, 0xce, 0x01);
/** Compares signed integers. */
export const less: Binary = /* @__PURE__ */ operation(0xfd, 0xd8, 0x01);
export const equal: Binary = /* @__PURE__ */ operation(0xfd, 0xd6, 0x01);

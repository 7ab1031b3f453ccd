/** Instructions on 32-bit integers, the type of addresses and counts. */
import {
  type Binary,
  type Code,
  type Load,
  type Store,
  type Unary,
  leb,
  loading,
  operation,
  storing,
} from './encoding.ts';

const constant = (value: number): Code => [0x41, leb(value)];
export const add: Binary = /* @__PURE__ */ operation(0x6a);
export const sub: Binary = /* @__PURE__ */ operation(0x6b);
export const mul: Binary = /* @__PURE__ */ operation(0x6c);
export const remainderUnsigned: Binary = /* @__PURE__ */ operation(0x70);
export const and: Binary = /* @__PURE__ */ operation(0x71);
export const shiftLeft: Binary = /* @__PURE__ */ operation(0x74);
export const shiftRightUnsigned: Binary = /* @__PURE__ */ operation(0x76);
export const less: Binary = /* @__PURE__ */ operation(0x48);
/** Rounds a float32 number towards 0. */
export const truncateF32: Unary = /* @__PURE__ */ operation(0xfc, 0x00);
export const load: Load = /* @__PURE__ */ loading(0x28);
export const store: Store = /* @__PURE__ */ storing(0x36);
export { constant as const };

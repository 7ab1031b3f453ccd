/** Instructions on single float32 numbers. */
import {
  type Binary,
  type Code,
  type Load,
  type Store,
  type Unary,
  bytesOf,
  loading,
  operation,
  storing,
} from './encoding.ts';

const constant = (value: number): Code => [0x43, bytesOf(Float32Array.of(value))];
export const load: Load = /* @__PURE__ */ loading(0x2a);
export const store: Store = /* @__PURE__ */ storing(0x38);
export const add: Binary = /* @__PURE__ */ operation(0x92);
export const convertI32: Unary = /* @__PURE__ */ operation(0xb2);
export { constant as const };

/** Instructions on four float32 numbers. */
import { type Binary, type Code, type Unary, bytesOf, operation } from './encoding.ts';

const constant = (value: number): Code => [0xfd, 0x0c, bytesOf(Float32Array.of(value, value, value, value))];
export const equal: Binary = /* @__PURE__ */ operation(0xfd, 0x41);
export const less: Binary = /* @__PURE__ */ operation(0xfd, 0x43);
export const lessEqual: Binary = /* @__PURE__ */ operation(0xfd, 0x45);
export const demoteF64Zero: Unary = /* @__PURE__ */ operation(0xfd, 0x5e);
export const ceil: Unary = /* @__PURE__ */ operation(0xfd, 0x67);
export const floor: Unary = /* @__PURE__ */ operation(0xfd, 0x68);
export const nearest: Unary = /* @__PURE__ */ operation(0xfd, 0x6a);
export const abs: Unary = /* @__PURE__ */ operation(0xfd, 0xe0, 0x01);
export const neg: Unary = /* @__PURE__ */ operation(0xfd, 0xe1, 0x01);
export const sqrt: Unary = /* @__PURE__ */ operation(0xfd, 0xe3, 0x01);
export const add: Binary = /* @__PURE__ */ operation(0xfd, 0xe4, 0x01);
export const sub: Binary = /* @__PURE__ */ operation(0xfd, 0xe5, 0x01);
export const mul: Binary = /* @__PURE__ */ operation(0xfd, 0xe6, 0x01);
export const div: Binary = /* @__PURE__ */ operation(0xfd, 0xe7, 0x01);
export const min: Binary = /* @__PURE__ */ operation(0xfd, 0xe8, 0x01);
export const max: Binary = /* @__PURE__ */ operation(0xfd, 0xe9, 0x01);
/** y where y < x, else x. */
export const pseudoMin: Binary = /* @__PURE__ */ operation(0xfd, 0xea, 0x01);
/** y where x < y, else x. */
export const pseudoMax: Binary = /* @__PURE__ */ operation(0xfd, 0xeb, 0x01);
/** Converts four signed 32-bit integers to float32. */
export const convertI32: Unary = /* @__PURE__ */ operation(0xfd, 0xfa, 0x01);
/**
 * x·y + z, rounded once if the processor has such an instruction, else twice.
 *
 * This is the only operation here whose bits depend on the machine.
 */
export const relaxedMultiplyAdd = (x: Code, y: Code, z: Code): Code => [x, y, z, 0xfd, 0x85, 0x02];
export { constant as const };
